"""Why an entry is, or is not, shown (V1, V2), and what is denied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db.models import Max, QuerySet

from guazai.control.binding import queries as binding
from guazai.control.capability import queries as capability
from guazai.control.directory import queries as directory
from guazai.control.eligibility import queries as eligibility
from guazai.control.eligibility.states import JudgementStatus
from guazai.control.entry.models import Deny, FeedHead, Reminder, ResolverNode
from guazai.control.entry.states import DENY_TRANSITIONS, DenyStatus
from guazai.control.kernel import clock, transitions
from guazai.control.kernel.texts import Text
from guazai.control.landing import queries as landing
from guazai.control.surfaces import queries as surfaces
from guazai.control.surfaces.registry import Surface
from guazai.feed.records import Scope

if TYPE_CHECKING:
    from guazai.control.directory.models import DouyinAccount, LegalEntity, MiniProgram
    from guazai.control.landing.models import LandingChange
    from guazai.control.landing.queries import Record


#: The relay writes down every second how the nodes are.
NODE_IS_HEARD = timedelta(seconds=3)


class Mender(StrEnum):
    """Who can mend a term that does not hold."""

    DEVELOPER = "developer"
    OWNER = "owner"
    OPERATOR = "operator"
    REVIEWER = "reviewer"
    HOST = "host"


class TermKey(StrEnum):
    """The terms of V1, in the order in which they are told."""

    CAPABILITY_GRANTED = "capability_granted"
    MINI_PROGRAM_ONLINE = "mini_program_online"
    BINDING_ACTIVE = "binding_active"
    LANDING_LIVE = "landing_live"
    PAGE_PUBLISHED = "page_published"
    ACCOUNT_MEETS_RULES = "account_meets_rules"
    INDUSTRY_OPEN = "industry_open"
    ACCOUNT_NOT_DENIED = "account_not_denied"
    MINI_PROGRAM_NOT_DENIED = "mini_program_not_denied"
    LEGAL_ENTITY_NOT_DENIED = "legal_entity_not_denied"
    NOT_DENIED_GLOBALLY = "not_denied_globally"


@dataclass(frozen=True, slots=True)
class Term:
    """One term of V1: whether it holds, why not, who can mend it, and the date of its data."""

    key: TermKey
    text: Text
    is_met: bool
    mender: Mender
    reason: str = ""
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Every term of V1 for one account and surface, and for one mini program."""

    terms: tuple[Term, ...]
    judgement: eligibility.AccountJudgement
    change: LandingChange | None

    @property
    def is_shown(self) -> bool:
        """Shown is the conjunction of all terms (V1)."""
        return all(term.is_met for term in self.terms)


def is_denied(scope: Scope, target: str) -> bool:
    """Whether an operator's deny holds (G1)."""
    return Deny.objects.filter(scope=scope, target=target, status=DenyStatus.ACTIVE).exists()


def denied(targets: Iterable[tuple[Scope, str]]) -> set[tuple[Scope, str]]:
    """Which of some scopes and targets an operator's deny holds for (G1)."""
    wanted = set(targets)
    found = Deny.objects.filter(
        status=DenyStatus.ACTIVE,
        scope__in={scope for scope, _ in wanted},
        target__in={target for _, target in wanted},
    )
    rows = found.values_list("scope", "target")
    return {(Scope(scope), target) for scope, target in rows} & wanted


def denies() -> QuerySet[Deny]:
    """All denies, lifted ones too."""
    return Deny.objects.all()


def feed_head() -> tuple[int, int]:
    """The epoch and last revision of the feed; zeros before there is any."""
    return FeedHead.objects.values_list("epoch", "revision").first() or (0, 0)


def nodes() -> QuerySet[ResolverNode]:
    """The resolver nodes that asked the relay in the last day."""
    return ResolverNode.objects.all()


def relay_heard_at() -> datetime | None:
    """When the relay last wrote down that a node asked it; None where no node ever did."""
    return ResolverNode.objects.aggregate(at=Max("seen_at"))["at"]


def is_in_rotation(node: ResolverNode) -> bool:
    """Whether a node was in rotation when that was last written down, a moment ago."""
    return node.is_in_rotation and node.seen_at > clock.now() - NODE_IS_HEARD


