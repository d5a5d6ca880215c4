"""What runs and dry runs found, as it is kept and answered."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict

from guazai.control.kernel.http import Out


class EmptyOut(Out):
    """Nothing, or nothing yet."""

    model_config = ConfigDict(extra="forbid")


class BreakerReasonOut(Out):
    """Why a run is held: what was found, and what it is measured against."""

    code: Literal["too_many_hidden", "row_count_differs", "day_missing"]
    actual: int | str
    limit: int | str


class WorkErrorOut(Out):
    """Why a run, or a dry run, failed."""

    code: str
    message: str


class FeedErrorOut(WorkErrorOut):
    """Why a feed was refused, and where in it."""

    file: str | None
    row: int | None


class SummaryOut(Out):
    """What a policy means for all accounts of a feed; `failing` counts by a rule's reason."""

    judged: int
    passing: int
    newly_hidden: int
    newly_shown: int
    added: int
    gone: int
    failing: dict[str, int]


class WatchedOut(Out):
    """What a run means for the accounts that somebody has an eye on.

    The breaker holds the run where more than `hidden_limit` would be hidden.
    """

    passing: int
    hidden: int
    hidden_limit: int
    shown: int
    hidden_examples: list[str]
    shown_examples: list[str]


class ByRuleOut(Out):
    """How many do not meet a rule now, and how many would not."""

    reason: str
    failing_now: int
    failing_then: int


class TriedAccountsOut(Out):
    """What a policy would mean for all accounts of the feed."""

    judged: int
    passing_now: int
    passing_then: int
    hide: int
    show: int
    by_rule: list[ByRuleOut]


class TriedWatchedOut(Out):
    """What it would mean for watched accounts."""

    passing_now: int
    passing_then: int
    hide: int
    show: int


class TriedMiniProgramOut(Out):
    """How many entries of a mini program it would hide and show."""

    app_id: str
    app_name: str
    hide: int
    show: int


class TriedEntriesOut(Out):
    """What it would mean for live entries; mini programs with most changes first."""

    live: int
    hide: int
    show: int
    by_rule: list[ByRuleOut]
    by_mini_program: list[TriedMiniProgramOut]


class TriedExampleOut(Out):
    """An entry that it would hide or show, with the reasons of the rules that are not met."""

    aweme_id: str
    nickname: str
    app_id: str
    app_name: str
    change: Literal["hide", "show"]
    failing_now: list[str]
    failing_then: list[str]


class ReportOut(Out):
    """What a dry run found; `accounts` is empty before the first feed."""

    accounts: TriedAccountsOut | EmptyOut
    watched: TriedWatchedOut
    entries: TriedEntriesOut
    examples: list[TriedExampleOut]
