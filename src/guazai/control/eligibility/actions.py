"""The only writer of policies, of what is told, of the current masks, and of verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Max

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
from guazai.control.eligibility.judging import (
    Case,
    Judges,
    Ledger,
    case_of_mask,
    open_ledger,
    told_of,
)
from guazai.control.eligibility.lookups import MaskReader, MasksUnreadableError
from guazai.control.eligibility.models import (
    AccountFacts,
    CurrentMasks,
    PolicyVersion,
    Verdict,
)
from guazai.control.journal.actions import Act, act
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor, system
from guazai.control.kernel.batches import batched
from guazai.control.kernel.errors import NOT_FOUND, FieldError, Problem
from guazai.control.kernel.locks import change_table, locked
from guazai.control.kernel.texts import Text
from guazai.policy import Policy, PolicyError

if TYPE_CHECKING:
    from guazai.batch.masks import Masks
    from guazai.control.directory.models import DouyinAccount

#: How many accounts one act of `rejudge_stale` locks, and how many `preview` reads at once.
LOCKED_AT_ONCE = 100
READ_AT_ONCE = 1000
ELIGIBILITY = system("eligibility")
#: No feed has this hash, so that one that is not adopted yet differs from all that are.
_NOT_ADOPTED = "-"


@dataclass(frozen=True, slots=True)
class FactsLine:
    """The full record of one account on one day, as one line among many."""

    aweme_id: str
    as_of: date
    values: Mapping[str, object]


class MaskRow(NamedTuple):
    """One account's mask under one policy; None where it is gone from the feed."""

    aweme_id: str
    policy_version: int
    mask: int | None


@dataclass(frozen=True, slots=True)
class Adopted:
    """Masks under one policy, and the feed that a run made them from."""

    policy_version: int
    run_id: str
    path: str
    as_of: date
    feed_path: str
    feed_hash: str


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying masks did: how many accounts it hid, showed, and gave another verdict."""

    hidden: int
    shown: int
    changed: int


@dataclass(frozen=True, slots=True)
class Preview:
    """The accounts that applying masks would hide, and show."""

    hidden: list[str]
    shown: list[str]


@dataclass(frozen=True, slots=True)
class Trial:
    """How an account stands now, and would under a policy that is tried on it (E2)."""

    aweme_id: str
    was_passed: bool
    failed_now: tuple[str, ...]
    passes: bool
    failed_then: tuple[str, ...]


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
    """Store what is told about `account` for the day `as_of`, and judge it at once (E3).

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


def watch(account: DouyinAccount) -> None:
    """Keep the standing of `account` from now on, within the caller's act (E3).

    Where a feed knows it, it is judged at once; else it is not judged yet. One that has a verdict
    keeps it. Raises `MasksUnreadableError` where the current masks cannot be read here.
    """
    judges = Judges.kept(MaskReader())
    ledger = open_ledger(judges, {account.pk: account.account_type})
    policy = judges.applying(account.pk)
    if policy is None or account.pk in ledger.verdicts:
        return
    case = judges.case(ledger.facts[account.pk], policy)
    if not case.days:
        return
    with act(ELIGIBILITY) as done:
        ledger.keep(account.pk, case)
        ledger.decide(done, "eligibility.judge", account.pk, case)
        ledger.close()


def adopt(who: Actor, done: Act, masks: Sequence[Adopted]) -> None:
    """Make `masks` the ones that accounts are judged by, and no others, within the act `done`.

    Waits for whoever judges by those of before; who judges after it judges by these.
    """
    change_table(CurrentMasks)
    before = {str(row.policy_version_id): _place(row) for row in queries.current_masks()}
    now = clock.now()
    rows = [
        CurrentMasks(
            policy_version_id=each.policy_version,
            run_id=each.run_id,
            path=each.path,
            as_of=each.as_of,
            feed_path=each.feed_path,
            feed_hash=each.feed_hash,
            adopted_at=now,
        )
        for each in masks
    ]
    CurrentMasks.objects.all().delete()
    CurrentMasks.objects.bulk_create(rows)
    after = {str(row.policy_version_id): _place(row) for row in rows}
    done.record("eligibility.adopt", "masks", "current", before=before, after=after)


