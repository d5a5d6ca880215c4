"""Judging accounts under the lock that orders all who do; `actions` decides when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Model

from guazai.control.eligibility import queries
from guazai.control.eligibility.lookups import MaskReader, MasksUnreadableError
from guazai.control.eligibility.models import AccountFacts, CurrentMasks, Verdict
from guazai.control.eligibility.told import Told
from guazai.control.journal import keys
from guazai.control.journal.actions import Act
from guazai.control.kernel import clock
from guazai.control.kernel.locks import keep_table, locked
from guazai.policy import NONE_MET, Evaluator, Judgement, Policy, applying, bucket


class Case(NamedTuple):
    """What an account is to be judged by.

    `mask` is None where no feed knows the account, else it was made under `masked`. `mask_as_of` is
    the day of the feed that says so, None where none was asked; `feed_hash` names the one that
    knows the account.
    """

    told: Told
    applying: Policy
    masked: Policy
    mask: int | None = None
    mask_as_of: date | None = None
    feed_hash: str = ""

    @property
    def policy(self) -> Policy:
        """The policy to judge by: what the mask was made under, unless a full record is used."""
        is_full = self.told.full_as_of is not None
        return self.applying if is_full or self.mask is None else self.masked

    @property
    def days(self) -> frozenset[date]:
        """The days of all that it is judged by; empty where nothing is known of it."""
        return self.told.days if self.mask_as_of is None else self.told.days | {self.mask_as_of}

    def judge(self, account_type: str) -> Judgement:
        """Judge by what was told over the mask; a full record stands in the mask's place."""
        is_full = self.told.full_as_of is not None
        mask = NONE_MET if is_full or self.mask is None else self.mask
        return Evaluator(self.policy).judge_over(mask, self.told.values, account_type)


@dataclass(frozen=True, slots=True)
class Judges:
    """The policies, and the masks under them, that accounts are judged by at one moment."""

    policies: Sequence[Policy]
    masks: Mapping[int, CurrentMasks]
    reader: MaskReader
    at: datetime

    @classmethod
    def now(cls, reader: MaskReader) -> Judges:
        """Those of now; they may change before they are used."""
        return cls(queries.effective(at := clock.now()), queries.masks_by_version(), reader, at)

    @classmethod
    def kept(cls, reader: MaskReader) -> Judges:
        """Those of now, kept until the transaction ends: nobody adopts other masks meanwhile."""
        keep_table(CurrentMasks)
        return cls.now(reader)

    def read(self, aweme_ids: Iterable[str]) -> None:
        """Look up the masks of many accounts at once."""
        wanted: defaultdict[int, list[str]] = defaultdict(list)
        for aweme_id in aweme_ids:
            if (policy := self._masked_policy(aweme_id)) is not None:
                wanted[policy.version].append(aweme_id)
        for version, found in wanted.items():
            self.reader.read(self.masks[version], found)

    def applying(self, aweme_id: str) -> Policy | None:
        """The policy that applies to an account; None before any."""
        return applying(self.policies, aweme_id, self.at)

    def case(self, facts: AccountFacts, applying: Policy, last: Verdict | None = None) -> Case:
        """How to judge an account that the policy `applying` applies to.

        Until there are masks under a policy that has just begun, those under the one before count.
        Where the masks cannot be read, the verdict `last` stands for its mask: a violation hides at
        once all the same. Raises `MasksUnreadableError` where there is none.
        """
        told, masked = told_of(facts), self._masked_policy(facts.pk)
        if masked is None:
            return Case(told, applying, applying, feed_hash=facts.feed_hash)
        masks = self.masks[masked.version]
        try:
            mask = self.reader.read(masks, [facts.pk])[facts.pk]
        except MasksUnreadableError:
            if last is None:
                raise
            masked = next(each for each in self.policies if each.version == last.policy_version_id)
            as_of = masks.as_of if facts.feed_hash else None
            return Case(told, applying, masked, _mask_of(masked, last), as_of, facts.feed_hash)
        if mask is None:
            return Case(told, applying, applying, feed_hash=facts.feed_hash)
        if facts.feed_hash != masks.feed_hash:
            # The run of this feed has yet to come to the account.
            told = told.under_feed(masks.as_of)
        return Case(told, applying, masked, mask, masks.as_of, masks.feed_hash)

    def _masked_policy(self, aweme_id: str) -> Policy | None:
        return applying((p for p in self.policies if p.version in self.masks), aweme_id, self.at)


def _mask_of(policy: Policy, verdict: Verdict) -> int:
    """The mask that an account must have had for a verdict by `policy`, but for what was told."""
    failed = set(verdict.failed)
    return sum(1 << bit for bit, rule in enumerate(policy.rules) if rule.reason in failed)


def told_of(facts: AccountFacts) -> Told:
    """What was told of an account."""
    return Told.from_json(facts.told, facts.full_as_of)


