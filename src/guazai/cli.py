"""The command `guazai`: every command, each a few lines over what does the work."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from guazai import (
    deny_commands,
    evaluate_commands,
    feed_commands,
    resolver_commands,
    webhook_commands,
)
from guazai.console import (
    StateOption,
    bar,
    configuration,
    err,
    fail,
    out,
    platform,
    until_told,
)
from guazai.control.config import ConfigError, export

app = typer.Typer(
    name="guazai",
    help="Guazai (挂载): mount mini program entries on Douyin profile pages.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
demo_app = typer.Typer(
    help="Try the demo: its logins, a call as somebody, a tour.", no_args_is_help=True
)
person_app = typer.Typer(help="People who log in.", no_args_is_help=True)
audit_app = typer.Typer(help="The audit log.", no_args_is_help=True)
app.add_typer(demo_app, name="demo")
app.add_typer(person_app, name="person")
app.add_typer(audit_app, name="audit")
app.add_typer(feed_commands.app, name="feed")
app.add_typer(resolver_commands.app, name="resolver")
app.add_typer(webhook_commands.app, name="webhook")
evaluate_commands.add_to(app, feed_commands.app)
deny_commands.add_to(app)


@app.command()
def start(
    *,
    state: StateOption = None,
    port_base: Annotated[
        int | None,
        typer.Option(help="Control plane here, resolver one above.", show_default="8640"),
    ] = None,
    database: Annotated[
        str | None, typer.Option(help="postgres://user:password@host/name", show_default="SQLite")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo/--no-demo", help="With demo data.")] = True,
    reset: Annotated[bool, typer.Option("--reset", help="Delete the demo's state first.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Stop everything once it is healthy, and exit 0.")
    ] = False,
    tls: Annotated[
        bool | None,
        typer.Option(
            "--tls/--no-tls",
            help="Also serve the control plane over TLS, by the ecosystem's host names.",
            show_default="as before",
        ),
    ] = None,
    tls_port: Annotated[
        int | None,
        typer.Option(help="The TLS front's port.", show_default="three above the port base"),
    ] = None,
) -> None:
    """Start all on this machine: control plane, relay, worker, evaluator and resolver."""
    from guazai import starting  # noqa: PLC0415 - brings Django

    try:
        raise typer.Exit(
            starting.start(
                out,
                state=state,
                port_base=port_base,
                database=database,
                demo=demo,
                reset=reset,
                check=check,
                tls=tls,
                tls_port=tls_port,
            )
        )
    except (ConfigError, starting.StartError) as error:
        raise fail(str(error), 2) from None


@app.command()
def control(
    *,
    state: StateOption = None,
    tls: Annotated[
        bool, typer.Option("--tls", help="Over TLS, on the TLS front's port, and nowhere else.")
    ] = False,
) -> None:
    """Run the control plane: the API and the owner's pages."""
    export(state=state, tls=tls or None)
    config = configuration()
    from guazai import certificates  # noqa: PLC0415 - most commands need none
    from guazai.control.delivery import server  # noqa: PLC0415

    server.run(config, tls=certificates.prepare(config.state, config.tls_names) if tls else None)


@app.command()
def relay(*, state: StateOption = None) -> None:
    """Run the relay: it tells nodes what changed, and sees takedowns through."""
    config = platform(state)
    from guazai.control.entry import relay_process  # noqa: PLC0415

    try:
        is_well = relay_process.run(config, until_told())
    except OSError as error:
        raise fail(f"port {config.relay_port} cannot be used: {error}") from None
    raise typer.Exit(0 if is_well else 1)


@app.command()
def worker(*, state: StateOption = None) -> None:
    """Run the worker: expiries, lapsed bindings, policies that take effect, webhooks and mail."""
    config = platform(state)
    from guazai import working  # noqa: PLC0415

    working.run(config, until_told())


@app.command()
def migrate(*, state: StateOption = None) -> None:
    """Bring the database's tables to this version."""
    platform(state)
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", interactive=False)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    *,
    state: StateOption = None,
) -> None:
    """Import legal entities, mini programs, versions, accounts, members and facts from FILE.jsonl.

    Each line is independent: refused lines are reported at the end, the others are kept.
    Importing the same file again changes nothing. Exits 1 where a line was refused.
    """
    platform(state)
    from guazai.control.delivery import imports  # noqa: PLC0415
    from guazai.control.kernel.actor import system  # noqa: PLC0415

    report = imports.Report()
    with file.open("rb") as counted:
        total = sum(1 for line in counted if line.strip())
    with file.open("rb") as lines, bar("importing", total) as advance:
        for result in imports.run(system("import"), lines):
            report.count(result)
            advance(1)
    out.print(
        f"{report.created} created, {report.updated} updated, {report.unchanged} unchanged,"
        f" {len(report.refused)} refused"
    )
    if report.refused:
        table = Table("line", "code", "what is wrong")
        for each in report.refused[:50]:
            table.add_row(str(each.line), each.code, escape(each.detail))
        out.print(table)
        if len(report.refused) > 50:
            out.print(f"… and {len(report.refused) - 50} more")
        raise typer.Exit(1)