def apply(
    who: Actor, done: Act, rows: Sequence[MaskRow], *, as_of: date, consumes: bool
) -> Applied:
    """Judge accounts again by masks that were adopted, within the act `done` (E3, E4).

    Rows of accounts whose standing is not kept are passed over. A feed that `consumes` takes the
    place of what was told for its day and before, once. Who comes to the same verdict is not told
    of; applying rows again changes nothing.
    """
    judges = Judges.kept(MaskReader())
    policies = _policies(rows)
    ledger = open_ledger(judges, _types(rows), makes_rows=False)
    hidden = shown = changed = 0
    for row in rows:
        if (known := ledger.facts.get(row.aweme_id)) is None:
            continue
        policy, feed_hash = policies[row.policy_version], judges.masks[row.policy_version].feed_hash
        case = case_of_mask(known, row.mask, policy, feed_hash, as_of, consumes=consumes)
        if case is None:
            continue
        ledger.keep(row.aweme_id, case)
        if ledger.says_the_same(row.aweme_id, case):
            ledger.renew(row.aweme_id, case)
            continue
        last = ledger.verdicts.get(row.aweme_id)
        ledger.decide(done, "eligibility.judge", row.aweme_id, case)
        passed, did_pass = ledger.verdicts[row.aweme_id].is_passed, bool(last and last.is_passed)
        hidden += did_pass and not passed
        shown += passed and not did_pass
        changed += 1
    ledger.close()
    return Applied(hidden, shown, changed)


def preview(rows: Iterable[MaskRow], *, as_of: date, consumes: bool) -> Preview:
    """Whom `apply` would hide and show, had the rows' masks been adopted; changes nothing."""
    found = Preview([], [])
    for chunk in batched(rows, READ_AT_ONCE):
        types, policies = _types(chunk), _policies(chunk)
        known = AccountFacts.objects.in_bulk(list(types))
        verdicts = Verdict.objects.in_bulk(list(types))
        for row in chunk:
            if (told := known.get(row.aweme_id)) is None:
                continue
            policy = policies[row.policy_version]
            case = case_of_mask(told, row.mask, policy, _NOT_ADOPTED, as_of, consumes=consumes)
            if case is None:
                continue
            last, judged = verdicts.get(row.aweme_id), case.judge(types[row.aweme_id])
            did_pass = bool(last and last.is_passed)
            if did_pass and not judged.passed:
                found.hidden.append(row.aweme_id)
            elif judged.passed and not did_pass:
                found.shown.append(row.aweme_id)
    return found


def trial(policy: Policy, masks: Masks | None, aweme_ids: Iterable[str]) -> list[Trial]:
    """What `policy` would mean for those of `aweme_ids` of whom something is known; stores nothing.

    `masks` are the feed's under `policy`; None judges by what was told alone.
    """
    ids = list(aweme_ids)
    in_feed = masks.lookup(ids) if masks else {}
    verdicts = Verdict.objects.in_bulk(ids)
    found = []
    for row in AccountFacts.objects.filter(pk__in=ids).select_related("account").order_by("pk"):
        case = Case(told_of(row), policy, policy)
        if masks is not None and row.pk in in_feed:
            is_known = row.feed_hash == masks.feed_hash
            told = case.told if is_known else case.told.under_feed(masks.as_of)
            case = Case(told, policy, policy, in_feed[row.pk], masks.as_of)
        if not case.days:
            continue
        last, judged = verdicts.get(row.pk), case.judge(row.account.account_type)
        found.append(
            Trial(
                aweme_id=row.pk,
                was_passed=last is not None and last.is_passed,
                failed_now=tuple(last.failed) if last else (),
                passes=judged.passed,
                failed_then=judged.failed,
            )
        )
    return found


def rejudge_stale(who: Actor, limit: int = 500) -> int:
    """Judge again accounts judged by a policy that does not apply any more, or as another type.

    Those that are judged by a mask wait until there are masks under the new policy (E2). Returns
    how many verdicts it renewed, at most `limit`, each chunk in an act of its own so that nobody
    waits for all.
    """
    renewed = 0
    for stale in queries.stale_verdicts(clock.now()):
        while renewed < limit:
            found = stale.order_by("pk").values_list("pk", "account__account_type")
            types: dict[str, str] = dict(found[: min(LOCKED_AT_ONCE, limit - renewed)])
            if not types or not (count := _rejudge(who, types)):
                break
            renewed += count
    return renewed


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
        policy = valid_policy({**policy_json, "version": last + 1})
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


