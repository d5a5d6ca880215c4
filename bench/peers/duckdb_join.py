"""Evaluate and diff a feed with DuckDB: one SQL statement over a full hash join."""

from __future__ import annotations

from pathlib import Path

import duckdb

from guazai.policy import POLICY_2024_08_15

_HOLDS = {"gte": ">= {}", "is_true": "", "is_false": "= false"}


def mask_sql() -> str:
    """The shipped policy's mask, as a team would write it down: null counts as not met."""
    bits = [
        f"CASE WHEN coalesce({rule.fact} {_HOLDS[rule.op].format(rule.value)}, false)"
        f" THEN 0 ELSE {1 << place} END"
        for place, rule in enumerate(POLICY_2024_08_15.rules)
    ]
    return f"CAST({' + '.join(bits)} AS UBIGINT)"


def run(feed: Path, before: Path, into: Path, threads: int) -> int:
    """Write whose mask changed; returns how many."""
    changes = into / "changes.parquet"
    with duckdb.connect(config={"threads": threads}) as connection:
        connection.execute(f"SET temp_directory = '{into}'")
        connection.execute(
            f"""
            COPY (
              SELECT coalesce(now.aweme_id, earlier.aweme_id) AS aweme_id,
                     earlier.mask AS before, now.mask AS after
              FROM (SELECT aweme_id, {mask_sql()} AS mask
                    FROM read_parquet('{feed}/*.parquet')) AS now
              FULL OUTER JOIN read_parquet('{before}/*.parquet') AS earlier
                ON now.aweme_id = earlier.aweme_id
              WHERE now.mask IS DISTINCT FROM earlier.mask
            ) TO '{changes}' (FORMAT parquet)
            """  # noqa: S608 - paths that this benchmark made
        )
        counted = connection.execute(
            "SELECT count(*) FROM read_parquet(?)", [str(changes)]
        ).fetchone()
    return 0 if counted is None else int(counted[0])
