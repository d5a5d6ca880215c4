"""What the guide of the OpenAPI tells people to type is typed here, and its codes are all there."""

from __future__ import annotations

import json
from pathlib import Path

from guazai.control.openapi.wire.codes import TEXTS, ErrNo
from tests.journeys.test_docs import commands, typed
from tests.journeys.test_start import started
from tests.platform import REPOSITORY, free_port_base

GUIDE = "docs/guides/openapi.md"
CALLS = 10


def test_the_guide_leads_from_a_token_to_an_unbound_account(tmp_path: Path) -> None:
    base = free_port_base()
    with started(tmp_path, base, "--tls"):
        done = typed(commands(GUIDE), tmp_path, base)
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    answers = [json.loads(line) for line in done.stdout.splitlines() if '"err_no"' in line]
    assert len(answers) == CALLS
    assert {answer["err_no"] for answer in answers} == {0}
    (relations,) = [each["data"] for each in answers if "unbind_frequency_info" in str(each)]
    assert relations["list"][0]["bind_status"] == 2


def test_the_guide_has_every_code_and_what_is_said() -> None:
    page = (REPOSITORY / GUIDE).read_text()
    rows = [line for line in page.splitlines() if line.startswith(("| 1", "| 2", "| 4", "| -1"))]
    assert rows == [f"| {code.value} | {TEXTS[code]} |" for code in ErrNo if code]