def _mark(holds: bool) -> str:
    return "[green]✓[/green]" if holds else "[red]✗[/red]"


@app.command()
def explain(
    aweme_id: str,
    *,
    app_id: Annotated[str | None, typer.Option(help="As this mini program sees it.")] = None,
    surface: str = "profile_mount",
    state: StateOption = None,
) -> None:
    """Say why an account's entry is or is not shown: every condition, and what the edge holds."""
    config = platform(state)
    from guazai.control.directory import queries as directory  # noqa: PLC0415
    from guazai.control.eligibility import queries as eligibility  # noqa: PLC0415
    from guazai.control.entry import queries  # noqa: PLC0415
    from guazai.control.kernel.errors import Problem  # noqa: PLC0415
    from guazai.control.surfaces import registry  # noqa: PLC0415
    from guazai.resolver import Resolver  # noqa: PLC0415

    try:
        account = directory.any_account(aweme_id)
        found_surface = registry.get(surface)
        mini_program = directory.any_mini_program(app_id) if app_id else None
    except Problem:
        raise fail("no such account, mini program or surface") from None
    found = queries.explain(account, found_surface, mini_program)
    table = Table("condition", "reason", "who can mend it", "data of", box=None, pad_edge=False)
    for term in found.terms:
        mender = "" if term.is_met else term.mender.value
        as_of = term.as_of.isoformat() if term.as_of else ""
        table.add_row(f"{_mark(term.is_met)} {term.text.en}", term.reason, mender, as_of)
    out.print(table)
    rules = Table(
        "rule", "fact", "value", "required", "data of", "reason", box=None, pad_edge=False
    )
    for outcome in eligibility.outcomes(account):
        rules.add_row(
            f"{_mark(outcome.met)} {escape(outcome.label.en)}",
            outcome.fact,
            escape(str(outcome.value)) if outcome.is_available else "not available",
            escape(f"{outcome.op} {'' if outcome.threshold is None else outcome.threshold}"),
            outcome.as_of.isoformat() if outcome.as_of else "",
            "" if outcome.met else outcome.reason,
        )
    if rules.row_count:
        out.print()
        out.print(rules)
    out.print()
    out.print(f"shown: {'yes' if found.is_shown else 'no'}")
    edge = Resolver(config.node.folder)
    for host in found_surface.hosts:
        body = edge.get(aweme_id, surface, host)
        out.print(
            f"the edge answers on {host}: {body.decode() if body else 'nothing'}", markup=False
        )


@app.command()
def verify(*, state: StateOption = None) -> None:
    """Compare what the contexts say with the feed, and that with this node's store, if it has one.

    Exits 1 on a difference.
    """
    config = platform(state)
    from guazai.control.entry import verify as verifying  # noqa: PLC0415
    from guazai.control.journal import queries as journal  # noqa: PLC0415
    from guazai.resolver.node import current_store  # noqa: PLC0415

    waiting = journal.backlog()
    with err.status("comparing the edge with the database"):
        told = verifying.log_held()
        found = [
            (each, "the feed")
            for each in verifying.compare_with_contexts(told, config.node.edge_key)
        ]
        store = current_store(config.node.folder)
        if store is not None:
            differences = verifying.compare_with_log(told, store.dump())
            found += [(each, "this node") for each in differences]
    for each, where in found[:50]:
        out.print(f"{each.key}: {each.what} in {where}", markup=False)
    if found:
        hint = f"; {waiting} changes are still on their way, try again" if waiting else ""
        raise fail(f"{len(found)} differences{hint}")
    checked = "" if store is None else ", and so is this node"
    out.print(
        f"the feed is as it should be{checked}: {len(told)} records,"
        f" {waiting} changes on their way",
        soft_wrap=True,
    )


@app.command()
def openapi(
    output: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
    *,
    wire: Annotated[
        bool, typer.Option("--wire", help="The ecosystem's calls, not the platform's own API.")
    ] = False,
) -> None:
    """Print the OpenAPI document."""
    platform()
    from guazai.control.delivery.http import api  # noqa: PLC0415
    from guazai.control.openapi.wire.document import document  # noqa: PLC0415

    found = document() if wire else api.get_openapi_schema()
    text = json.dumps(found, ensure_ascii=False, indent=2, default=str) + "\n"
    if output is None:
        out.print(text, end="", markup=False, soft_wrap=True)
    else:
        output.write_text(text)


