"""R9: the read path stands alone: control plane, relay and database off, nodes restarted meanwhile.

Two nodes that serve while they are isolated, and a host that asks the other one where a connection
is refused or lost, as HTTP clients and load balancers do. A third one hides: the twin.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from guazai.resolver.break_glass import FOLDER
from tests.faults import ways
from tests.faults.entries import is_shown, name_of
from tests.faults.ways import Cast
from tests.platform import (
    REPOSITORY,
    START_SECONDS,
    EdgeNode,
    Platform,
    platform,
    program_beside,
    run_program,
    within,
)
from tests.with_postgres import Server, server

CONTROL = ("relay", "control", "worker", "evaluator")
NODES, TWIN = ("serving-1", "serving-2"), "hiding"
ENTRIES, VIEWS_PER_SECOND = 20_000, 1000
BEFORE_SECONDS, OFF_SECONDS = 20.0, 120.0
#: When the nodes are restarted and the deny is laid, after everything is off.
TERM_AT, KILL_AT, DENY_AT = 20.0, 50.0, 80.0
HIDDEN_SECONDS, MERGED_SECONDS, SHOWN_SECONDS = 1.0, 15.0, 5.0
WHO = "whoever has the key"


@dataclass
class Stage:
    """A platform on a server of its own, three nodes, and an account to deny."""

    server: Server
    running: Platform
    nodes: list[EdgeNode]
    target: str

    def control_off(self) -> None:
        """Everything but the nodes is gone, as by a power cut."""
        for name in CONTROL:
            self.running.kill(name)
        self.server.stop("immediate")

    def control_on(self) -> None:
        self.server.start()
        for name in CONTROL:
            self.running.start(name)
        self.running.await_healthy()

    def restart(self, name: str, *, is_killed: bool) -> None:
        (self.running.kill if is_killed else self.running.stop)(name)
        self.running.start(name)

    def status(self, node: EdgeNode, aweme_id: str) -> int:
        address = f"{node.url}/v1/entries/{aweme_id}"
        return httpx.get(address, timeout=5, trust_env=False).status_code

    def held(self, node: EdgeNode) -> list[Path]:
        """The denies by break-glass that a node holds."""
        return sorted((node.folder / FOLDER).glob("*.json"))

    def deny(self, log: Path) -> float:
        """Deny the account by break-glass; how long after a node had it on disk none showed it."""
        serving = [node for node in self.nodes if node.name in NODES]
        addresses = [part for node in self.nodes for part in ("--node", node.url)]
        command = ["deny", "account", self.target, "--break-glass", "--reason", "R9", "--as", WHO]
        with log.open("ab") as said:
            told = subprocess.Popen(
                [sys.executable, "-m", "guazai", *command, *addresses],
                env=self.nodes[0].env,
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
        hidden: dict[str, float] = {}

        def all_hidden() -> bool | None:
            for node in serving:
                if node.name not in hidden and self.status(node, self.target) == 204:
                    hidden[node.name] = time.time()
            return len(hidden) == len(serving) or None

        within(START_SECONDS, all_hidden, "the nodes hide it")
        assert told.wait(START_SECONDS) == 0, log.read_text()
        taken = {node.name: self.held(node)[0].stat().st_mtime for node in serving}
        return max(hidden[name] - taken[name] for name in taken)


@contextmanager
def stage(state: Path) -> Iterator[Stage]:
    with server(is_unit=False) as database:
        url = database.url
        with platform("postgresql", state, is_started=False, database_url=url) as running:
            [entry] = run_program("tests.faults.takedowns", ["deny=1"], running.env, 180)["deny"]
            run_program("tests.faults.filling", [ENTRIES], running.env, seconds=120)
            ways.let_in(running)
            for name in CONTROL:
                running.start(name)
            nodes = []
            for name in (*NODES, TWIN):
                mode = "serve" if name in NODES else "hide"
                nodes.append(running.add_node(name, on_isolation=mode))
                running.start(name)
            running.await_healthy()
            running.await_told(START_SECONDS)
            yield Stage(database, running, nodes, entry["aweme_id"])
            print(running.logs())


@contextmanager
def host(stage: Stage, seed: str) -> Iterator[dict[str, Any]]:
    """Page views by a process of its own; what it found is there when the block ends."""
    accounts = [name_of(number) for number in range(ENTRIES) if is_shown(number)]
    ports = [str(node.port) for node in stage.nodes if node.name in NODES]
    arguments = [VIEWS_PER_SECOND, seed, *ports]
    with program_beside("tests.faults.alone", arguments, stage.running.env, accounts) as found:
        yield found


def p99(latencies: list[tuple[float, float]], begin: float, end: float) -> float:
    inside = [took for asked, took in latencies if begin <= asked < end]
    return statistics.quantiles(inside, n=100, method="inclusive")[98]


@pytest.mark.slow
def test_r9_the_read_path_stands_alone(tmp_path: Path, seed: str) -> None:
    with stage(tmp_path) as made:
        shown = next(name_of(number) for number in range(ENTRIES) if is_shown(number))
        assert [made.status(node, shown) for node in made.nodes] == [200, 200, 200]
        with host(made, seed) as views:
            began = time.time()
            time.sleep(BEFORE_SECONDS)
            made.control_off()
            off = time.time()
            time.sleep(TERM_AT)
            made.restart(NODES[0], is_killed=False)
            # The twin: who hides while isolated shows nothing at all, as it promises.
            assert [made.status(made.nodes[number], shown) for number in (1, 2)] == [200, 204]
            time.sleep(off + KILL_AT - time.time())
            made.restart(NODES[1], is_killed=True)
            time.sleep(off + DENY_AT - time.time())
            hidden = made.deny(tmp_path / "deny.log")
            time.sleep(off + OFF_SECONDS - time.time())
            on = time.time()
            made.control_on()
            back = time.time() - on
        within(MERGED_SECONDS, lambda: not any(map(made.held, made.nodes)) or None, "dropped")
        merged = time.time() - on - back
        before, during = (
            p99(views["latencies"], *phase) * 1000 for phase in ((began, off), (off, on))
        )
        print(
            f"p99 {before:.2f} ms before, {during:.2f} ms alone; denied by break-glass: hidden"
            f" after {hidden * 1000:.0f} ms; control back in {back:.1f} s, merged {merged:.1f} s"
            f" later; {views['answers']}, asked again {views['asked_again']};"
            f" seed {seed}, load {os.getloadavg()[0]:.1f}"
        )
        assert views["errors"] == []
        assert len(views["latencies"]) > 0.95 * VIEWS_PER_SECOND * (BEFORE_SECONDS + OFF_SECONDS)
        assert during <= 2 * before
        assert hidden < HIDDEN_SECONDS
        see_it_as_a_deny(made)


def see_it_as_a_deny(made: Stage) -> None:
    """It is in the database, with an event that names who signed; lifted, the entry is back."""
    operator = Cast(made.running).as_("operator")
    [deny] = operator.get(f"/operator/denies?target={made.target}&status=active")["items"]
    events = operator.get(f"/operator/audit-events?subject_kind=deny&subject_id={deny['id']}")
    merging = [each for each in events["items"] if each["verb"] == "entry.merge_break_glass"]
    assert [each["after"]["signed_by"] for each in merging] == [WHO]
    assert [made.status(node, made.target) for node in made.nodes] == [204, 204, 204]
    operator.post(f"/operator/denies/{deny['id']}/lift", {"reason": "R9"})

    def all_show_it() -> bool | None:
        return all(made.status(node, made.target) == 200 for node in made.nodes) or None

    within(SHOWN_SECONDS, all_show_it, "all nodes show it again")
