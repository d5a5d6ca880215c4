"""The commands: what they print, and what they exit with."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from guazai import cli, console
from guazai.control.directory import queries
from guazai.control.directory.models import Person
from guazai.control.journal import queries as journal
from guazai.control.journal.models import AuditEvent, ChainHead
from guazai.feed import VerdictRecord, seal
from tests.delivery.test_imports import jsonl, lines
from tests.edge import EDGE_KEY, Edge
from tests.world import World


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of this test's own; what a command exports ends with the test."""
    monkeypatch.setenv("GUAZAI_STATE", str(tmp_path))
    monkeypatch.setattr(console.out, "width", 200)
    monkeypatch.setattr(console.err, "width", 200)
    return tmp_path


def run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(cli.app, list(arguments), input=typed)


def tell(state: Path) -> None:
    """Let the relay tell this node's edge everything."""
    edge = Edge(state / "edge")
    edge.drain()
    edge.close()


def test_import_counts_what_it_did_and_exits_0(db: None, state: Path) -> None:
    file = state / "all.jsonl"
    file.write_bytes(jsonl(*lines()))
    first = run("import", str(file))
    assert (first.exit_code, first.stdout) == (0, "7 created, 0 updated, 0 unchanged, 0 refused\n")
    again = run("import", str(file))
    assert (again.exit_code, again.stdout) == (0, "0 created, 0 updated, 7 unchanged, 0 refused\n")
    event = journal.search(verb="directory.upsert_account").get()
    assert (event.actor_kind, event.actor_id) == ("system", "import")


def test_import_reports_refused_lines_and_exits_1(db: None, state: Path) -> None:
    file = state / "some.jsonl"
    odd = {"kind": "legal_entity", "entity_id": "e", "name": "E", "[/red]": 1}
    file.write_bytes(jsonl(b"{", *lines(), odd))
    found = run("import", str(file))
    assert found.exit_code == 1
    assert "7 created, 0 updated, 0 unchanged, 2 refused" in found.stdout
    assert "malformed_json" in found.stdout
    assert "legal_entity.[/red]: Extra inputs are not permitted" in found.stdout
    assert queries.find_account("dy_a") is not None


def test_import_shows_the_first_fifty_refused_lines(db: None, state: Path) -> None:
    file = state / "bad.jsonl"
    file.write_bytes(b"{}\n" * 53)
    found = run("import", str(file))
    assert found.exit_code == 1
    assert found.stdout.count("validation_failed") == 50
    assert "and 3 more" in found.stdout


def test_import_of_no_file_is_a_usage_error(db: None, state: Path) -> None:
    assert run("import", str(state / "absent.jsonl")).exit_code == 2
    assert run("import", str(state)).exit_code == 2


def test_v2_explain_says_every_condition_and_what_the_edge_answers(
    world: World, state: Path
) -> None:
    change = world.entry()
    aweme_id = change.account_id
    tell(state)
    shown = run("explain", aweme_id)
    assert shown.exit_code == 0
    assert "✗" not in shown.stdout
    assert "shown: yes" in shown.stdout
    assert f'"aweme_id":"{aweme_id}"' in shown.stdout
    world.pass_rules(change.account, effective_followers=499)
    tell(state)
    hidden = run("explain", aweme_id, "--app-id", change.mini_program_id)
    assert hidden.exit_code == 0
    assert "✗ The account meets the creator rules" in hidden.stdout
    assert "account_not_eligible" in hidden.stdout
    assert "499" in hidden.stdout
    assert "shown: no" in hidden.stdout
    assert "the edge answers on douyin: nothing" in hidden.stdout


@pytest.mark.parametrize(
    "arguments", [["dy_absent"], ["{}", "--app-id", "tt_absent"], ["{}", "--surface", "live_room"]]
)
def test_explain_of_what_is_not_known_exits_1(
    world: World, state: Path, arguments: list[str]
) -> None:
    aweme_id = world.account().pk
    found = run("explain", *(each.format(aweme_id) for each in arguments))
    assert found.exit_code == 1
    assert "no such account" in found.stderr