def case_of_mask(
    facts: AccountFacts,
    mask: int | None,
    policy: Policy,
    feed_hash: str,
    as_of: date,
    *,
    consumes: bool,
) -> Case | None:
    """How to judge an account by a new mask; None where the feed is not about it.

    A feed that `consumes` takes the place of what was told for its day and before.
    """
    if mask is None and not facts.feed_hash:
        return None
    told = told_of(facts)
    if consumes and facts.feed_hash != feed_hash:
        told = told.under_feed(as_of)
    known_by = "" if mask is None else feed_hash
    return Case(told, policy, policy, mask, as_of, known_by)


@dataclass(slots=True)
class Ledger:
    """Facts and verdicts of some accounts, locked until the act ends; `close` writes them."""

    judges: Judges
    account_types: Mapping[str, str]
    facts: dict[str, AccountFacts]
    verdicts: dict[str, Verdict]
    changed_facts: set[str] = field(default_factory=set)
    changed_verdicts: set[str] = field(default_factory=set)

    def keep(self, aweme_id: str, case: Case) -> None:
        """Note what is told of an account from now on, and which feed knows it."""
        row, told = self.facts[aweme_id], case.told
        now = (told.to_json(), told.full_as_of, min(told.days, default=None), case.feed_hash)
        if now != (row.told, row.full_as_of, row.oldest_as_of, row.feed_hash):
            row.told, row.full_as_of, row.oldest_as_of, row.feed_hash = now
            self.changed_facts.add(aweme_id)

    def decide(
        self,
        done: Act,
        verb: str,
        aweme_id: str,
        case: Case,
        note: Mapping[str, object] | None = None,
        *,
        is_event: bool = False,
    ) -> None:
        """Give an account its next verdict, note the event, and that the edge is to know it.

        Where an event makes it fail it is a takedown (E3); a feed hides in its own time.
        """
        last = self.verdicts.get(aweme_id)
        judged = case.judge(self.account_types[aweme_id])
        as_of = max([*case.days, *([last.as_of] if last else [])])
        verdict = Verdict(
            pk=aweme_id,
            policy_version_id=case.policy.version,
            bucket=bucket(aweme_id),
            account_type=self.account_types[aweme_id],
            as_of=as_of,
            revision=last.revision + 1 if last and last.as_of == as_of else 1,
            is_passed=judged.passed,
            failed=list(judged.failed),
            judged_at=clock.now(),
        )
        self.verdicts[aweme_id] = verdict
        self.changed_verdicts.add(aweme_id)
        done.record(
            verb,
            "account",
            aweme_id,
            before=_summary(last),
            after={**(note or {}), **_summary(verdict)},
            touch=(
                keys.verdict(
                    aweme_id,
                    is_urgent=not verdict.is_passed,
                    hides=is_event and bool(last and last.is_passed) and not verdict.is_passed,
                ),
            ),
        )

    def renew(self, aweme_id: str, case: Case) -> None:
        """Note that another policy, or for another type, comes to the same verdict."""
        if not self.is_by(aweme_id, case):
            last = self.verdicts[aweme_id]
            last.policy_version_id = case.policy.version
            last.account_type = self.account_types[aweme_id]
            self.changed_verdicts.add(aweme_id)

    def is_by(self, aweme_id: str, case: Case) -> bool:
        """Whether the last verdict is by the policy of `case`, for the type of the account."""
        last, account_type = self.verdicts[aweme_id], self.account_types[aweme_id]
        judged_as = (last.policy_version_id, last.account_type)
        return judged_as == (case.policy.version, account_type)

    def says_the_same(self, aweme_id: str, case: Case) -> bool:
        """Whether the last verdict is the one that `case` comes to."""
        last = self.verdicts.get(aweme_id)
        judged = case.judge(self.account_types[aweme_id])
        now = (judged.passed, list(judged.failed))
        return last is not None and (last.is_passed, last.failed) == now

    def close(self) -> None:
        """Write what changed."""
        _upsert([self.facts[aweme_id] for aweme_id in sorted(self.changed_facts)])
        _upsert([self.verdicts[aweme_id] for aweme_id in sorted(self.changed_verdicts)])


def open_ledger(
    judges: Judges, account_types: Mapping[str, str], *, makes_rows: bool = True
) -> Ledger:
    """The ledger of some accounts. Verdicts are read under the lock on the facts they follow."""
    known = AccountFacts.objects.filter(pk__in=list(account_types)).order_by("pk")
    rows = {row.pk: row for row in locked(known)}
    # A row to lock for accounts of which nothing was known; in one order, so that two acts that
    # make the same rows wait for each other only one way.
    if makes_rows and (new := sorted(account_types.keys() - rows.keys())):
        AccountFacts.objects.bulk_create(
            [AccountFacts(pk=aweme_id) for aweme_id in new], ignore_conflicts=True
        )
        rows |= {row.pk: row for row in locked(known.filter(pk__in=new))}
    return Ledger(judges, account_types, rows, Verdict.objects.in_bulk(list(rows)))


def _upsert(rows: Sequence[AccountFacts | Verdict]) -> None:
    if not rows:
        return
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
