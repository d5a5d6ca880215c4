"""The guide's samples and commands, tried as a host would."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from guazai.batch.generate import generate
from guazai.batch.manifest import NAME, Manifest, directory_of
from tests.batch.feeds import DAY, SECRET
from tests.platform import REPOSITORY, bare_environment

GUIDE = REPOSITORY / "docs" / "guides" / "feed.md"
REFERENCE = REPOSITORY / "docs" / "reference" / "feed-format.md"
STAGED = f"staging/dt={DAY}"


def guazai(
    *arguments: str, at: Path, secret: str | None = None
) -> subprocess.CompletedProcess[str]:
    signing = {} if secret is None else {"GUAZAI_FEED_SECRET": secret}
    return subprocess.run(
        [sys.executable, "-m", "guazai", *arguments],
        # No state folder is there: this machine makes feeds, and has no platform.
        env=bare_environment(state=at / ".guazai") | signing | {"COLUMNS": "80"},
        cwd=at,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """A host's machine, whose warehouse has the facts in no order."""
    [made] = generate(tmp_path / "made", DAY, 1, 2000, 7)
    rows = pl.read_parquet(made / "*.parquet", hive_partitioning=False)
    (tmp_path / "warehouse").mkdir()
    rows.sample(fraction=1, shuffle=True, seed=1).with_columns(
        pl.col("effective_followers").cast(pl.Int32)
    ).write_parquet(tmp_path / "warehouse" / "accounts.parquet")
    return tmp_path


def test_the_steps_of_the_guide_lead_to_a_sound_feed(warehouse: Path) -> None:
    sample = re.search(r"With Polars:\n\n```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert sample
    subprocess.run([sys.executable, "-c", sample[1]], cwd=warehouse, check=True)
    described = guazai("feed", "manifest", STAGED, at=warehouse)
    assert described.returncode == 0, described.stderr
    assert "2,000 rows in 1 file as of 2026-11-20, not signed" in described.stdout
    checked = guazai("feed", "check", STAGED, at=warehouse)
    assert checked.returncode == 0, checked.stderr
    assert "The feed is sound." in checked.stdout
    assert "the policy that comes with Guazai" in checked.stderr


def test_a_refusal_says_where_and_what(warehouse: Path) -> None:
    directory = directory_of(warehouse / "made", DAY)
    path = directory / "part-00000.parquet"
    rows = pl.read_parquet(path)
    rows.with_columns(pl.lit(-1, pl.Int64).alias("effective_followers")).write_parquet(path)
    assert guazai("feed", "manifest", str(directory), at=warehouse).returncode == 0
    refused = guazai("feed", "check", str(directory), at=warehouse)
    assert refused.returncode == 1
    assert "refused: count_negative in part-00000.parquet, row 0" in refused.stderr
    assert "effective_followers is negative" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_generates_and_signs(tmp_path: Path) -> None:
    secret = SECRET.decode()
    made = guazai(
        *("feed", "generate", "--accounts", "500", "--seed", "3", "--date", str(DAY)),
        *("--days", "2", "--files", "2", "--out", "staging"),
        at=tmp_path,
        secret=secret,
    )
    assert made.returncode == 0, made.stderr
    Manifest.read(tmp_path / STAGED).check_signature(SECRET)
    assert guazai("feed", "check", STAGED, at=tmp_path, secret=secret).returncode == 0
    other = guazai("feed", "check", STAGED, at=tmp_path, secret=secret[::-1])
    assert other.returncode == 1
    assert "hmac_wrong" in other.stderr
    short = guazai("feed", "check", STAGED, at=tmp_path, secret="short")
    assert short.returncode == 2
    assert "GUAZAI_FEED_SECRET" in short.stderr
    again = guazai(
        *("feed", "generate", "--accounts", "5", "--date", str(DAY), "--out", "staging"),
        at=tmp_path,
    )
    assert again.returncode == 1
    assert "already there" in again.stderr


def test_asks_the_platform_where_there_is_one(warehouse: Path) -> None:
    empty = warehouse / "platform"
    empty.mkdir()
    refused = guazai("feed", "check", "made/x", "--state", str(empty), at=warehouse)
    assert refused.returncode == 2
    assert "GUAZAI_SECRET_KEY" in refused.stderr


def test_the_worked_manifest_is_one(tmp_path: Path) -> None:
    sample = re.search(r"```json\n(.*?)```", REFERENCE.read_text(), re.DOTALL)
    assert sample
    manifest = Manifest.parse(sample[1].encode())
    assert manifest.to_json() == json.loads(sample[1])
    manifest.write(tmp_path)
    assert Manifest.read(tmp_path) == manifest
    assert (tmp_path / NAME).exists()
