"""The only writer of policies, facts and verdicts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Max, Model

from guazai.control.directory import queries as directory
from guazai.control.directory.actions import Outcome
from guazai.control.eligibility import facts, queries
from guazai.control.eligibility.errors import (
    FACTS_IN_FUTURE,
    FACTS_OUTDATED,
    NO_POLICY_IN_FORCE,
    POLICY_IN_PAST,
    POLICY_INVALID,
)
from guazai.control.eligibility.models import AccountFacts, PolicyVersion, Verdict
from guazai.control.journal import keys
from guazai.control.journal.actions import Act, act
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import NOT_FOUND, FieldError, Problem
from guazai.control.kernel.locks import locked
from guazai.control.kernel.texts import Text
from guazai.policy import Evaluator, Policy, PolicyError

if TYPE_CHECKING:
    from guazai.control.directory.models import DouyinAccount

#: The day of facts that nobody sent yet: before every day that they can have.
_NEVER = date.min


@dataclass(frozen=True, slots=True)
class FactsLine:
    """The full record of one account on one day, as one line among many."""

    aweme_id: str
    as_of: date
    values: Mapping[str, object]


class _NothingChangedError(Exception):
    """Ends an act over many accounts that changed none of them."""


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
    line = FactsLine(account.pk, as_of, values)
    [result] = _record(who, [line], {account.pk: account}, is_event=is_event)
    if isinstance(result, Problem):
        raise result
    return result


def record_many(who: Actor, lines: Sequence[FactsLine]) -> list[Outcome | Problem]:
    """Store full records of many accounts in one act; what is refused leaves the others be.

    Answers each line in its place with its outcome or the problem that refused it. Lines on one
    account apply in their order. Raises `no_policy_in_force`.
    """
    found = directory.find_accounts(line.aweme_id for line in lines)
    return _record(who, lines, found, is_event=False)


def rejudge_stale(who: Actor, limit: int = 500) -> int:
    """Judge again, by the policy in force, accounts judged by another or as another type (E2).

    Returns how many verdicts it renewed; none where no policy is in force.
    """
    in_force = queries.policy_in_force(clock.now())
    if in_force is None:
        return 0
    for stale in queries.stale_verdicts(in_force):
        found = stale.order_by("pk").values_list("pk", "account__account_type")[:limit]
        types: dict[str, str] = dict(found)
        if types:
            return _rejudge(who, Evaluator(in_force), types)
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


def _record(
    who: Actor,
    lines: Sequence[FactsLine],
    accounts: Mapping[str, DouyinAccount | None],
    *,
    is_event: bool,
) -> list[Outcome | Problem]:
    in_force = queries.policy_in_force(clock.now())
    if in_force is None:
        raise NO_POLICY_IN_FORCE()
    declared, today = queries.fact_types(), clock.today()

    def refusal(line: FactsLine) -> Problem | None:
        if accounts.get(line.aweme_id) is None:
            return NOT_FOUND()
        if line.as_of > today:
            return FACTS_IN_FUTURE(as_of=line.as_of, today=today)
        return facts.refusal(line.values, declared)

    results: list[Outcome | Problem | None] = [refusal(line) for line in lines]
    taken = [place for place, refused in enumerate(results) if refused is None]
    with suppress(_NothingChangedError), act(who) as done:
        types = {
            aweme_id: account.account_type for aweme_id, account in accounts.items() if account
        }
        ledger = _open(Evaluator(in_force), types, {lines[place].aweme_id for place in taken})
        for place in taken:
            results[place] = ledger.take(done, lines[place], is_event=is_event)
        ledger.close()
    return [result for result in results if result is not None]


def _rejudge(who: Actor, evaluator: Evaluator, types: Mapping[str, str]) -> int:
    with suppress(_NothingChangedError), act(who) as done:
        ledger = _open(evaluator, types, types.keys())
        for aweme_id in types:
            ledger.renew(done, aweme_id)
        ledger.close()
        return len(ledger.changed)
    return 0


@dataclass(slots=True)
class _Ledger:
    """Facts and verdicts of some accounts, locked until the act ends; `close` writes them."""

    evaluator: Evaluator
    account_types: Mapping[str, str]
    facts: dict[str, AccountFacts]
    verdicts: dict[str, Verdict]
    changed: set[str] = field(default_factory=set)

    def take(self, done: Act, line: FactsLine, *, is_event: bool) -> Outcome | Problem:
        """Apply one line, and judge by it."""
        row, last = self.facts[line.aweme_id], self.verdicts.get(line.aweme_id)
        if line.as_of < row.as_of:
            return FACTS_OUTDATED(as_of=line.as_of, known=row.as_of)
        before = row.values
        after = facts.known({**before, **line.values} if is_event else line.values)
        names = {name for name in before | after if before.get(name) != after.get(name)}
        if last and line.as_of == row.as_of and not names:
            return Outcome.UNCHANGED
        row.revision = row.revision + 1 if line.as_of == row.as_of else 1
        row.as_of, row.values, row.updated_at = line.as_of, after, clock.now()
        # Which facts changed, not their values: those are about a person (S9).
        note = {"is_event": is_event, "changed_facts": sorted(names)}
        self._judge(done, "eligibility.record_facts", line.aweme_id, note)
        return Outcome.UPDATED if last else Outcome.CREATED

    def renew(self, done: Act, aweme_id: str) -> None:
        """Judge an account again, unless that was done while this act waited for the lock."""
        last = self.verdicts[aweme_id]
        judged_as = (self.evaluator.policy.version, self.account_types[aweme_id])
        if (last.policy_version_id, last.account_type) != judged_as:
            self._judge(done, "eligibility.rejudge", aweme_id, {})

    def _judge(self, done: Act, verb: str, aweme_id: str, note: Mapping[str, object]) -> None:
        row, last = self.facts[aweme_id], self.verdicts.get(aweme_id)
        judged = self.evaluator.judge(row.values, self.account_types[aweme_id])
        verdict = Verdict(
            pk=aweme_id,
            policy_version_id=self.evaluator.policy.version,
            account_type=self.account_types[aweme_id],
            as_of=row.as_of,
            revision=last.revision + 1 if last and last.as_of == row.as_of else 1,
            is_passed=judged.passed,
            failed=list(judged.failed),
            judged_at=clock.now(),
        )
        self.verdicts[aweme_id] = verdict
        self.changed.add(aweme_id)
        done.record(
            verb,
            "account",
            aweme_id,
            before=_summary(last),
            after={**note, **_summary(verdict)},
            touch=(keys.verdict(aweme_id, is_urgent=not verdict.is_passed),),
        )

    def close(self) -> None:
        """Write what changed; ends the act where nothing did."""
        if not self.changed:
            raise _NothingChangedError
        for rows in (self.facts, self.verdicts):
            _upsert([rows[aweme_id] for aweme_id in sorted(self.changed)])


def _open(
    evaluator: Evaluator, account_types: Mapping[str, str], aweme_ids: Collection[str]
) -> _Ledger:
    """The ledger of `aweme_ids`. Verdicts are read under the lock on the facts they follow."""
    known = AccountFacts.objects.filter(pk__in=aweme_ids).order_by("pk")
    rows = {row.pk: row for row in locked(known)}
    # A row to lock for accounts of which nothing was known; in one order, so that two acts that
    # make the same rows wait for each other only one way.
    if new := sorted(set(aweme_ids) - rows.keys()):
        blank = {"as_of": _NEVER, "revision": 1, "values": {}, "updated_at": clock.now()}
        AccountFacts.objects.bulk_create(
            [AccountFacts(pk=aweme_id, **blank) for aweme_id in new], ignore_conflicts=True
        )
        rows |= {row.pk: row for row in locked(known.filter(pk__in=new))}
    return _Ledger(evaluator, account_types, rows, Verdict.objects.in_bulk(aweme_ids))


def _upsert(rows: Sequence[AccountFacts | Verdict]) -> None:
    model: type[Model] = type(rows[0])
    model._default_manager.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["account"],
        update_fields=[each.name for each in model._meta.fields if not each.primary_key],
    )


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
