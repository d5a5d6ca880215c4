"""Feeds of a few accounts, judged by the real engine, and what a run does with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from guazai.batch.check import open_feed
from guazai.batch.columns import COLUMN_TYPES
from guazai.batch.describe import describe
from guazai.batch.engine import evaluate, plan, plan_all
from guazai.batch.manifest import Manifest, directory_of
from guazai.batch.masks import Masks
from guazai.control.eligibility import actions, queries
from guazai.control.eligibility.actions import Adopted, Applied, MaskRow
from guazai.control.journal.actions import act
from guazai.control.kernel import clock
from guazai.control.kernel.actor import system
from guazai.policy import applying
from tests.world import PASSING

EVALUATOR = system("evaluator")
#: The facts of an account, or None for one that is not in the feed.
Rows = Mapping[str, Mapping[str, Any] | None]


class Feeds:
    """Deliveries of a host to one platform, below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.number = 0

    def deliver(self, day: date, rows: Rows, types: Mapping[str, str] | None = None) -> Path:
        """Write the feed of a day in which accounts have the passing facts but for those given."""
        self.number += 1
        facts = queries.fact_types()
        columns: dict[str, list[Any]] = {"aweme_id": [], "account_type": []}
        columns |= {name: [] for name in facts}
        present = {aweme_id: given for aweme_id, given in rows.items() if given is not None}
        for aweme_id, given in sorted(present.items()):
            columns["aweme_id"].append(aweme_id)
            columns["account_type"].append((types or {}).get(aweme_id, "personal"))
            for name in facts:
                columns[name].append({**PASSING, **given}.get(name))
        schema: dict[str, type[pl.DataType]] = {"aweme_id": pl.String, "account_type": pl.String}
        schema |= {name: COLUMN_TYPES[kind] for name, kind in facts.items()}
        directory = directory_of(self.root / f"feeds-{self.number}", day)
        directory.mkdir(parents=True)
        pl.DataFrame(columns, schema=schema).write_parquet(directory / "part-00000.parquet")
        describe(directory, day).write(directory)
        return directory

    def evaluate(self, directory: Path, versions: Iterable[int] | None = None) -> list[Adopted]:
        """Judge a delivery under every policy in play, against the masks that are current."""
        self.number += 1
        feed = open_feed(directory, facts=queries.fact_types(), today=clock.today())
        current = queries.masks_by_version()
        made = []
        for policy in queries.policies_in_play(clock.now()):
            if versions is not None and policy.version not in versions:
                continue
            masks = current.get(policy.version)
            before = Masks.open(Path(masks.path)) if masks else None
            into = self.root / f"masks-{self.number}" / f"v{policy.version}"
            evaluate(feed, policy, before, into)
            made.append(
                Adopted(
                    policy_version=policy.version,
                    run_id=f"run_{self.number}",
                    path=str(into),
                    as_of=feed.as_of,
                    feed_path=str(directory),
                    feed_hash=Manifest.read(directory).content_hash,
                )
            )
        return made

    def adopt(self, adopted: list[Adopted]) -> None:
        """Make these masks the current ones."""
        with act(EVALUATOR) as done:
            actions.adopt(EVALUATOR, done, adopted)

    def plan(self, adopted: list[Adopted], *, whole: bool = False) -> list[MaskRow]:
        """Whom of the accounts whose standing is kept the masks say something new of."""
        at = clock.now()
        versions = queries.effective(at)
        rows = []
        for each in adopted:
            masks = Masks.open(Path(each.path))
            if whole:
                found = plan_all(masks, queries.watched())
            else:
                found = plan(masks, queries.watched(), queries.told_until(each.as_of))
            for aweme_id, mask in found:
                policy = applying(versions, aweme_id, at)
                if policy is not None and policy.version == each.policy_version:
                    rows.append(MaskRow(aweme_id, each.policy_version, mask))
        return rows

    def apply(self, rows: list[MaskRow], as_of: date, *, consumes: bool = True) -> Applied:
        """Apply them in one act, as a run applies a chunk."""
        with act(EVALUATOR) as done:
            applied = actions.apply(EVALUATOR, done, rows, as_of=as_of, consumes=consumes)
            done.record("test.apply_chunk", "run", "run_test")
        return applied

    def run(self, day: date, rows: Rows, types: Mapping[str, str] | None = None) -> Applied:
        """Take in the feed of a day as a whole."""
        adopted = self.evaluate(self.deliver(day, rows, types))
        self.adopt(adopted)
        return self.apply(self.plan(adopted), day)


def yesterday() -> date:
    """The newest day that a feed can be of."""
    return clock.today() - timedelta(days=1)
