"""S5: a consent code is good once, for one account's owner, whoever scans it and how many."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults import arena
from tests.platform import DATABASES

SCANS = 200
SECONDS = 600.0
Found = dict[str, Any]
INVALID = "consent_code_invalid"
BEFORE = {
    "status": "awaiting_consent",
    "quota": 1,
    "awaiting": 1,
    "consents": 0,
    "wrong numbers": 0,
}
CONSENTED = {**BEFORE, "status": "active", "awaiting": 0, "consents": 1}
VOID = {**BEFORE, "wrong numbers": 1}


@pytest.fixture(scope="module")
def on_each(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Found]:
    return arena.play("tests.faults.consent_codes", tmp_path_factory, SECONDS, SCANS)


@pytest.fixture(params=DATABASES)
def found(request: pytest.FixtureRequest, on_each: dict[str, Found]) -> Found:
    return on_each[request.param]


def test_s5_of_200_scans_at_once_one_consents(found: Found) -> None:
    race = found["races"]["owner"]
    print(f"{SCANS} scans, all races in {found['seconds']} s")
    assert race["told"] == {"ok": 1, INVALID: SCANS - 1}
    assert race["bodies"] == 1
    assert (race["before"], race["after"]) == (BEFORE, CONSENTED)


def test_s5_strangers_among_them_are_refused_alike(found: Found) -> None:
    race = found["races"]["crowded"]
    assert race["told"] == {"ok": 1, INVALID: SCANS // 8 * 3 - 1}
    assert race["bodies"] == 1
    assert race["after"] == CONSENTED


def test_s5_a_wrong_number_and_a_right_one_spend_the_code_once(found: Found) -> None:
    race = found["races"]["numbers"]
    first = "ok" if "ok" in race["told"] else "consent_number_wrong"
    assert race["told"] == {first: 1, INVALID: SCANS // 8 * 2 - 1}
    assert race["after"] == (CONSENTED if first == "ok" else VOID)


def test_s5_a_new_code_and_the_old_one_do_not_both_win(found: Found) -> None:
    race = found["races"]["new_code"]
    refused = {INVALID: SCANS // 8}
    if race["after"] == CONSENTED:
        assert race["told"] == {"ok": 1, "wrong_state": 1, **refused}
    else:  # the new code came first, and the old one is void
        assert race["told"] == {"ok": 1, INVALID: SCANS // 8 + 1}
        assert race["after"] == BEFORE


def test_s5_whoever_is_refused_learns_no_more_than_is_theirs_to_know(found: Found) -> None:
    alike = {
        "unknown",
        "stranger",
        "stranger, wrong number",
        "another owner",
        "machine",
        "replay",
        "replay by a stranger",
        "expired, by a stranger",
        "replaced",
        "right number after it",
    }
    answers = found["one by one"]
    assert answers["told"] == {
        **dict.fromkeys(alike, INVALID),
        "owner": "ok",
        "expired": "consent_code_expired",
        "wrong number": "consent_number_wrong",
    }
    # One body for all that are alike, and one for each of the three others.
    assert answers["bodies"] == 4
    assert answers["kept"] == ["awaiting_consent"] * 3


def test_s5_twin_that_checks_and_then_saves_lets_two_through(found: Found) -> None:
    print(f"broken in round {found['twin']}")
    assert found["twin"]