@person_app.command("save")
def save_person(
    login: str,
    *,
    reviewer: Annotated[bool, typer.Option("--reviewer", help="May review.")] = False,
    operator: Annotated[bool, typer.Option("--operator", help="May operate.")] = False,
    state: StateOption = None,
) -> None:
    """Make a person, or set the roles and the password of one; the password is asked for."""
    platform(state)
    from guazai.control.directory import actions  # noqa: PLC0415
    from guazai.control.kernel.actor import system  # noqa: PLC0415

    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    if len(password) < 12:
        raise fail("a password has at least 12 characters", 2)
    actions.save_person(
        system("cli"), login, password=password, is_reviewer=reviewer, is_operator=operator
    )
    out.print(f"{login} can log in")


@audit_app.command("verify")
def verify_audit(*, state: StateOption = None) -> None:
    """Check the hash chains of the audit log; exits 1 where one does not hold."""
    platform(state)
    from guazai.control.journal import chain  # noqa: PLC0415

    breaks = list(chain.verify())
    for each in breaks:
        out.print(f"partition {each.partition}, place {each.seq}: {each.what}")
    if breaks:
        raise fail(f"{len(breaks)} breaks in the audit chain")
    out.print("the audit chain holds")


def _credentials(state: Path | None) -> Any:
    from guazai.demo.credentials import load  # noqa: PLC0415

    export(state=state)
    config = configuration()
    found = load(config.state)
    if found is None:
        raise fail(f"no demo in {config.state}; run `guazai start` first", 2)
    return found


@demo_app.command("credentials")
def demo_credentials(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    state: StateOption = None,
) -> None:
    """Show the demo's logins, its API token and its addresses."""
    found = _credentials(state)
    if as_json:
        print(json.dumps(asdict(found), ensure_ascii=False, indent=2))
        return
    from guazai.demo.welcome import logins  # noqa: PLC0415

    out.print(logins(found))


@demo_app.command("call")
def demo_call(
    role: Annotated[str, typer.Argument(help="host, or a role such as developer or reviewer.")],
    method: str,
    path: Annotated[str, typer.Argument(help="Below /api/v1, e.g. /mini-programs.")],
    body: Annotated[str | None, typer.Argument(help="JSON.")] = None,
    *,
    pick: Annotated[
        str | None, typer.Option(help="Print these fields alone, a line each: id,status")
    ] = None,
    state: StateOption = None,
) -> None:
    """Call the API as somebody of the demo and print the answer."""
    import httpx  # noqa: PLC0415

    from guazai.demo.caller import Caller, Refused  # noqa: PLC0415

    found = _credentials(state)
    try:
        parsed = None if body is None else json.loads(body)
    except ValueError as error:
        raise fail(f"the body is not JSON: {error}", 2) from None
    try:
        answer = Caller(found, role).call(method.upper(), path, parsed)
    except KeyError:
        roles = ", ".join(["host", *(each.role for each in found.logins)])
        raise fail(f"nobody plays {role!r}; use one of {roles}", 2) from None
    except Refused as refused:
        out.print_json(json.dumps(refused.problem, ensure_ascii=False))
        raise typer.Exit(1) from None
    except httpx.HTTPError as error:
        raise fail(f"{found.control_url} does not answer ({error}); is it started?") from None
    if pick is None:
        out.print_json(json.dumps(answer, ensure_ascii=False))
        return
    for name in pick.split(","):
        if not isinstance(answer, dict) or name not in answer:
            raise fail(f"the answer has no field {name!r}", 2)
        out.print(answer[name], markup=False, soft_wrap=True)


@demo_app.command("tour")
def demo_tour(*, state: StateOption = None) -> None:
    """Walk the whole path through the API of a running demo, printing each step."""
    import httpx  # noqa: PLC0415

    from guazai.demo.caller import Refused  # noqa: PLC0415
    from guazai.demo.tour import Tour, TourFailed  # noqa: PLC0415

    found = _credentials(state)
    try:
        Tour(found, out).run()
    except TourFailed as failed:
        raise fail(str(failed)) from None
    except Refused as refused:
        raise fail(f"{refused} was refused: {refused.problem.get('detail')}") from None
    except httpx.HTTPError as error:
        raise fail(f"{found.control_url} does not answer ({error}); is it started?") from None
    out.print("[green]The tour is complete.[/green]")
