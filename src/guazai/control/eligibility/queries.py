"""Reading policies, verdicts and judgements.

A verdict is what was stored and told to the edge; a judgement is the stored facts under the policy
that is in force now, with every rule's outcome. What a judgement holds beside its status is for the
account's owner and the platform, never for developers (E5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db.models import F, Q, QuerySet

from guazai.control.eligibility.models import AccountFacts, PolicyVersion, Verdict
from guazai.control.eligibility.states import JudgementStatus, Standing
from guazai.control.kernel import clock
from guazai.control.kernel.errors import NOT_FOUND
from guazai.control.kernel.texts import Text
from guazai.policy import Evaluator, FactType, Policy, Rule, Scalar
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
    """One rule's outcome: `value` is the account's (None where not known), `threshold` the rule's.

    `reason` is the stable code of the rule where it is not met.
    """

    reason: str
    fact: str
    label: Text
    value: Scalar | None
    op: str
    threshold: Threshold
    met: bool
    how_to_fix: Text


@dataclass(frozen=True, slots=True)
class AccountJudgement:
    """How an account stands under the policy in force (E1, E3).

    `as_of` and `revision` are those of its facts; None and 0 where it is not judged yet. An account
    whose type the policy does not name is not subject to it: passed, with no outcomes.
    """

    status: JudgementStatus
    as_of: date | None
    revision: int
    outcomes: tuple[RuleOutcome, ...]
    policy: Policy | None
    is_subject: bool = True


def policy_in_force(at: datetime) -> Policy | None:
    """The policy in force at `at`; None before the first."""
    row = (
        PolicyVersion.objects.filter(effective_at__lte=at)
        .order_by("-effective_at", "-version")
        .first()
    )
    return Policy.from_json(row.body) if row else None


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
    rows = policies().order_by("version").values_list("version", "effective_at")
    # Of two effective at the same instant the higher version is in force.
    winners = {effective_at: version for version, effective_at in rows}
    current = max((effective_at for effective_at in winners if effective_at <= at), default=None)

    def standing(version: int, effective_at: datetime) -> Standing:
        if winners[effective_at] != version:
            return Standing.SUPERSEDED
        if effective_at > at:
            return Standing.SCHEDULED
        return Standing.IN_FORCE if effective_at == current else Standing.SUPERSEDED

    return {version: standing(version, effective_at) for version, effective_at in rows}


def fact_types() -> Mapping[str, FactType]:
    """The facts that some published version declares; each has one type in all of them."""
    bodies = PolicyVersion.objects.values_list("body", flat=True)
    return {name: FactType(kind) for body in bodies for name, kind in body["facts"].items()}


def verdict(aweme_id: str) -> Verdict | None:
    """The verdict on an account as last stored; None where it was never judged."""
    return Verdict.objects.filter(pk=aweme_id).first()


def judged() -> Iterator[str]:
    """The aweme_ids of all accounts with a verdict."""
    return Verdict.objects.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=2000)


def stale_verdicts(in_force: Policy) -> list[QuerySet[Verdict]]:
    """Verdicts by another policy, then those of accounts whose type has changed since."""
    other = Q(policy_version__lt=in_force.version) | Q(policy_version__gt=in_force.version)
    retyped = Verdict.objects.exclude(other).exclude(account_type=F("account__account_type"))
    found = [Verdict.objects.filter(other)]
    # For a policy over all types another type changes nothing, and looking for it reads every row.
    return found if in_force.account_types is None else [*found, retyped]


def judgement(account: DouyinAccount) -> AccountJudgement:
    """How `account` stands now."""
    return judgements([account])[account.pk]


def judgements(accounts: Iterable[DouyinAccount]) -> dict[str, AccountJudgement]:
    """How each of `accounts` stands now, by aweme_id; two queries however many they are."""
    types = {account.pk: account.account_type for account in accounts}
    in_force = policy_in_force(clock.now())
    known = AccountFacts.objects.in_bulk(types)
    evaluator = Evaluator(in_force) if in_force else None
    return {
        aweme_id: _judgement(evaluator, known.get(aweme_id), account_type)
        for aweme_id, account_type in types.items()
    }


def _judgement(
    evaluator: Evaluator | None, facts: AccountFacts | None, account_type: str
) -> AccountJudgement:
    if evaluator is None or facts is None:
        return AccountJudgement(
            JudgementStatus.NOT_JUDGED_YET, None, 0, (), evaluator.policy if evaluator else None
        )
    judged = evaluator.judge(facts.values, account_type)
    return AccountJudgement(
        status=JudgementStatus.PASSED if judged.passed else JudgementStatus.FAILED,
        as_of=facts.as_of,
        revision=facts.revision,
        outcomes=tuple(
            _outcome(each.rule, facts.values.get(each.rule.fact), met=each.met)
            for each in judged.outcomes
        ),
        policy=evaluator.policy,
        is_subject=bool(judged.outcomes),
    )


def _outcome(rule: Rule, value: Scalar | None, *, met: bool) -> RuleOutcome:
    return RuleOutcome(
        reason=rule.reason,
        fact=rule.fact,
        label=Text(*rule.label),
        value=value,
        op=rule.op,
        threshold=rule.value,
        met=met,
        how_to_fix=Text(*rule.how_to_fix),
    )
