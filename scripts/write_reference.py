"""Write the reference of error codes: `python scripts/write_reference.py`.

Every code that a module of the control plane declares is in docs/reference/errors.md.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import django

ERRORS = Path(__file__).resolve().parent.parent / "docs" / "reference" / "errors.md"
HEAD = """\
# Error codes

Made by `make openapi` from the codes themselves. A refusal is `application/problem+json` \
(RFC 9457) with `type` (`urn:guazai:problem:CODE`), `title`, `status`, `code`, `detail` and \
`errors`. Texts follow `Accept-Language` and may change; codes and their statuses do not. Some \
codes add what a caller needs: `wrong_state` the `current` state, `rate_limited` and \
`reminder_already_sent` the seconds in `retry_after` (and in the header `Retry-After`), others \
`next_at`.

| code | status | 中文 | English |
|---|---|---|---|
"""


def errors() -> str:
    """The reference of error codes, as Markdown."""
    from guazai import control  # noqa: PLC0415 - models can be read once Django is set up
    from guazai.control.kernel.errors import CATALOGUE  # noqa: PLC0415 - as above

    for module in walk_packages(control.__path__, f"{control.__name__}."):
        import_module(module.name)
    rows = (
        f"| `{code.name}` | {code.status} | {code.text.zh} | {code.text.en} |\n"
        for code in sorted(CATALOGUE.values(), key=lambda code: code.name)
    )
    return HEAD + "".join(rows)


def main() -> int:
    """Write the reference."""
    django.setup()
    ERRORS.write_text(errors(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
