"""A real node that follows a scripted relay: parent, follower and workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guazai.feed import Record, Sealed
from guazai.feed.digest import is_blank
from guazai.resolver.board import Board, Cell
from guazai.resolver.node import current_store
from tests.platform import REPOSITORY, within
from tests.resolver.edge import Edge
from tests.resolver.serving import Resolver, await_answer, free_port, live, program, verdict

_PROGRAM = """
import sys
from pathlib import Path
from guazai.resolver.follower import Following
from guazai.resolver.server import run
from tests.resolver.serving import EDGE_KEY
folder, port, workers, max_age, hides, url = sys.argv[1:]
run(
    Path(folder),
    "127.0.0.1",
    int(port),
    int(workers),
    float(max_age),
    following=Following(url, EDGE_KEY, "node-1"),
    hides_when_isolated=hides == "hide",
)
"""


def everything(aweme_id: str, version: int = 1) -> list[Record]:
    """All that it takes for an account to show its entry."""
    return [live(aweme_id, version), verdict(aweme_id), program()]


@dataclass(frozen=True)
class Node(Resolver):
    """The processes of one node, and what tests ask of it."""

    folder: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "board", Board.open(self.folder))

    board: Board = None  # type: ignore[assignment]  # opened above

    def shows(self, aweme_id: str) -> bool:
        """Whether a visitor of the account sees an entry."""
        status = self.get(f"/v1/entries/{aweme_id}").status
        assert status in (200, 204)
        return status == 200

    def readiness(self) -> dict[str, Any]:
        return self.get("/readyz").json()

    def await_ready(self, seconds: float = 10) -> None:
        within(seconds, lambda: self.readiness()["ready"] or None, "ready")
        within(seconds, lambda: self.board[Cell.CONNECTED] or None, "the feed followed")

    def await_shown(self, aweme_id: str, *, shown: bool = True, seconds: float = 5) -> None:
        within(
            seconds,
            lambda: self.shows(aweme_id) is shown or None,
            f"{aweme_id} {'shown' if shown else 'hidden'}",
        )

    def await_level_with(self, edge: Edge, seconds: float = 10) -> None:
        """Wait until the store is as far as the log."""

        def is_level() -> bool | None:
            found = self.readiness()
            return (found["epoch"], found["revision"]) == (edge.epoch, edge.revision) or None

        within(seconds, is_level, "level with the log")

    def held(self) -> set[Sealed]:
        """Every record in the current store that says something."""
        store = current_store(self.folder)
        assert store is not None
        try:
            return {each for each in store.dump() if not is_blank(each)}
        finally:
            store.close()

    def follower(self) -> int:
        """The process id of the follower."""
        return self.board[Cell.FOLLOWER_PID]

    def with_follower(self, number: int) -> None:
        """Send the follower a signal."""
        os.kill(self.follower(), number)


@contextmanager
def following(
    folder: Path,
    edge: Edge,
    *,
    workers: int = 1,
    max_age_seconds: float = 60,
    on_isolation: str = "serve",
) -> Iterator[Node]:
    """Run a node that follows `edge`; it is asked to end, and must, when left."""
    port = free_port()
    arguments = [folder, port, workers, max_age_seconds, on_isolation, edge.url]
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        cwd=REPOSITORY,
        start_new_session=True,
    ) as process:
        try:
            await_answer(port, process)
            yield Node(port, process, folder)
            process.terminate()
            assert process.wait(10) == 0
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
