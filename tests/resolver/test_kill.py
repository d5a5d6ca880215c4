"""A writer killed at any moment leaves a readable store, whole and with its own watermark."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from guazai.feed import ConfigRecord, unseal
from guazai.resolver.store import Store

KILLS = 12
TWIN_KILLS = 10
REPOSITORY = Path(__file__).parents[2]
ACCOUNTS = 30
_WRITER = """
import sys
from pathlib import Path
from guazai.resolver.store import Store
from tests.resolver.serving import live, mark, sealed
store = Store.open(Path(sys.argv[1]), writable=True)
held = store.watermark()
revision = 0 if held is None else held.revision
while True:
    revision += 1
    batch = sealed(*(live(f"dy_{n}", revision) for n in range(int(sys.argv[2]))))
    if sys.argv[3] == "one transaction":
        store.apply(batch, mark(revision))
    else:
        for record in batch:
            store.apply([record], mark(revision))
    print(revision, flush=True)
"""


def write_and_kill(path: Path, rng: random.Random, manner: str) -> int:
    """Run a writer, kill it at a random point; give the last revision that it acknowledged."""
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path), str(ACCOUNTS), manner],
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
    ) as writer:
        assert writer.stdout is not None
        acknowledged = int(writer.stdout.readline())
        time.sleep(rng.random() * 0.02)
        writer.send_signal(signal.SIGKILL)
        for line in writer.stdout:
            if line.endswith(b"\n"):
                acknowledged = int(line)
    return acknowledged


def is_whole(path: Path, acknowledged: int) -> bool:
    """Say whether all records are of the watermark's revision, and nothing acknowledged is lost."""
    store = Store.open(path)
    held = store.watermark()
    records = [unseal(each) for each in store.dump()]
    versions = {each.version for each in records if isinstance(each, ConfigRecord)}
    count = len(records)
    store.close()
    assert held is not None
    return versions == {held.revision} and count == ACCOUNTS and held.revision >= acknowledged


def test_a_killed_writer_leaves_a_whole_store(tmp_path: Path) -> None:
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    for _ in range(KILLS):
        acknowledged = write_and_kill(tmp_path, rng, "one transaction")
        assert is_whole(tmp_path, acknowledged)


def test_a_transaction_for_each_record_is_caught(tmp_path: Path) -> None:
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    assert any(
        not is_whole(tmp_path, write_and_kill(tmp_path, rng, "a transaction each"))
        for _ in range(TWIN_KILLS)
    )
