"""`guazai deny`, `lift`, `takedowns` and `resolvers`: what they do, print and exit with."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from guazai import cli, console, deny_commands
from guazai.control.entry.models import Deny, FeedHead, ResolverNode
from guazai.control.governance.models import LiftProposal
from guazai.control.journal import actions as journal
from guazai.control.journal import queries as audit
from guazai.control.kernel import clock
from guazai.feed.lease import BreakGlass
from guazai.feed.records import Scope
from guazai.feed.seal import EdgeKey
from guazai.resolver import break_glass
from guazai.resolver.problems import Problem
from tests.world import World

EDGE_KEY = "an edge key that only these tests know"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A terminal that is wide enough, and a state folder."""
    monkeypatch.setenv("GUAZAI_STATE", str(tmp_path))
    monkeypatch.setenv("GUAZAI_EDGE_KEY", EDGE_KEY)
    monkeypatch.setattr(console.out, "width", 160)
    monkeypatch.setattr(console.err, "width", 160)
    return tmp_path


def run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(cli.app, list(arguments), input=typed)


@pytest.fixture
def ann(world: World) -> str:
    return world.operator().login


def test_g1_deny_hides_at_once_and_says_when_it_was_effective(
    world: World, ann: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = world.account().pk

    def relay(_: float) -> None:
        journal.make_effective(audit.pending_ids())

    monkeypatch.setattr("guazai.deny_commands.time.sleep", relay)
    done = run("deny", "account", account, "--reason", "fraud", "--as", ann)
    assert done.exit_code == 0, done.output
    accepted, effective = done.stdout.splitlines()
    assert accepted.startswith("accepted ")
    assert accepted.endswith(f"account {account}")
    assert effective.startswith("effective ")
    assert effective.endswith("ms later")
    deny = Deny.objects.get()
    event = audit.search(verb="entry.deny").get()
    assert (deny.scope, deny.target, event.reason) == ("account", account, "fraud")
    assert (event.actor_kind, event.actor_id) == ("system", deny.created_by)
    again = run("deny", "account", account, "--reason", "fraud", "--as", ann)
    assert (again.exit_code, "denied already" in again.stderr) == (1, True)


def test_g1_deny_asks_why_and_need_not_wait(world: World, ann: str) -> None:
    done = run("deny", "global", "--as", ann, "--no-wait", typed="a fire\n")
    assert done.exit_code == 0, done.output
    assert Deny.objects.get().reason == "a fire"
    assert "effective" not in done.stdout


def test_v3_deny_says_for_whom_it_waited_in_vain(
    world: World, ann: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deny_commands, "WAIT_SECONDS", 0.05)
    monkeypatch.setattr(deny_commands, "IMPATIENT_SECONDS", 0.01)
    done = run("deny", "global", "--reason", "a fire", "--as", ann)
    assert done.exit_code == 1
    assert "does the relay run?" in done.stderr
    assert Deny.objects.get().status == "active"


def test_g1_only_operators_deny_and_lift(world: World, ann: str) -> None:
    reviewer = world.reviewer().login
    for arguments in (("--as", reviewer), ("--as", "nobody"), ()):
        for command in ("deny", "lift"):
            done = run(command, "global", "--reason", "a fire", *arguments)
            assert done.exit_code == 2, done.output
    assert not Deny.objects.exists()


def test_g1_what_is_not_known_is_refused(ann: str) -> None:
    done = run("deny", "account", "nobody", "--reason", "fraud", "--as", ann)
    assert (done.exit_code, "nothing by this id" in done.stderr) == (1, True)
    done = run("lift", "account", "nobody", "--reason", "settled", "--as", ann)
    assert (done.exit_code, "account nobody is not denied" in done.stderr) == (1, True)


def test_g1_one_account_is_lifted_by_one(world: World, ann: str) -> None:
    account = world.account().pk
    run("deny", "account", account, "--reason", "fraud", "--as", ann, "--no-wait")
    done = run("lift", "account", account, "--reason", "settled", "--as", ann)
    assert (done.exit_code, done.stdout) == (0, f"lifted    account {account}\n")
    assert Deny.objects.get().status == "lifted"


def test_g1_what_is_wider_is_lifted_by_two_whichever_way_they_come(world: World, ann: str) -> None:
    ben = world.operator()
    run("deny", "global", "--reason", "a fire", "--as", ann, "--no-wait")
    first = run("lift", "global", "--reason", "it is out", "--as", ann)
    assert (first.exit_code, "another operator confirms" in first.stdout) == (0, True)
    alone = run("lift", "global", "--reason", "it is out", "--as", ann)
    assert (alone.exit_code, "another operator" in alone.stderr) == (1, True)
    LiftProposal.objects.update(proposed_by=ben.pk)
    over_api = run("lift", "global", "--reason", "it is out", "--as", ben.login)
    assert over_api.exit_code == 1
    done = run("lift", "global", "--reason", "it is out", "--as", ann)
    assert (done.exit_code, done.stdout) == (0, "lifted    everything\n")


def test_v3_takedowns_are_listed(world: World, ann: str) -> None:
    account = world.account().pk
    run("deny", "account", account, "--reason", "fraud", "--as", ann, "--no-wait")
    journal.make_effective(audit.pending_ids())
    run("deny", "global", "--reason", "a fire", "--as", ann, "--no-wait")
    journal.note_waiting({audit.pending_ids()[0]: ["north", "south"]})
    done = run("takedowns", "--limit", "1")
    _, newest, *older = done.stdout.splitlines()
    assert (newest.split()[0], "waits for north, south" in newest) == ("everything", True)
    assert older == []
    _, newest, oldest = run("takedowns").stdout.splitlines()
    assert oldest.startswith(f"account {account}")
    assert oldest.rstrip().endswith("ms later")


def test_resolvers_are_listed(db: None) -> None:
    FeedHead.objects.create(pk=1, epoch=3, revision=1234)
    at = clock.now() - timedelta(seconds=0.5)
    for name, epoch, revision in (("north", 3, 1234), ("south", 3, 34), ("west", 2, 9)):
        ResolverNode.objects.create(
            name=name,
            boot="1",
            first_seen_at=at,
            seen_at=at,
            lease_until=at,
            is_in_rotation=name != "west",
            epoch=epoch,
            revision=revision,
            feed_age_ms=1500,
            drift_found=3 if name == "south" else 0,
            drift_mended=2,
            software="0.1.0",
        )
    _, north, south, west = run("resolvers").stdout.splitlines()
    assert north.split()[:2] == ["north", "yes"]
    assert ("current" in north, "1.5 s" in north) == (True, True)
    assert ("1,200 revisions" in south, "3 found, 2 mended" in south) == (True, True)
    assert (west.split()[:2], "another epoch" in west) == (["west", "no"], True)


@dataclass
class FakeNode:
    """A node's door alone, with the real check of what is signed."""

    key: EdgeKey
    taken: list[BreakGlass] = field(default_factory=list)
    url: str = ""


@contextmanager
def serving(key: str = EDGE_KEY) -> Iterator[FakeNode]:
    found = FakeNode(EdgeKey(key))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status, said = 201, b"{}"
            try:
                found.taken.append(break_glass.read(body, found.key))
            except Problem as problem:
                status, said = problem.status, b'{"detail": "it is not signed with my key"}'
            self.send_response(status if self.path == "/v1/break-glass" else 404)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def test_r9_break_glass_tells_every_node_with_neither_database_nor_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GUAZAI_SECRET_KEY")
    with serving() as north, serving() as south:
        monkeypatch.setenv("GUAZAI_NODES", f"{north.url}, {south.url}/")
        done = run("deny", "account", "dy1", "--break-glass", "--as", "ann", typed="a fire\n")
    assert done.exit_code == 0, done.output
    assert done.stdout.count("taken") == 2
    (given,) = north.taken
    assert south.taken == [given]
    assert (given.scope, given.target) == (Scope.ACCOUNT, "dy1")
    assert (given.reason, given.signed_by) == ("a fire", "ann")


def test_r9_break_glass_says_which_node_did_not_take_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with serving() as north, serving("another edge key, of somebody else") as south:
        nodes = [north.url, south.url, f"http://127.0.0.1:{port}", "http://[bad"]
        options = [option for url in nodes for option in ("--node", url)]
        done = run("deny", "global", "--break-glass", "--reason", "a fire", *options)
    assert done.exit_code == 1
    said = [line.split(None, 2) for line in done.stdout.splitlines()]
    assert [(line[0], line[1]) for line in said] == [
        (north.url, "taken"),
        (south.url, "failed"),
        (nodes[2], "failed"),
        (nodes[3], "failed"),
    ]
    assert "403 it is not signed with my key" in said[1][2]
    assert len(north.taken) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("global", "dy1", "--break-glass"),
        ("account", "--break-glass"),
        ("account", "d" * 65, "--break-glass"),
        ("account", "dy1", "--node", "http://127.0.0.1:1"),
        ("planet", "dy1"),
    ],
)
def test_g1_what_makes_no_sense_is_refused(arguments: tuple[str, ...]) -> None:
    assert run("deny", *arguments, "--reason", "a fire").exit_code == 2
