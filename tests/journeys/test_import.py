"""`guazai import`: good lines are kept, bad ones reported, and again changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.platform import DATABASES, Platform, platform

APP = {"entity_id": "ent_a", "name": "茶礼", "is_online": True, "credit_score": 60}
GOOD: list[dict[str, Any]] = [
    {"kind": "legal_entity", "entity_id": "ent_a", "name": "山间茶业有限公司"},
    {"kind": "member", "entity_id": "ent_a", "login": "dev-a", "role": "owner"},
    {"kind": "mini_program", "app_id": "tt_a", **APP},
    {"kind": "version", "app_id": "tt_a", "number": "1.0.0", "pages": ["pages/index/index"]},
    {
        "kind": "account",
        "aweme_id": "dy_a",
        "nickname": "茶师",
        "account_type": "personal",
        "owner_login": "owner-a",
    },
    {"kind": "employment", "entity_id": "ent_a", "aweme_id": "dy_a", "ends_on": "2030-12-31"},
    {
        "kind": "facts",
        "aweme_id": "dy_a",
        "as_of": "2025-06-01",
        "facts": {"effective_followers": 500},
    },
]
#: Each is refused with this code.
BAD: list[tuple[str, str]] = [
    ("{", "malformed_json"),
    ('["no", "object"]', "validation_failed"),
    ('{"kind": "unknown"}', "validation_failed"),
    (json.dumps({**GOOD[0], "surprise": 1}), "validation_failed"),
    (json.dumps({**GOOD[2], "app_id": "tt_b", "credit_score": "60"}), "validation_failed"),
    (json.dumps({**GOOD[2], "app_id": "tt_b", "entity_id": "ent_none"}), "unknown_reference"),
    (json.dumps({**GOOD[3], "pages": ["pages/other/other"]}), "version_immutable"),
    (json.dumps({**GOOD[6], "facts": {"shoe_size": 44}}), "unknown_fact"),
    (json.dumps({**GOOD[6], "as_of": "2024-12-31"}), "facts_outdated"),
    (json.dumps({**GOOD[0], "name": "x" * 300_000}), "line_too_long"),
]


@pytest.fixture(params=DATABASES)
def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Platform]:
    """A platform of which nothing runs; its commands print wide tables."""
    with platform(request.param, tmp_path, is_started=False) as found:
        found.env["COLUMNS"] = "200"
        assert found.guazai("migrate").returncode == 0
        yield found


def test_import_keeps_good_lines_and_reports_bad_ones(migrated: Platform, tmp_path: Path) -> None:
    good = [json.dumps(line, ensure_ascii=False) for line in GOOD]
    mixed = tmp_path / "mixed.jsonl"
    mixed.write_text("\n".join([*good, "", *(line for line, _ in BAD)]) + "\n")
    clean = tmp_path / "clean.jsonl"
    clean.write_text("\n".join(good) + "\n")

    done = migrated.guazai("import", str(mixed))
    assert done.returncode == 1, done.stdout + done.stderr
    summary, *report = done.stdout.splitlines()
    assert summary == f"{len(good)} created, 0 updated, 0 unchanged, {len(BAD)} refused"
    cells = [[cell.strip() for cell in row.split("│")[1:-1]] for row in report if "│" in row]
    first = len(good) + 2
    assert [row[:2] for row in cells] == [
        [str(number), code] for number, (_, code) in enumerate(BAD, start=first)
    ]
    assert all(row[2] for row in cells)

    again = migrated.guazai("import", str(clean))
    assert again.returncode == 0, again.stdout + again.stderr
    assert again.stdout.splitlines() == [f"0 created, 0 updated, {len(good)} unchanged, 0 refused"]
    # What was refused left nothing.
    assert migrated.guazai("explain", "dy_a", "--app-id", "tt_b").returncode == 1


def test_import_of_no_file_says_so(tmp_path: Path) -> None:
    with platform("sqlite", tmp_path, is_started=False) as found:
        done = found.guazai("import", str(tmp_path / "none.jsonl"))
    assert done.returncode == 2
    assert "does not exist" in done.stderr
