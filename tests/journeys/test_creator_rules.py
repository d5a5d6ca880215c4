"""Four nights of the creator rules over real processes (E3, E4, E6, R13, R14).

Feeds are delivered as a host would: files, then the manifest. The evaluator finds them by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from guazai.control.kernel import clock
from guazai.demo.caller import Caller, Refused
from tests.platform import DATABASES, START_SECONDS, Platform, platform, run_program, within

PROMISE_SECONDS = 60.0
BOUND, OTHERS = 60, 900
PASSING: Mapping[str, Any] = {
    "account_type": "personal",
    "effective_followers": 500,
    "has_serious_violation": False,
    "is_verified_adult": True,
    "meets_regulatory_requirements": True,
}
#: One way to fail each of the rules.
FAILING: tuple[Mapping[str, Any], ...] = (
    {"effective_followers": 499},
    {"has_serious_violation": True},
    {"is_verified_adult": None},
)


@dataclass
class Nights:
    """A platform with bound accounts, and the feeds that its host delivers."""

    platform: Platform
    accounts: list[str]
    #: The first of four days, all of which are over.
    first: date

    def day(self, number: int) -> date:
        return self.first + timedelta(days=number - 1)

    def folder(self, number: int) -> Path:
        return self.platform.state / "feeds" / f"dt={self.day(number)}"

    def write(self, number: int, failing: Mapping[str, Mapping[str, Any]]) -> Path:
        """The Parquet files of a day; without a manifest nobody looks at them."""
        others = [f"other{number:06}" for number in range(OTHERS)]
        rows = [
            {"aweme_id": aweme_id, **PASSING, **failing.get(aweme_id, {})}
            for aweme_id in sorted([*self.accounts, *others])
        ]
        frame = pl.DataFrame(rows, schema_overrides={"is_verified_adult": pl.Boolean})
        folder = self.folder(number)
        folder.mkdir(parents=True)
        half = frame.height // 2
        frame[:half].write_parquet(folder / "part-00000.parquet")
        frame[half:].write_parquet(folder / "part-00001.parquet")
        return folder

    def deliver(self, number: int) -> None:
        """Write the manifest, which is what makes the files a feed."""
        made = self.platform.guazai("feed", "manifest", str(self.folder(number)))
        assert made.returncode == 0, made.stderr

    def deliver_cut_short(self, number: int) -> None:
        """Deliver a day of which the last file lost its second half on the way."""
        aside = self.folder(number).with_name(f"making-{self.day(number)}")
        self.folder(number).rename(aside)
        made = self.platform.guazai("feed", "manifest", str(aside), "--date", str(self.day(number)))
        assert made.returncode == 0, made.stderr
        last = max(aside.glob("*.parquet"))
        last.write_bytes(last.read_bytes()[: last.stat().st_size // 2])
        aside.rename(self.folder(number))

    def run_of(self, number: int, status: str) -> dict[str, Any]:
        """The run of a day, once it has come to `status`."""
        operator = self.operator("operator-zhou")

        def found() -> dict[str, Any] | None:
            runs = operator.get("/operator/runs?kind=feed")["items"]
            mine = [run for run in runs if run["as_of"] == self.day(number).isoformat()]
            return next((run for run in mine if run["status"] == status), None)

        return within(PROMISE_SECONDS, found, f"the feed of day {number} is {status}")

    def operator(self, login: str) -> Caller:
        known = [each for each in self.platform.callers if each.role == login]
        return known[0] if known else self.platform.caller(login)

    def shown(self) -> set[str]:
        with httpx.Client(base_url=self.platform.resolver_url, trust_env=False) as client:
            answers = {each: client.get(f"/v1/entries/{each}") for each in self.accounts}
        return {aweme_id for aweme_id, answer in answers.items() if answer.status_code == 200}

    def expect_shown(self, wanted: Collection[str], why: str) -> None:
        """The resolver shows exactly these within the minute."""
        expected = set(wanted)
        within(PROMISE_SECONDS, lambda: self.shown() == expected or None, why)

    def alarms(self) -> dict[str, dict[str, Any]]:
        found = self.operator("operator-zhou").get("/operator/alarms")["items"]
        return {
            f"{each['kind']} {each['key']}": each for each in found if each["cleared_at"] is None
        }


@pytest.fixture(params=DATABASES)
def nights(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Nights]:
    with platform(request.param, tmp_path) as running:
        for login in ("operator-zhou", "operator-lin"):
            running.add_people(operator=login)
        found = run_program("tests.journeys.bound", [BOUND], running.env, START_SECONDS)
        yield Nights(running, found["accounts"], clock.today() - timedelta(days=4))
        print(running.logs())


def test_e3_e6_four_nights(nights: Nights) -> None:
    everyone = nights.accounts
    early, late = everyone[:2], everyone[2:5]
    nights.expect_shown([], "nobody is judged yet")

    # Day 1: all are judged; two do not pass.
    nights.write(1, dict(zip(early, FAILING, strict=False)))
    nights.deliver(1)
    nights.expect_shown(set(everyone) - set(early), "day 1")

    # Day 2: three are hidden, the two are shown.
    nights.write(2, dict(zip(late, FAILING, strict=True)))
    nights.deliver(2)
    nights.expect_shown(set(everyone) - set(late), "day 2")
    run = nights.run_of(2, "applied")
    assert (run["watched"]["hidden"], run["watched"]["shown"]) == (3, 2)
    _e5_owner_sees_the_rule(nights, late)

    # Day 3: cut short after its manifest was made. Nothing changes; an operator is alarmed.
    nights.write(3, {})
    nights.deliver_cut_short(3)
    run = nights.run_of(3, "refused")
    assert (run["error"]["code"], run["error"]["file"]) == ("size_wrong", "part-00001.parquet")
    assert f"feed_refused {nights.day(3)}" in nights.alarms()
    assert nights.shown() == set(everyone) - set(late)

    # Day 4: would hide 24 of 60. Held; online takedowns go on.
    victims = everyone[10:34]
    nights.write(4, dict.fromkeys(victims, FAILING[0]))
    nights.deliver(4)
    run = nights.run_of(4, "held")
    assert {each["code"] for each in run["reasons"]} == {"too_many_hidden", "day_missing"}
    assert f"run_held {run['id']}" in nights.alarms()
    denied = everyone[50]
    zhou, lin = nights.operator("operator-zhou"), nights.operator("operator-lin")
    zhou.post("/operator/denies", {"scope": "account", "target": denied, "reason": "举报"})
    nights.expect_shown(set(everyone) - {*late, denied}, "a takedown while a run is held")

    # Two people release it.
    path = f"/operator/runs/{run['id']}"
    zhou.post(f"{path}/propose", {"decision": "release", "reason": "已核对"})
    with pytest.raises(Refused) as refused:
        zhou.post(f"{path}/confirm")
    assert refused.value.problem["code"] == "second_person_required"
    lin.post(f"{path}/confirm")
    nights.expect_shown(set(everyone) - {*victims, denied}, "the released run")
    run = nights.run_of(4, "applied")
    assert run["proposal"]["proposed_by"] != run["proposal"]["ended_by"]
    assert not nights.alarms(), "all is mended"
    _edge_and_audit_hold(nights.platform)


def _e5_owner_sees_the_rule(nights: Nights, aweme_ids: list[str]) -> None:
    for aweme_id, facts in zip(aweme_ids, FAILING, strict=True):
        verdict = nights.operator("operator-zhou").get(f"/operator/accounts/{aweme_id}/verdict")
        unmet = [each for each in verdict["outcomes"] if not each["is_met"]]
        assert [(each["fact"], each["value"]) for each in unmet] == list(facts.items())


def _edge_and_audit_hold(running: Platform) -> None:
    running.await_told(PROMISE_SECONDS)
    for command in (("verify",), ("audit", "verify"), ("feed", "status")):
        done = running.guazai(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        print(done.stdout)