def deny_actions(deny: Deny) -> list[str]:
    """What an operator can do with a deny."""
    return transitions.verbs(DENY_TRANSITIONS, deny.status)


def closed_reasons(app: MiniProgram, surface: Surface) -> list[str]:
    """Why all entries of `app` are hidden on `surface`; empty where they are not."""
    reasons = {
        "capability_not_granted": not capability.is_granted(app.pk, surface),
        "mini_program_offline": not app.is_online,
        "industry_closed": not surfaces.is_open(surface, app.industry),
        "mini_program_denied": is_denied(Scope.MINI_PROGRAM, app.pk),
    }
    return [reason for reason, holds in reasons.items() if holds]


def live_changes(aweme_ids: Iterable[str], surface: Surface) -> dict[str, LandingChange]:
    """The changes that the edge is to serve, by account: live, bound still, the page published."""
    held = landing.held_changes(aweme_ids, surface)
    return {aweme_id: each for aweme_id, each in held.items() if landing.has_page(each)}


def reminded_on(account: DouyinAccount, app: MiniProgram) -> date | None:
    """The day on which `app` last reminded the account's owner of the rules (E5)."""
    sent = Reminder.objects.filter(account=account, mini_program=app)
    day: date | None = sent.aggregate(day=Max("sent_on"))["day"]
    return day


def shown_count(app: MiniProgram, surface: Surface) -> int:
    """On how many accounts an entry of `app` is shown (V1)."""
    denied_above = denied([(Scope.LEGAL_ENTITY, app.entity_id), (Scope.GLOBAL, "")])
    if denied_above or closed_reasons(app, surface):
        return 0
    accounts = Deny.objects.filter(scope=Scope.ACCOUNT, status=DenyStatus.ACTIVE)
    shown = landing.held_slots(app, surface).filter(
        live_change__page_path__in=directory.pages(app),
        account__in=eligibility.passing().values("pk"),
    )
    return shown.exclude(account__in=accounts.values("target")).count()


def explain(
    account: DouyinAccount, surface: Surface, app: MiniProgram | None = None
) -> Explanation:
    """Every term of V1 for `account`, as `app` sees it; without it, as the slot's holder does."""
    live = landing.held_changes([account.pk], surface).get(account.pk)
    app = app or (live.mini_program if live else None)
    is_own = live is not None and app is not None and live.mini_program_id == app.pk
    change = live if is_own else None
    judgement = eligibility.judgement(account)
    closed = closed_reasons(app, surface) if app else []
    terms = (
        _term(
            TermKey.CAPABILITY_GRANTED,
            Text("挂载能力已开通", "The capability is granted"),
            app is not None and "capability_not_granted" not in closed,
            Mender.DEVELOPER,
            "capability_not_granted" if app else "no_mini_program",
        ),
        _term(
            TermKey.MINI_PROGRAM_ONLINE,
            Text("小程序已上线", "The mini program is online"),
            app is not None and "mini_program_offline" not in closed,
            Mender.DEVELOPER,
            "mini_program_offline" if app else "no_mini_program",
        ),
        _term(
            TermKey.BINDING_ACTIVE,
            Text("抖音号已绑定", "The account is bound"),
            app is not None and binding.active(app.pk, account.pk, surface) is not None,
            Mender.OWNER,
            "binding_not_active" if app else "no_mini_program",
        ),
        _landing_term(change, is_taken=live is not None and not is_own),
        _term(
            TermKey.PAGE_PUBLISHED,
            Text("落地页在线上版本中", "The published version has the page"),
            change is not None and landing.has_page(change),
            Mender.DEVELOPER,
            "page_missing" if change else "landing_not_live",
        ),
        _term(
            TermKey.ACCOUNT_MEETS_RULES,
            Text("账号满足《抖音经营规范》", "The account meets the creator rules"),
            judgement.status == "passed",
            Mender.OWNER,
            "not_judged_yet" if judgement.status == "not_judged_yet" else "account_not_eligible",
            judgement.as_of,
        ),
        _term(
            TermKey.INDUSTRY_OPEN,
            Text("该行业对访客开放", "The industry is open to visitors"),
            "industry_closed" not in closed,
            Mender.OPERATOR,
            "industry_closed",
        ),
        *_deny_terms(account, app.entity if app else None, closed),
    )
    return Explanation(terms, judgement, change)


