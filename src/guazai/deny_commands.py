"""`guazai deny`, `lift`, `takedowns` and `resolvers`: hiding, and how far that has come."""

from __future__ import annotations

import getpass
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import httpx
import typer
from pydantic import ValidationError
from rich.markup import escape
from rich.table import Table

from guazai.console import StateOption, err, fail, out, platform, resolver_node
from guazai.control.config import export
from guazai.feed.lease import BreakGlass, sign_break_glass
from guazai.feed.records import Scope

if TYPE_CHECKING:
    from guazai.control.entry.models import Deny, ResolverNode
    from guazai.control.journal.models import Takedown
    from guazai.control.kernel.actor import Actor

POLL_SECONDS = 0.02
#: When to say for what it waits, and when to stop waiting.
IMPATIENT_SECONDS = 2.0
WAIT_SECONDS = 30.0
#: How long a node may take to answer.
NODE_SECONDS = 2.0
TARGET = "An aweme_id, app_id or entity_id; nothing where the scope is global."
LOGIN = "The operator who does it, by login."
TargetArgument = Annotated[str, typer.Argument(help=TARGET, show_default=False)]
ReasonOption = Annotated[str, typer.Option(prompt="Why", help="Why; asked for where left out.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands to `guazai`."""
    for command in (deny, lift, takedowns, resolvers):
        app.command()(command)


def deny(
    scope: Scope,
    target: TargetArgument = "",
    *,
    reason: ReasonOption,
    by: Annotated[
        str | None,
        typer.Option("--as", help=f"{LOGIN} With --break-glass any name.", show_default=False),
    ] = None,
    wait: Annotated[bool, typer.Option(help="Wait until no resolver shows it any more.")] = True,
    break_glass: Annotated[
        bool,
        typer.Option(
            "--break-glass", help="The control plane is down: tell the resolvers directly."
        ),
    ] = False,
    node: Annotated[
        list[str] | None,
        typer.Option(
            help="With --break-glass: a resolver's address; as often as there are.",
            show_default="GUAZAI_NODES",
        ),
    ] = None,
    state: StateOption = None,
) -> None:
    """Hide an account, a mini program, a legal entity or everything, at once.

    Exits 1 where it is refused, where a resolver could not be told, or where it was not effective
    everywhere within half a minute.
    """
    if break_glass:
        export(state=state)
        _break_glass(scope, target, reason, by or getpass.getuser(), node or [])
        return
    if node:
        raise fail("--node goes with --break-glass", 2)
    platform(state)
    from guazai.control.governance import actions  # noqa: PLC0415 - after Django's set-up
    from guazai.control.journal import queries  # noqa: PLC0415

    with _refusing():
        found = actions.deny(_operator(by), scope, target, reason)
    takedown = queries.takedowns_of("deny", [found.pk])[found.pk]
    out.print(f"accepted  {_at(takedown.accepted_at)}  {escape(_what(scope, target))}")
    if wait:
        _await_effective(takedown)


def lift(
    scope: Scope,
    target: TargetArgument = "",
    *,
    reason: ReasonOption,
    by: Annotated[str | None, typer.Option("--as", help=LOGIN, show_default=False)] = None,
    state: StateOption = None,
) -> None:
    """Lift a deny. What is wider than one account one operator proposes, and another confirms."""
    platform(state)
    from guazai.control.governance import actions, queries  # noqa: PLC0415 - after Django's set-up

    who = _operator(by)
    found: Deny | None = (
        queries.denies().filter(scope=scope, target=target, status="active").first()
    )
    if found is None:
        raise fail(f"{_what(scope, target)} is not denied")
    with _refusing():
        proposal = queries.open_proposal(found)
        if proposal is not None:
            actions.confirm_lift(who, proposal)
        elif actions.lift(who, found, reason) is not None:
            out.print("proposed; another operator confirms it with the same command")
            return
    out.print(f"lifted    {escape(_what(scope, target))}")


def takedowns(
    *,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 20,
    state: StateOption = None,
) -> None:
    """List what was hidden lately, newest first, and all that is not effective yet."""
    platform(state)
    from guazai.control.journal import queries  # noqa: PLC0415 - after Django's set-up

    table = Table("hidden", "by", "accepted", "effective", box=None, pad_edge=False)
    waiting = list(queries.takedowns(is_open=True).order_by("-pk")[:limit])
    rows = {each.pk: each for each in (*waiting, *queries.takedowns().order_by("-pk")[:limit])}
    for each in sorted(rows.values(), key=lambda row: row.pk, reverse=True):
        table.add_row(
            escape(_named(each)), each.event.verb, _at(each.accepted_at), escape(_effect(each))
        )
    out.print(table)


def resolvers(*, state: StateOption = None) -> None:
    """List the resolver nodes that asked the relay in the last day."""
    platform(state)
    from guazai.control.entry import queries  # noqa: PLC0415 - after Django's set-up
    from guazai.control.kernel import clock  # noqa: PLC0415

    head, now = queries.feed_head(), clock.now()
    table = Table(
        "node", "in rotation", "seen", "behind", "feed age", "drift", "software", box=None,
        pad_edge=False,
    )  # fmt: skip
    for each in queries.nodes().order_by("pk"):
        is_in = queries.is_in_rotation(each)
        table.add_row(
            escape(each.name),
            "[green]yes[/green]" if is_in else "[red]no[/red]",
            f"{(now - each.seen_at).total_seconds():.1f} s ago",
            _behind(each, head),
            "" if each.feed_age_ms is None else f"{each.feed_age_ms / 1000:.1f} s",
            f"{each.drift_found} found, {each.drift_mended} mended" if each.drift_found else "none",
            escape(each.software),
        )
    out.print(table)


def _operator(login: str | None) -> Actor:
    """The operator of that login, acting on this machine; the command ends where there is none."""
    from guazai.control.directory import queries  # noqa: PLC0415 - after Django's set-up
    from guazai.control.kernel.actor import Actor, ActorKind  # noqa: PLC0415

    if login is None:
        raise fail("say who does it: --as LOGIN", 2)
    person = queries.find_person(login)
    if person is None or not person.is_operator:
        raise fail(f"{login} is no operator", 2)
    # The person's id, so that two are needed whichever way they come.
    return Actor(ActorKind.SYSTEM, person.pk, is_operator=True)


@contextmanager
def _refusing() -> Iterator[None]:
    from guazai.control.kernel.errors import Problem  # noqa: PLC0415 - after Django's set-up

    try:
        yield
    except Problem as problem:
        raise fail(problem.detail.en) from None


def _await_effective(takedown: Takedown) -> None:
    """Show a spinner until no resolver shows it any more."""
    began = time.monotonic()
    with err.status("waiting for the resolvers") as status:
        while takedown.effective_at is None:
            waited = time.monotonic() - began
            if waited > WAIT_SECONDS:
                raise fail(f"not effective yet: {_effect(takedown)}. It stays accepted.")
            if waited > IMPATIENT_SECONDS:
                status.update(escape(_effect(takedown)))
            time.sleep(POLL_SECONDS)
            takedown.refresh_from_db()
    out.print(f"effective {_at(takedown.effective_at)}  {_took(takedown)} later")


def _break_glass(scope: Scope, target: str, reason: str, by: str, nodes: list[str]) -> None:
    settings = resolver_node()
    if (scope is Scope.GLOBAL) != (target == ""):
        raise fail("only a global deny has no target", 2)
    try:
        unsigned = BreakGlass(
            id=secrets.token_urlsafe(16),
            scope=scope,
            target=target,
            reason=reason,
            signed_by=by,
            signed_at=int(time.time()),
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise fail(f"{first['loc'][0]}: {first['msg']}", 2) from None
    body = sign_break_glass(unsigned, settings.edge_key).model_dump_json()
    addresses = [each.rstrip("/") for each in nodes] or list(settings.resolvers)
    with ThreadPoolExecutor(len(addresses)) as pool:
        found = list(pool.map(lambda address: _post(address, body), addresses))
    table = Table(box=None, show_header=False, pad_edge=False)
    for address, problem in zip(addresses, found, strict=True):
        said = f"[red]failed[/red]  {escape(problem)}" if problem else "[green]taken[/green]"
        table.add_row(escape(address), said)
    out.print(table)
    if any(found):
        raise fail("not all resolvers took it; what is hidden twice is hidden once: try again")
    err.print("The control plane takes it over when it is back.", style="dim")


def _post(address: str, body: str) -> str:
    """Give a node a signed deny; what went wrong, empty where nothing did."""
    headers = {"content-type": "application/json"}
    try:
        answer = httpx.post(
            f"{address}/v1/break-glass",
            content=body,
            headers=headers,
            timeout=NODE_SECONDS,
            trust_env=False,
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return str(error) or type(error).__name__
    if answer.is_success:
        return ""
    try:
        return f"{answer.status_code} {answer.json()['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"{answer.status_code} {answer.reason_phrase}"


def _what(scope: Scope, target: str) -> str:
    return "everything" if scope is Scope.GLOBAL else f"{scope.replace('_', ' ')} {target}"


def _named(takedown: Takedown) -> str:
    from guazai.control.journal.keys import KeyKind, reach  # noqa: PLC0415 - after Django's set-up

    where = f" on {takedown.surface}" if takedown.surface else ""
    return _what(*reach(KeyKind(takedown.kind), takedown.key)) + where


def _effect(takedown: Takedown) -> str:
    if takedown.effective_at is not None:
        return f"{_took(takedown)} later"
    if takedown.waits_for:
        return f"waits for {', '.join(takedown.waits_for)}"
    return "waits; does the relay run?"


def _took(takedown: Takedown) -> str:
    effective_at: Any = takedown.effective_at
    return f"{(effective_at - takedown.accepted_at).total_seconds() * 1000:,.0f} ms"


def _behind(node: ResolverNode, head: tuple[int, int]) -> str:
    if node.revision is None:
        return "empty"
    if node.epoch != head[0]:
        return "another epoch"
    behind = head[1] - node.revision
    return f"{behind:,} revisions" if behind > 0 else "current"


def _at(instant: datetime | None) -> str:
    return "" if instant is None else f"{instant.astimezone():%Y-%m-%d %H:%M:%S}.{instant:%f}"[:23]