def valid_policy(policy_json: Mapping[str, Any]) -> Policy:
    """The policy in `policy_json`; raises `policy_invalid` with everything wrong with it."""
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


def _record(
    who: Actor,
    lines: Sequence[FactsLine],
    accounts: Mapping[str, DouyinAccount | None],
    *,
    is_event: bool,
) -> list[Outcome | Problem]:
    reader = MaskReader()
    ahead = Judges.now(reader)
    if not queries.policies_in_play(ahead.at):
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
    wanted = {lines[place].aweme_id for place in taken}
    # Ahead of the locks: files are slow, and others would wait.
    with suppress(MasksUnreadableError):
        ahead.read(wanted)
    with suppress(_NothingChangedError), act(who) as done:
        types = {each.pk: each.account_type for each in accounts.values() if each}
        ledger = open_ledger(Judges.kept(reader), {each: types[each] for each in wanted})
        for place in taken:
            results[place] = _take(done, ledger, lines[place], is_event=is_event)
        _close(ledger)
    return [result for result in results if result is not None]


def _take(done: Act, ledger: Ledger, line: FactsLine, *, is_event: bool) -> Outcome | Problem:
    """Apply one line, and judge by it."""
    row, last = ledger.facts[line.aweme_id], ledger.verdicts.get(line.aweme_id)
    policy = ledger.judges.applying(line.aweme_id)
    if policy is None:
        return NO_POLICY_IN_FORCE()
    case = ledger.judges.case(row, policy, last)
    told = case.told
    known = [told.known_of(line.values) if is_event else told.full_as_of, case.mask_as_of]
    latest = max((day for day in known if day), default=line.as_of)
    if line.as_of < latest:
        return FACTS_OUTDATED(as_of=line.as_of, known=latest)
    lay = told.event if is_event else told.full
    case = case._replace(told=lay(line.as_of, line.values))
    if case.told == told and (last or not case.days):
        return Outcome.UNCHANGED
    ledger.keep(line.aweme_id, case)
    # Which facts changed, not their values: those are about a person (S9).
    note = {"is_event": is_event, "changed_facts": told.changed(case.told)}
    ledger.decide(done, "eligibility.record_facts", line.aweme_id, case, note, is_event=is_event)
    return Outcome.UPDATED if last else Outcome.CREATED


def _rejudge(who: Actor, types: Mapping[str, str]) -> int:
    reader = MaskReader()
    Judges.now(reader).read(types)
    with suppress(_NothingChangedError), act(who) as done:
        ledger = open_ledger(Judges.kept(reader), types, makes_rows=False)
        renewed: Counter[int] = Counter()
        for aweme_id, row in ledger.facts.items():
            policy = ledger.judges.applying(aweme_id)
            if policy is None:
                continue
            case = ledger.judges.case(row, policy)
            if ledger.is_by(aweme_id, case):
                # Somebody else judged it while this act waited for the lock.
                continue
            ledger.keep(aweme_id, case)
            if ledger.says_the_same(aweme_id, case):
                ledger.renew(aweme_id, case)
                renewed[case.policy.version] += 1
            else:
                ledger.decide(done, "eligibility.rejudge", aweme_id, case)
        _close(ledger)
        for version, count in renewed.items():
            done.record("eligibility.renew", "policy", str(version), after={"accounts": count})
        return len(ledger.changed_verdicts)
    return 0


def _close(ledger: Ledger) -> None:
    """Write what changed; ends the act where nothing did."""
    if not ledger.changed_verdicts:
        raise _NothingChangedError
    ledger.close()


def _types(rows: Iterable[MaskRow]) -> dict[str, str]:
    found = directory.find_accounts(row.aweme_id for row in rows)
    return {account.pk: account.account_type for account in found.values()}


def _policies(rows: Iterable[MaskRow]) -> dict[int, Policy]:
    found = PolicyVersion.objects.in_bulk({row.policy_version for row in rows})
    return {version: Policy.from_json(row.body) for version, row in found.items()}


def _place(row: CurrentMasks) -> dict[str, object]:
    return {"run_id": row.run_id, "as_of": row.as_of, "feed_hash": row.feed_hash}
