"""The only writer of policies, facts and verdicts."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max

from guazai.control.directory import queries as directory
from guazai.control.directory.actions import Outcome
from guazai.control.eligibility import queries
from guazai.control.eligibility.errors import (
    FACT_TYPE_WRONG,
    FACTS_IN_FUTURE,
    FACTS_OUTDATED,
    NO_POLICY_IN_FORCE,
    POLICY_IN_PAST,
    POLICY_INVALID,
    UNKNOWN_FACT,
)
from guazai.control.eligibility.models import AccountFacts, PolicyVersion, Verdict
from guazai.control.journal import keys
from guazai.control.journal.actions import act
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import FieldError, Problem
from guazai.control.kernel.locks import locked
from guazai.control.kernel.texts import Text
from guazai.policy import Evaluator, FactType, Policy, PolicyError
from guazai.policy.values import IS_VALUE_OF

if TYPE_CHECKING:
    from guazai.control.directory.models import DouyinAccount

#: Whole numbers are kept in 64 bits by every engine that judges.
_INT64 = range(-(2**63), 2**63)
_MAX_TEXT = 256


@dataclass(frozen=True, slots=True)
class FactsLine:
    """The full record of one account on one day, as one line among many."""

    aweme_id: str
    as_of: date
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Rulebook:
    """What is needed to take facts and judge by them, read once for many accounts."""

    evaluator: Evaluator
    fact_types: Mapping[str, FactType]


class _NothingChangedError(Exception):
    """Ends an act over many lines none of which changed anything."""


def record_facts(
    who: Actor,
    account: DouyinAccount,
    as_of: date,
    values: Mapping[str, object],
    *,
    is_event: bool,
) -> Outcome:
    """Store what is known about `account` on the day `as_of`, and judge it at once (E3).

    An event lays `values` over what is known; otherwise they are the full record of that day, and
    what they leave out is not known any more. Null is not known. What is known already changes
    nothing. Raises `facts_in_future`, `unknown_fact`, `fact_type_wrong`, `facts_outdated` where a
    later day is known, and `no_policy_in_force`.
    """
    return _record(who, _rulebook(), account, as_of, values, is_event=is_event)


def record_many(who: Actor, lines: Sequence[FactsLine]) -> list[Outcome | Problem]:
    """Store full records of many accounts in one act; what is refused leaves the others be.

    Answers each line in its place with its outcome or the problem that refused it.
    """
    results: dict[int, Outcome | Problem] = {}
    rulebook = _rulebook()
    # One order for all, so that two batches never wait for each other.
    in_order = sorted(enumerate(lines), key=lambda item: item[1].aweme_id)
    with suppress(_NothingChangedError), act(who) as done:
        ids = [line.aweme_id for line in lines]
        list(locked(AccountFacts.objects.filter(pk__in=ids).order_by("pk")))
        for place, line in in_order:
            try:
                account = directory.any_account(line.aweme_id)
                results[place] = _record(
                    who, rulebook, account, line.as_of, line.values, is_event=False
                )
            except Problem as problem:
                results[place] = problem
        if not done.events:
            raise _NothingChangedError
    return [results[place] for place in range(len(lines))]


def rejudge_stale(who: Actor, limit: int = 500) -> int:
    """Judge again, by the policy in force, accounts judged by another or as another type (E2).

    Returns how many verdicts it renewed; none where no policy is in force.
    """
    in_force = queries.policy_in_force(clock.now())
    if in_force is None:
        return 0
    evaluator = Evaluator(in_force)
    for stale in queries.stale_verdicts(in_force):
        found = stale.order_by("pk").values_list("pk", "account__account_type")[:limit]
        types: dict[str, str] = dict(found)
        if types:
            return _rejudge(who, evaluator, types)
    return 0


def publish_policy(
    who: Actor, policy_json: Mapping[str, Any], *, reason: str = ""
) -> PolicyVersion:
    """Publish `policy_json` as the next version, whatever version it names (E1, E2).

    Takes effect by itself at its `effective_at`; until then another version may overtake it, but
    nothing changes it. Raises `policy_invalid` with every problem, and `policy_in_past`.
    """
    with act(who) as done:
        # Two publishers at once: the second waits here, then sees the first one's number.
        locked(PolicyVersion.objects.order_by("pk")).first()
        last: int = PolicyVersion.objects.aggregate(last=Max("version"))["last"] or 0
        policy = _valid({**policy_json, "version": last + 1})
        now = clock.now()
        if policy.effective_at < now:
            raise POLICY_IN_PAST(effective_at=policy.effective_at.isoformat())
        row = PolicyVersion.objects.create(
            version=policy.version,
            effective_at=policy.effective_at,
            body=policy.to_json(),
            content_hash=policy.content_hash,
            reason=reason,
            published_by=who.id,
            published_at=now,
        )
        done.record(
            "eligibility.publish_policy",
            "policy",
            str(row.version),
            after={"content_hash": row.content_hash, **row.body},
            reason=reason,
        )
    return row


def _rulebook() -> _Rulebook:
    in_force = queries.policy_in_force(clock.now())
    if in_force is None:
        raise NO_POLICY_IN_FORCE()
    return _Rulebook(Evaluator(in_force), queries.fact_types())


def _record(
    who: Actor,
    rulebook: _Rulebook,
    account: DouyinAccount,
    as_of: date,
    values: Mapping[str, object],
    *,
    is_event: bool,
) -> Outcome:
    if as_of > (today := clock.today()):
        raise FACTS_IN_FUTURE(as_of=as_of, today=today)
    _check(values, rulebook.fact_types)
    with transaction.atomic():
        facts, is_new = AccountFacts.objects.get_or_create(
            pk=account.pk,
            defaults={
                "as_of": as_of,
                "revision": 1,
                "values": _known(values),
                "updated_at": clock.now(),
            },
        )
        changed = sorted(facts.values)
        if not is_new:
            facts = locked(AccountFacts.objects.filter(pk=account.pk)).get()
            if as_of < facts.as_of:
                raise FACTS_OUTDATED(as_of=as_of, known=facts.as_of)
            before = facts.values
            facts.values = _known({**before, **values} if is_event else values)
            changed = sorted(
                name
                for name in before.keys() | facts.values.keys()
                if before.get(name) != facts.values.get(name)
            )
            if as_of == facts.as_of and not changed:
                return Outcome.UNCHANGED
            facts.revision = 1 if as_of > facts.as_of else facts.revision + 1
            facts.as_of, facts.updated_at = as_of, clock.now()
            facts.save(force_update=True)
        with act(who) as done:
            last = Verdict.objects.filter(pk=account.pk).first()
            verdict = _judge(rulebook.evaluator, facts, account.account_type, last)
            done.record(
                "eligibility.record_facts",
                "account",
                account.pk,
                before=_summary(last),
                # Which facts changed, not their values: those are about a person (S9).
                after={"is_event": is_event, "changed_facts": changed, **_summary(verdict)},
                touch=(keys.verdict(account.pk, is_urgent=not verdict.is_passed),),
            )
    return Outcome.CREATED if is_new else Outcome.UPDATED


def _rejudge(who: Actor, evaluator: Evaluator, types: Mapping[str, str]) -> int:
    """Judge accounts again by their type; those that another worker just judged are left out."""
    in_force = evaluator.policy.version
    renewed = 0
    with suppress(_NothingChangedError), act(who) as done:
        known = list(locked(AccountFacts.objects.filter(pk__in=types).order_by("pk")))
        # Read under the lock: it is newer than what named these accounts as stale.
        verdicts = Verdict.objects.in_bulk(types)
        for facts in known:
            last, account_type = verdicts[facts.pk], types[facts.pk]
            if (last.policy_version_id, last.account_type) == (in_force, account_type):
                continue
            verdict = _judge(evaluator, facts, account_type, last)
            renewed += 1
            done.record(
                "eligibility.rejudge",
                "account",
                facts.pk,
                before=_summary(last),
                after=_summary(verdict),
                touch=(keys.verdict(facts.pk, is_urgent=not verdict.is_passed),),
            )
        if not renewed:
            raise _NothingChangedError
    return renewed


def _judge(
    evaluator: Evaluator, facts: AccountFacts, account_type: str, last: Verdict | None
) -> Verdict:
    """Store the verdict that follows `last`; the caller holds the lock on `facts`."""
    judged = evaluator.judge(facts.values, account_type)
    verdict = Verdict(
        pk=facts.pk,
        policy_version_id=evaluator.policy.version,
        account_type=account_type,
        as_of=facts.as_of,
        revision=last.revision + 1 if last and last.as_of == facts.as_of else 1,
        is_passed=judged.passed,
        failed=list(judged.failed),
        judged_at=clock.now(),
    )
    verdict.save(force_insert=last is None, force_update=last is not None)
    return verdict


def _summary(verdict: Verdict | None) -> dict[str, Any]:
    if verdict is None:
        return {}
    return {
        "policy_version": verdict.policy_version_id,
        "as_of": verdict.as_of,
        "revision": verdict.revision,
        "is_passed": verdict.is_passed,
        "failed": verdict.failed,
    }


def _known(values: Mapping[str, object]) -> dict[str, object]:
    """`values` in their one stored form: what is null is not there (E3)."""
    return {name: value for name, value in values.items() if value is not None}


def _check(values: Mapping[str, object], types: Mapping[str, FactType]) -> None:
    unknown = [
        FieldError(
            "unknown_fact",
            Text(f"没有规范声明过数据项 {name}", f"No policy declares the fact {name}"),
            at=f"facts.{name}",
        )
        for name in values
        if name not in types
    ]
    wrong = [
        FieldError("fact_type_wrong", text, at=f"facts.{name}", values={"type": types[name]})
        for name, value in values.items()
        if name in types and (text := _mistake(value, types[name]))
    ]
    if unknown:
        raise UNKNOWN_FACT(errors=[*unknown, *wrong])
    if wrong:
        raise FACT_TYPE_WRONG(errors=wrong)


def _mistake(value: object, kind: FactType) -> Text | None:
    """What is wrong with `value` for a fact of type `kind`; null is always allowed."""
    if value is None:
        return None
    if not IS_VALUE_OF[kind](value):
        return Text(f"应为 {kind} 类型或 null", f"It is to be of type {kind}, or null")
    if isinstance(value, str) and (
        len(value) > _MAX_TEXT or any(unicodedata.category(c) in {"Cc", "Cs"} for c in value)
    ):
        return Text(
            f"应为不超过 {_MAX_TEXT} 个字符且不含控制字符的文本",
            f"It is to be at most {_MAX_TEXT} characters, none of them control characters",
        )
    if kind is FactType.INT and isinstance(value, int) and value < 0:
        return Text("数量不能为负", "A count is not negative")
    if isinstance(value, int) and value not in _INT64:
        return Text("数值超出 64 位整数范围", "It does not fit a 64-bit whole number")
    return None


def _valid(policy_json: Mapping[str, Any]) -> Policy:
    try:
        policy = Policy.from_json(policy_json)
    except PolicyError as error:
        found = [FieldError(each.code, each.message, at=each.path) for each in error.problems]
        raise POLICY_INVALID(errors=found) from None
    known = queries.fact_types()
    retyped = [
        FieldError(
            "fact_type_changed",
            Text(
                f"数据项 {name} 在已发布的版本中为 {known[name]} 类型,请使用新的名称",
                f"{name} is of type {known[name]} in published versions; take a new name",
            ),
            at=f"/facts/{name}",
        )
        for name, kind in policy.facts.items()
        if known.get(name, kind) is not kind
    ]
    if retyped:
        raise POLICY_INVALID(errors=retyped)
    return policy
