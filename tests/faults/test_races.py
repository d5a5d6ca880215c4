"""R7: at every moment ≤ quota, ≤ 1 live and ≤ 1 in review; each account's history linearizable.

In every run 1,200 operations of 32 clients on 40 accounts of each database; the promise's 20,000 on
400 take minutes, and are `slow`. Both databases race at once, and commits there do not wait for the
disk: it is isolation that races.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.conftest import SEED
from tests.faults import arena
from tests.faults.history import OK, Op, check, quota_faults
from tests.platform import DATABASES

ACCOUNTS, OPERATIONS, SECONDS = 40, 1_200, 600.0
ALL_ACCOUNTS, ALL_OPERATIONS, MANY_SECONDS = 400, 20_000, 1_800.0
Found = dict[str, Any]
ME, A, B = "dy1", "app A", "app B"


@pytest.fixture(scope="module")
def on_each(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Found]:
    return race(tmp_path_factory, ACCOUNTS, OPERATIONS, SECONDS)


@pytest.fixture(params=DATABASES)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def found(kind: str, on_each: dict[str, Found]) -> Found:
    return on_each[kind]


def race(
    states: pytest.TempPathFactory, accounts: int, operations: int, seconds: float
) -> dict[str, Found]:
    seed = os.environ[SEED]
    return arena.play("tests.faults.races", states, seconds, accounts, operations, seed)


def judge(found: Found, operations: int) -> None:
    figures = {name: found[name] for name in ("operations", "reads", "seconds", "overlapping")}
    print(figures, found["answers"])
    assert found["faults"] == []
    assert found["histories"] == []
    assert found["quotas"] == []
    assert found["audit"] == []
    # Some operations move quotas, or find nothing old to act on: they are in no account's history.
    assert found["operations"] >= operations * 0.9
    assert found["overlapping"] >= operations * 0.1


def test_r7_constraints_hold_and_every_history_is_linearizable(found: Found) -> None:
    judge(found, OPERATIONS)


def test_r7_what_is_scarce_was_fought_for(found: Found) -> None:
    fought = {
        "request: quota_reached",
        "request: binding_in_progress",
        "consent: consent_code_invalid",
        "submit: slot_occupied",
        "submit: binding_not_active",
    }
    done = {
        f"{verb}: {OK}" for verb in ("request", "consent", "submit", "approve", "unbind", "end")
    }
    assert (fought | done) - set(found["answers"]) == set()


def test_r7_twin_that_counts_and_then_inserts_breaks_the_quota(found: Found) -> None:
    print(f"broken in round {found['twins']['quota']}")
    assert found["twins"]["quota"]


def test_r7_no_request_comes_past_a_block(found: Found) -> None:
    assert found["blocks"] == 0


def test_r7_twin_without_the_accounts_lock_lets_one_past(found: Found, kind: str) -> None:
    print(f"broken in round {found['twins']['block']}")
    # On SQLite there is nothing to take away: one writer keeps all others out.
    assert bool(found["twins"]["block"]) is (kind == "postgresql")


def test_r7_the_hosts_syncs_keep_nobody_from_committing(found: Found, kind: str) -> None:
    assert found["held up"] == []
    stronger = ["a version", "an account"] if kind == "postgresql" else []
    assert found["twins"]["held up"] == stronger


def test_r7_twin_that_looks_and_then_saves_has_two_in_review(found: Found) -> None:
    print(f"broken in round {found['twins']['slot']}")
    assert found["twins"]["slot"]


@pytest.mark.slow
def test_r7_at_full_length(tmp_path_factory: pytest.TempPathFactory) -> None:
    on_each = race(tmp_path_factory, ALL_ACCOUNTS, ALL_OPERATIONS, MANY_SECONDS)
    for found in on_each.values():
        judge(found, ALL_OPERATIONS)


# --- The judge of histories is able to say no ---------------------------------------------------


def op(verb: str, app: str, target: str, told: str, given: object, span: tuple[int, int]) -> Op:
    return Op(ME, 0, verb, app, target, told, given, *span)


def bound(app: str, name: str, at: int) -> list[Op]:
    """A binding made between `at` and `at + 6`."""
    return [
        op("request", app, "", OK, name, (at, at + 1)),
        op("issue_code", app, name, OK, f"code {name}", (at + 2, at + 3)),
        op("consent", app, f"code {name}", OK, None, (at + 4, at + 5)),
    ]


def in_review(app: str, change: str, at: int) -> list[Op]:
    """The first change of a binding of its own."""
    return [*bound(app, f"bnd {app}", at), op("submit", app, "", OK, change, (at + 6, at + 7))]


LIVE = [*in_review(A, "c1", 0), op("approve", "", "c1", OK, None, (8, 9))]
WRONG = {
    "two requests of one mini program both succeed": [
        op("request", A, "", OK, "b1", (0, 9)),
        op("request", A, "", OK, "b2", (0, 9)),
    ],
    "four requests await one consent": [
        op("request", f"app {n}", "", OK, f"b{n}", (0, 9)) for n in range(4)
    ],
    "a code is used twice": [*bound(A, "b1", 0), op("consent", A, "code b1", OK, None, (4, 9))],
    "a code lives on beside a newer one": [
        *bound(A, "b1", 0)[:2],
        op("issue_code", A, "b1", OK, "code 2", (4, 5)),
        op("consent", A, "code b1", OK, None, (6, 7)),
    ],
    "a cancelled request is consented to": [
        *bound(A, "b1", 0),
        op("cancel", A, "b1", OK, None, (2, 9)),
    ],
    "a refusal is forgotten": [
        op("request", A, "", OK, "b1", (0, 1)),
        op("refuse", A, "b1", OK, None, (2, 3)),
        op("request", A, "", OK, "b2", (4, 5)),
    ],
    "a request comes past a block": [
        op("block", A, "b0", OK, None, (0, 9)),
        op("request", A, "", OK, "b1", (0, 9)),
        op("read_bindings", "", "", OK, frozenset({(A, "b1", False)}), (10, 11)),
    ],
    "an unbind leaves the entry": [
        *LIVE,
        op("unbind", A, "bnd app A", OK, None, (10, 11)),
        op("read_live", "", "", OK, ("app A", "c1"), (12, 13)),
    ],
    "two mini programs take one slot": [
        *in_review(A, "c1", 0),
        *in_review(B, "c2", 0),
    ],
    "a withdrawn change is approved": [
        *in_review(A, "c1", 0),
        op("withdraw", "", "c1", OK, None, (8, 20)),
        op("approve", "", "c1", OK, None, (8, 20)),
    ],
    "a replaced change is approved": [
        *in_review(A, "c1", 0),
        op("submit", A, "", OK, "c2", (8, 9)),
        op("approve", "", "c1", OK, None, (10, 11)),
    ],
    "a refusal without a reason to refuse": [
        *in_review(A, "c1", 0),
        op("approve", "", "c1", "wrong_state", None, (8, 9)),
    ],
    "a read sees what is over": [
        *LIVE,
        op("remove", A, "", OK, None, (10, 11)),
        op("read_live", "", "", OK, ("app A", "c1"), (12, 13)),
    ],
    "two reads see changes in opposite orders": [
        *in_review(A, "c1", 0),
        op("submit", A, "", OK, "c2", (8, 20)),
        op("read_review", "", "", OK, ("app A", "c2"), (9, 10)),
        op("read_review", "", "", OK, ("app A", "c1"), (11, 12)),
    ],
}
RIGHT = {
    "nothing": [],
    "one after the other": LIVE,
    "at once, in the one order that fits": [
        *in_review(A, "c1", 0),
        op("submit", A, "", OK, "c2", (8, 20)),
        op("approve", "", "c1", OK, None, (8, 20)),
        op("approve", "", "c1", "wrong_state", None, (8, 20)),
        op("read_live", "", "", OK, ("app A", "c1"), (15, 16)),
        op("read_review", "", "", OK, ("app A", "c2"), (21, 22)),
    ],
    "a block refuses what waits": [
        op("block", A, "b0", OK, None, (0, 9)),
        op("request", A, "", OK, "b1", (0, 9)),
        op("read_bindings", "", "", OK, frozenset(), (10, 11)),
        op("request", A, "", "blocked_by_owner", None, (12, 13)),
        op("unblock", A, "", OK, None, (14, 15)),
        op("request", A, "", "cooling_down", None, (16, 17)),
    ],
    "a release makes room": [
        *LIVE,
        *bound(B, "b2", 10),
        op("submit", B, "", "slot_occupied", None, (16, 17)),
        op("release", "", "", OK, None, (16, 30)),
        op("submit", B, "", OK, "c2", (18, 30)),
    ],
}


@pytest.mark.parametrize("history", WRONG.values(), ids=WRONG)
def test_r7_the_judge_finds_what_no_sequence_gives(history: list[Op]) -> None:
    verdict = check(history)
    assert not verdict.is_linearizable
    assert verdict.stuck


@pytest.mark.parametrize("history", RIGHT.values(), ids=RIGHT)
def test_r7_the_judge_accepts_what_a_sequence_gives(history: list[Op]) -> None:
    assert str(check(history)) == "linearizable"


def test_r7_the_judge_of_quotas_finds_one_too_many_and_needless_refusals() -> None:
    taken = [op("request", A, "employee", OK, f"b{n}", (n, n + 1)) for n in range(3)]
    freed = op("cancel", A, "b0", OK, None, (5, 6))
    refused = op("request", A, "employee", "quota_reached", None, (7, 8))
    assert list(quota_faults(taken, 2, 2))
    assert list(quota_faults([*taken, refused], 3, 3)) == []
    assert list(quota_faults([*taken, freed, refused], 3, 3))