def hide_reasons(
    app: MiniProgram, surface: Surface, records: Sequence[Record]
) -> dict[str, list[str]]:
    """Why the entries of `app` are hidden on bound accounts, by account; empty where they show.

    The reasons of `explain` in its order, for many accounts by as many queries as for one.
    """
    accounts = {each.binding.account_id: each.binding.account for each in records}
    above = [(Scope.LEGAL_ENTITY, app.entity_id), (Scope.GLOBAL, "")]
    is_denied = denied([*above, *((Scope.ACCOUNT, each) for each in accounts)])
    closed = closed_reasons(app, surface)
    holders = landing.held_changes(accounts, surface)
    judged = eligibility.statuses(accounts.values())
    found: dict[str, list[str]] = {}
    for each in records:
        aweme_id, holder = each.binding.account_id, holders.get(each.binding.account_id)
        is_own = holder is not None and holder.mini_program_id == app.pk
        reasons = {
            "capability_not_granted": "capability_not_granted" in closed,
            "mini_program_offline": "mini_program_offline" in closed,
            "slot_occupied": holder is not None and not is_own,
            "landing_not_live": not is_own,
            "page_missing": is_own and holder is not None and not each.has_page(holder),
            "not_judged_yet": judged[aweme_id] is JudgementStatus.NOT_JUDGED_YET,
            "account_not_eligible": judged[aweme_id] is JudgementStatus.FAILED,
            "industry_closed": "industry_closed" in closed,
            "account_denied": (Scope.ACCOUNT, aweme_id) in is_denied,
            "mini_program_denied": "mini_program_denied" in closed,
            "legal_entity_denied": (Scope.LEGAL_ENTITY, app.entity_id) in is_denied,
            "global_denied": (Scope.GLOBAL, "") in is_denied,
        }
        found[aweme_id] = [reason for reason, holds in reasons.items() if holds]
    return found


def before_consent(found: Explanation) -> Explanation:
    """The same for a developer to whom the account is not bound: how it stands is not told (E5)."""
    terms = (
        replace(term, is_met=False, reason="binding_not_active", as_of=None)
        if term.key is TermKey.ACCOUNT_MEETS_RULES
        else term
        for term in found.terms
    )
    return replace(found, terms=tuple(terms))


def _term(
    key: TermKey, text: Text, is_met: bool, mender: Mender, reason: str, as_of: date | None = None
) -> Term:
    return Term(key, text, is_met, mender, "" if is_met else reason, as_of)


def _landing_term(change: LandingChange | None, *, is_taken: bool) -> Term:
    return _term(
        TermKey.LANDING_LIVE,
        Text("落地页已生效", "A landing page is live"),
        change is not None,
        Mender.OWNER if is_taken else Mender.DEVELOPER,
        "slot_occupied" if is_taken else "landing_not_live",
    )


def _deny_terms(
    account: DouyinAccount, entity: LegalEntity | None, closed: list[str]
) -> tuple[Term, ...]:
    return (
        _term(
            TermKey.ACCOUNT_NOT_DENIED,
            Text("账号未被封禁入口", "The account is not denied"),
            not is_denied(Scope.ACCOUNT, account.pk),
            Mender.OPERATOR,
            "account_denied",
        ),
        _term(
            TermKey.MINI_PROGRAM_NOT_DENIED,
            Text("小程序未被封禁入口", "The mini program is not denied"),
            "mini_program_denied" not in closed,
            Mender.OPERATOR,
            "mini_program_denied",
        ),
        _term(
            TermKey.LEGAL_ENTITY_NOT_DENIED,
            Text("主体未被封禁入口", "The legal entity is not denied"),
            entity is None or not is_denied(Scope.LEGAL_ENTITY, entity.pk),
            Mender.OPERATOR,
            "legal_entity_denied",
        ),
        _term(
            TermKey.NOT_DENIED_GLOBALLY,
            Text("平台未全局关闭入口", "Entries are not closed globally"),
            not is_denied(Scope.GLOBAL, ""),
            Mender.OPERATOR,
            "global_denied",
        ),
    )
