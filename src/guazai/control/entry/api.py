"""Why an entry is or is not shown: for developers, owners and operators (V2)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from ninja import Router, Status

from guazai.control.binding import queries as binding
from guazai.control.directory import queries as directory
from guazai.control.directory.states import AccountType
from guazai.control.eligibility import queries as eligibility
from guazai.control.eligibility.answers import (
    NoticeOut,
    RuleOutcomeOut,
    notice_out,
    rule_outcome_out,
)
from guazai.control.entry import actions, queries
from guazai.control.entry.queries import Explanation, Mender, TermKey
from guazai.control.kernel import clock, doors
from guazai.control.kernel.errors import NOT_FOUND
from guazai.control.kernel.http import Out, Page, PageParams, actor, page
from guazai.control.landing import queries as landing
from guazai.control.surfaces import registry

if TYPE_CHECKING:
    from guazai.control.directory.models import DouyinAccount

router = Router(tags=["entries"])
RECORD = "/mini-programs/{app_id}/surfaces/{surface}/records/{aweme_id}"


class TermOut(Out):
    """One condition of being shown: whether it holds, and who can mend it where it does not."""

    key: TermKey
    text: str
    is_met: bool
    reason: str
    mender: Mender
    as_of: date | None


class EntryOut(Out):
    """The page that the entry opens."""

    app_id: str
    app_name: str
    title: str
    page_path: str
    query: str


class WhyOut(Out):
    """Whether the entry is shown, and every term of that (V1)."""

    aweme_id: str
    surface: str
    is_shown: bool
    terms: list[TermOut]
    notice: NoticeOut | None
    available_actions: list[str]


class AppWhyOut(WhyOut):
    """The same for a mini program, with the day on which it last reminded the owner (E5)."""

    reminded_on: date | None


class OwnWhyOut(WhyOut):
    """The same with the rules' values and thresholds, and the entry itself."""

    entry: EntryOut | None
    as_of: date | None
    rules: list[RuleOutcomeOut]


class OwnAccountOut(Out):
    """One of the caller's accounts."""

    aweme_id: str
    nickname: str
    account_type: AccountType
    available_actions: list[str]


def _why(
    account: DouyinAccount,
    surface: str,
    found: Explanation,
    available: list[str],
    *,
    fails_rules: bool,
) -> dict[str, Any]:
    return {
        "aweme_id": account.pk,
        "surface": surface,
        "is_shown": found.is_shown,
        "terms": [
            TermOut(
                key=term.key,
                text=str(term.text),
                is_met=term.is_met,
                reason=term.reason,
                mender=term.mender,
                as_of=term.as_of,
            )
            for term in found.terms
        ],
        "notice": notice_out(is_hidden=fails_rules),
        "available_actions": available,
    }


def _own_why(
    account: DouyinAccount, surface: str, found: Explanation, available: list[str]
) -> OwnWhyOut:
    change = found.change
    fails_rules = found.judgement.status != "passed"
    return OwnWhyOut(
        **_why(account, surface, found, available, fails_rules=fails_rules),
        entry=None
        if change is None
        else EntryOut(
            app_id=change.mini_program_id,
            app_name=change.mini_program.name,
            title=change.title or change.mini_program.name,
            page_path=change.page_path,
            query=change.query,
        ),
        as_of=found.judgement.as_of,
        rules=[rule_outcome_out(each) for each in eligibility.outcomes(account)],
    )


@router.get(f"{RECORD}/why", response=AppWhyOut, auth=doors.developer)
def why(request: HttpRequest, app_id: str, surface: str, aweme_id: str) -> AppWhyOut:
    """Why this mini program's entry is or is not shown on the account (V2).

    That a bound account fails the rules is said, which rule is not (E5).
    """
    app = directory.mini_program(actor(request), app_id)
    found_surface = registry.get(surface)
    account = directory.any_account(aweme_id)
    if not binding.of_app(app, found_surface).filter(account=account).exists():
        raise NOT_FOUND()
    found = queries.explain(account, found_surface, app)
    is_bound = binding.active(app.pk, aweme_id, found_surface) is not None
    fails_rules = is_bound and found.judgement.status != "passed"
    shown = found if is_bound else queries.before_consent(found)
    reminded_on = queries.reminded_on(account, app)
    can_remind = fails_rules and reminded_on != clock.today()
    available = ["remind_owner"] if can_remind else []
    return AppWhyOut(
        **_why(account, surface, shown, available, fails_rules=fails_rules),
        reminded_on=reminded_on,
    )


@router.post(f"{RECORD}/reminders", response={201: None}, auth=doors.developer)
def remind_owner(request: HttpRequest, app_id: str, surface: str, aweme_id: str) -> Status[None]:
    """Remind the account's owner of the creator rules, at most once a day (E5)."""
    app = directory.mini_program(actor(request), app_id)
    account = directory.any_account(aweme_id)
    if binding.active(app.pk, aweme_id, registry.get(surface)) is None:
        raise NOT_FOUND()
    actions.remind_owner(actor(request), account, app)
    return Status(201, None)


@router.get("/owner/accounts", response=Page[OwnAccountOut], auth=doors.owner)
def list_own_accounts(request: HttpRequest, paging: PageParams) -> Page[OwnAccountOut]:
    """The caller's Douyin accounts."""
    return page(
        directory.owned_accounts(actor(request)),
        paging,
        lambda account: OwnAccountOut(
            aweme_id=account.pk,
            nickname=account.nickname,
            account_type=AccountType(account.account_type),
            available_actions=["why"],
        ),
        order="pk",
    )


@router.get(
    "/owner/accounts/{aweme_id}/surfaces/{surface}/entry", response=OwnWhyOut, auth=doors.owner
)
def own_entry(request: HttpRequest, aweme_id: str, surface: str) -> OwnWhyOut:
    """The caller's own entry, and why it is or is not shown, with values and thresholds (E5)."""
    account = directory.owned_account(actor(request), aweme_id)
    found_surface = registry.get(surface)
    found = queries.explain(account, found_surface)
    is_held = found.change or landing.in_review(aweme_id, found_surface)
    return _own_why(account, surface, found, ["release"] if is_held else [])


@router.get(
    "/operator/accounts/{aweme_id}/surfaces/{surface}/why",
    response=OwnWhyOut,
    auth=doors.operator,
    tags=["operator"],
)
def operator_why(
    request: HttpRequest, aweme_id: str, surface: str, app_id: str | None = None
) -> OwnWhyOut:
    """Why an account shows what it shows, for the platform (V2)."""
    account = directory.any_account(aweme_id)
    app = directory.any_mini_program(app_id) if app_id else None
    found = queries.explain(account, registry.get(surface), app)
    return _own_why(account, surface, found, ["deny"])
