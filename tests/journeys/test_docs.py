"""What the README and the tutorial tell people to type is typed here."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.journeys.test_start import started
from tests.platform import REPOSITORY, bare_environment, free_port_base, within

BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MADE_BY_MAKE = {"make start", "make test", 'make start ARGS="--tls"'}
TYPED_WITHIN_SECONDS = 120
READMES = ("README.md", "README.zh-CN.md")


def commands(page: str) -> str:
    """Every command of a page, but those that set up and test this very repository."""
    blocks = BLOCK.findall((REPOSITORY / page).read_text())
    assert blocks, f"{page} has no commands"
    return "\n".join(block for block in blocks if block.strip() not in MADE_BY_MAKE)


def typed(script: str, state: Path, port_base: int) -> subprocess.CompletedProcess[str]:
    """Type `script` into a shell, at the root of a clone whose demo runs on other ports."""
    script = script.replace(".venv/bin/guazai", f"{sys.executable} -m guazai")
    for above in (0, 1, 3):
        script = script.replace(f":{8640 + above}", f":{port_base + above}")
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=bare_environment(state=state),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=TYPED_WITHIN_SECONDS,
        check=False,
    )


def test_the_tutorial_leads_to_a_shown_entry(tmp_path: Path) -> None:
    base = free_port_base()
    with started(tmp_path, base) as resolver:
        done = typed(commands("docs/tutorial/first-entry.md"), tmp_path, base)
        print(done.stdout, done.stderr)
        assert done.returncode == 0
        assert '"aweme_id":"tea_brand"' in done.stdout.replace(" ", "")
        # The deny is lifted in its last line.
        address = f"{resolver}/v1/entries/tea_brand"
        within(1, lambda: httpx.get(address).status_code == 200 or None, "the entry is shown")
        for page in READMES:
            told = typed(commands(page), tmp_path, base)
            print(told.stdout, told.stderr)
            assert told.returncode == 0
            assert "The tour is complete." in told.stdout


@pytest.mark.parametrize("page", [*READMES, "CONTRIBUTING.md", "docs"])
def test_links_lead_somewhere(page: str) -> None:
    root = REPOSITORY / page
    for path in [root] if root.is_file() else sorted(root.rglob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text()):
            if "://" not in target:
                assert (path.parent / target).exists(), f"{path}: {target}"