def test_r11_verify_exits_0_where_the_edge_is_as_it_should_be(world: World, state: Path) -> None:
    assert run("verify").exit_code == 0
    world.entry()
    tell(state)
    found = run("verify")
    assert (found.exit_code, found.stderr) == (0, "")
    assert "the feed is as it should be, and so is this node" in found.stdout
    assert "0 changes on their way" in found.stdout


def test_r11_verify_names_each_difference_and_exits_1(world: World, state: Path) -> None:
    change = world.entry()
    tell(state)
    edge = Edge(state / "edge")
    (verdict,) = [record for record in edge.records() if isinstance(record, VerdictRecord)]
    turned = replace(verdict, revision=verdict.revision + 1, passed=False)
    edge.node.mend([seal(turned, EDGE_KEY)], ())
    edge.close()
    found = run("verify")
    assert found.exit_code == 1
    assert "different in this node" in found.stdout
    assert change.account_id in found.stdout
    assert "1 differences" in found.stderr


def test_r11_verify_says_that_changes_are_still_on_their_way(world: World, state: Path) -> None:
    world.entry()
    found = run("verify")
    assert found.exit_code == 1
    assert "are still on their way" in found.stderr


def test_s8_audit_verify_exits_1_where_the_chain_does_not_hold(world: World, state: Path) -> None:
    world.entity()
    holds = run("audit", "verify")
    assert (holds.exit_code, holds.stdout) == (0, "the audit chain holds\n")
    AuditEvent.objects.update(reason="changed")
    ChainHead.objects.update(hash="")
    broken = run("audit", "verify")
    assert broken.exit_code == 1
    assert "content does not match its hash" in broken.stdout
    assert "breaks in the audit chain" in broken.stderr


def test_person_save_makes_the_first_operator(db: None, state: Path) -> None:
    password = "a long enough password"
    made = run("person", "save", "zhou", "--operator", typed=f"{password}\n{password}\n")
    assert made.exit_code == 0
    assert password not in made.output
    person = Person.objects.get(login="zhou")
    assert (person.is_operator, person.is_reviewer) == (True, False)
    assert person.check_password(password)
    short = run("person", "save", "xu", typed="short\nshort\n")
    assert short.exit_code == 2
    assert "at least 12 characters" in short.stderr
    assert not Person.objects.filter(login="xu").exists()


def test_a_setting_that_cannot_be_used_stops_every_command(
    db: None, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUAZAI_PORT_BASE", "eighty")
    for command in (["verify"], ["audit", "verify"], ["openapi"], ["control"], ["resolver"]):
        found = run(*command)
        assert found.exit_code == 2, command
        assert "GUAZAI_PORT_BASE" in found.stderr


def test_the_demos_commands_say_that_there_is_no_demo(db: None, state: Path) -> None:
    for command in (["credentials"], ["tour"], ["call", "developer", "GET", "/mini-programs"]):
        found = run("demo", *command)
        assert found.exit_code == 2, command
        assert "no demo in" in found.stderr.replace("\n", " ")


def test_the_demos_credentials_are_shown_as_json(db: None, state: Path) -> None:
    from guazai.control.config import Config  # noqa: PLC0415 - it reads this test's environment
    from guazai.demo import data  # noqa: PLC0415 - it needs Django set up

    data.create(Config.from_env())
    found = run("demo", "credentials", "--json")
    assert found.exit_code == 0
    assert {each["role"] for each in json.loads(found.stdout)["logins"]} >= {
        "developer",
        "reviewer",
        "operator",
        "owner",
    }
    assert run("demo", "credentials").exit_code == 0
    bad = run("demo", "call", "developer", "POST", "/inbox/mark", "{")
    assert bad.exit_code == 2
    assert "not JSON" in bad.stderr


def test_help_names_every_command() -> None:
    found = run("--help")
    assert found.exit_code == 0
    for command in ("start", "control", "relay", "worker", "resolver", "migrate", "import"):
        assert command in found.stdout
    assert run().exit_code in {0, 2}
