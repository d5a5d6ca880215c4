"""Reading policies, masks, verdicts and judgements.

A verdict is what was stored and told to the edge, and a judgement says so; its outcomes add what
follows from which rule. Outcomes are for the account's owner and the platform, never for
developers (E5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import F, Q, QuerySet

from guazai.control.eligibility.lookups import facts_in_feed
from guazai.control.eligibility.models import (
    AccountFacts,
    CurrentMasks,
    PolicyVersion,
    Verdict,
)
from guazai.control.eligibility.states import JudgementStatus, Standing
from guazai.control.eligibility.told import Told
from guazai.control.kernel.errors import NOT_FOUND
from guazai.control.kernel.texts import Text
from guazai.policy import Evaluator, FactType, Policy, Rule, Scalar, in_play
from guazai.policy import Value as Threshold

if TYPE_CHECKING:
    from guazai.control.directory.models import DouyinAccount

HIDDEN_TITLE = Text("该账号暂不展示挂载入口", "The entry is not shown on this account for now")
HIDDEN_TEXT = Text(
    "该账号暂不满足《抖音经营规范》,故无法在「抖音APP-个人页」展示挂载入口",
    "This account does not meet the Douyin creator rules for now,"
    " so the entry cannot be shown on its profile page in the Douyin app",
)


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """One rule's outcome: `value` is the account's, `threshold` the rule's.

    `reason` is the stable code of the rule where it is not met. `value` is None where nothing is
    known; `is_available` is false where something is, but cannot be looked up any more. `as_of` is
    the day of the value, None where it has none.
    """

    reason: str
    fact: str
    label: Text
    value: Scalar | None
    is_available: bool
    as_of: date | None
    op: str
    threshold: Threshold
    met: bool
    how_to_fix: Text


@dataclass(frozen=True, slots=True)
class AccountJudgement:
    """How an account stands, as the edge was told (E1, E3).

    `as_of` is the day of the last feed that knows the account, else of its last full record, else
    None: it does not tell of what kind the last news was (E5). `policy` is the one judged by; None
    where it is not judged yet. An account whose type the policy does not name is not subject to it.
    """

    status: JudgementStatus
    as_of: date | None
    policy: Policy | None
    is_subject: bool = True


def effective(at: datetime) -> list[Policy]:
    """Every policy whose time has come by `at`."""
    bodies = PolicyVersion.objects.filter(effective_at__lte=at).values_list("body", flat=True)
    return [Policy.from_json(body) for body in bodies]


def policies_in_play(at: datetime) -> list[Policy]:
    """Every policy that applies to some account at `at`, latest first."""
    return in_play(effective(at), at)


def policies() -> QuerySet[PolicyVersion]:
    """Every version."""
    return PolicyVersion.objects.all()


def policy(version: int) -> PolicyVersion:
    """One version; raises `not_found`."""
    found = policies().filter(pk=version).first()
    if found is None:
        raise NOT_FOUND()
    return found


def standings(at: datetime) -> dict[int, Standing]:
    """How each version stands at `at`."""
    known = [Policy.from_json(body) for body in policies().values_list("body", flat=True)]
    current = {policy.version for policy in in_play(known, at)}

    def standing(policy: Policy) -> Standing:
        if policy.version in current:
            return Standing.IN_FORCE
        # Later versions only ever take in more, so its chances are where it takes in more itself.
        starts = [each.at for each in policy.stages] or [policy.effective_at]
        has_turn = any(start > at and policy in in_play(known, start) for start in starts)
        return Standing.SCHEDULED if has_turn else Standing.SUPERSEDED

    return {policy.version: standing(policy) for policy in known}


def fact_types() -> Mapping[str, FactType]:
    """The facts that some published version declares; each has one type in all of them."""
    bodies = PolicyVersion.objects.values_list("body", flat=True)
    return {name: FactType(kind) for body in bodies for name, kind in body["facts"].items()}


def verdict(aweme_id: str) -> Verdict | None:
    """The verdict on an account as last stored; None where it was never judged."""
    return Verdict.objects.filter(pk=aweme_id).first()


def verdicts(aweme_ids: Iterable[str]) -> dict[str, Verdict]:
    """The verdicts on some accounts as last stored, of those that were ever judged."""
    return Verdict.objects.in_bulk(set(aweme_ids))


def judged() -> Iterator[str]:
    """The aweme_ids of all accounts with a verdict."""
    return Verdict.objects.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=2000)


def passing() -> QuerySet[Verdict]:
    """The verdicts on accounts that pass, of those whose standing is kept."""
    return Verdict.objects.filter(is_passed=True)


def passing_count() -> int:
    """How many they are."""
    return passing().count()


def watched() -> Iterator[str]:
    """The accounts whose standing is kept, in no order: bound ones, and those told of."""
    return AccountFacts.objects.values_list("pk", flat=True).iterator(chunk_size=10_000)


def told_until(day: date) -> Iterator[str]:
    """The accounts of which something was told for `day` or before."""
    told = AccountFacts.objects.filter(oldest_as_of__lte=day)
    return told.values_list("pk", flat=True).iterator(chunk_size=10_000)


def current_masks() -> list[CurrentMasks]:
    """The masks that accounts are judged by, one row for each policy that has some."""
    return list(CurrentMasks.objects.order_by("-policy_version"))


def masks_by_version() -> dict[int, CurrentMasks]:
    """The same by policy version."""
    return {row.policy_version_id: row for row in current_masks()}


def stale_verdicts(at: datetime) -> Iterator[QuerySet[Verdict]]:
    """Verdicts to be judged again: by a policy that does not apply any more, or as another type.

    Without those that wait for masks under the policy that does.
    """
    versions = list(policies().values_list("pk", flat=True))
    masked = set(CurrentMasks.objects.values_list("pk", flat=True))
    first = 0
    for policy in policies_in_play(at):
        share = policy.share(at)
        covered = Verdict.objects.filter(bucket__gte=first, bucket__lt=share)
        first = share
        if policy.version not in masked:
            facts = Q(account__facts__full_as_of__isnull=False) | Q(account__facts__feed_hash="")
            covered = covered.filter(facts)
        others = [version for version in versions if version != policy.version]
        yield covered.filter(policy_version__in=others)
        # For a policy over all types another type changes nothing, and looking reads every row.
        if policy.account_types is not None:
            by_it = covered.filter(policy_version=policy.version)
            yield by_it.exclude(account_type=F("account__account_type"))


def status(verdict: Verdict | None) -> JudgementStatus:
    """How an account with this verdict stands; None is no verdict."""
    if verdict is None:
        return JudgementStatus.NOT_JUDGED_YET
    return JudgementStatus.PASSED if verdict.is_passed else JudgementStatus.FAILED


def statuses(accounts: Iterable[DouyinAccount]) -> dict[str, JudgementStatus]:
    """How each of `accounts` stands, by aweme_id; one query however many they are."""
    ids = [account.pk for account in accounts]
    found = Verdict.objects.in_bulk(ids)
    return {aweme_id: status(found.get(aweme_id)) for aweme_id in ids}


def judgement(account: DouyinAccount) -> AccountJudgement:
    """How `account` stands."""
    found = Verdict.objects.select_related("policy_version").filter(pk=account.pk).first()
    if found is None:
        return AccountJudgement(status(None), None, None)
    facts = AccountFacts.objects.get(pk=account.pk)
    as_of = facts.full_as_of
    if facts.feed_hash and (masks := _masks_of(found)) is not None:
        as_of = masks.as_of
    policy = Policy.from_json(found.policy_version.body)
    types = policy.account_types
    return AccountJudgement(
        status=status(found),
        as_of=as_of,
        policy=policy,
        is_subject=types is None or found.account_type in types,
    )


def outcomes(account: DouyinAccount) -> tuple[RuleOutcome, ...]:
    """Every rule's outcome for `account`; empty where it is not judged, or not subject to them.

    Met and not met are as the verdict says; values are what was told, or are looked up in the feed.
    """
    found = Verdict.objects.select_related("policy_version").filter(pk=account.pk).first()
    if found is None:
        return ()
    policy = Policy.from_json(found.policy_version.body)
    if policy.account_types is not None and found.account_type not in policy.account_types:
        return ()
    known = _known_facts(found)
    values = {name: each.value for name, each in known.items()}
    judged = Evaluator(policy).judge(values, found.account_type)
    return tuple(
        _outcome(each.rule, known[each.rule.fact], met=each.rule.reason not in found.failed)
        if (each.rule.reason not in found.failed) is each.met
        # The feed is ahead of the verdict until its run has come to the account.
        else _outcome(each.rule, _UNAVAILABLE, met=not each.met)
        for each in judged.outcomes
    )


class _Known(NamedTuple):
    """A fact as far as it is known; see `RuleOutcome`."""

    value: Scalar | None
    as_of: date | None
    is_available: bool = True


_UNAVAILABLE = _Known(None, None, is_available=False)


def _known_facts(verdict: Verdict) -> dict[str, _Known]:
    """What is known of each fact that the verdict's policy declares."""
    facts = AccountFacts.objects.get(pk=verdict.pk)
    told = Told.from_json(facts.told, facts.full_as_of)
    names = verdict.policy_version.body["facts"]
    unknown = dict.fromkeys(names, _Known(None, facts.full_as_of))
    over = {name: _Known(*each) for name, each in told.facts.items()}
    masks = _masks_of(verdict) if facts.feed_hash else None
    if masks is None or told.full_as_of is not None or over.keys() >= set(names):
        return unknown | over
    fed = facts_in_feed(masks, verdict.pk)
    if fed is None:
        return dict.fromkeys(names, _UNAVAILABLE) | over
    return unknown | {name: _Known(value, masks.as_of) for name, value in fed.items()} | over


def _masks_of(verdict: Verdict) -> CurrentMasks | None:
    """The masks that the verdict follows from, or those that it will; all are of one feed."""
    found = masks_by_version()
    return found.get(verdict.policy_version_id) or next(iter(found.values()), None)


def _outcome(rule: Rule, known: _Known, *, met: bool) -> RuleOutcome:
    return RuleOutcome(
        reason=rule.reason,
        fact=rule.fact,
        label=Text(*rule.label),
        value=known.value,
        is_available=known.is_available,
        as_of=known.as_of,
        op=rule.op,
        threshold=rule.value,
        met=met,
        how_to_fix=Text(*rule.how_to_fix),
    )
