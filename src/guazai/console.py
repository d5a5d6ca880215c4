"""What all commands share: where they print, how they fail, and how they come to the platform."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from guazai.control.config import Config, ConfigError, Node, export

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)
StateOption = Annotated[
    Path | None, typer.Option("--state", help="The state folder.", show_default=".guazai")
]


def fail(message: str, code: int = 1) -> typer.Exit:
    """Print what is wrong; raise what is answered to end the command with `code`."""
    err.print(f"[red]guazai:[/red] {escape(message)}")
    return typer.Exit(code)


def configuration() -> Config:
    """The configuration; the command ends with status 2 where it cannot be used."""
    try:
        return Config.from_env()
    except ConfigError as error:
        raise fail(str(error), 2) from None


def resolver_node() -> Node:
    """What a resolver node is told; the command ends with status 2 where it cannot be used."""
    try:
        return Node.from_env()
    except ConfigError as error:
        raise fail(str(error), 2) from None


def platform(state: Path | None = None, **settings: object) -> Config:
    """The configuration of the platform in `state`, with Django set up over it."""
    export(state=state, **settings)
    config = configuration()
    import django  # noqa: PLC0415 - commands that need no Django start faster without

    django.setup()
    return config


@contextmanager
def bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error; call what it gives with how much more is done."""
    columns = (TextColumn(what), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.advance(task, done)


def until_told() -> Callable[[], bool]:
    """Whether this process was told to stop, from now on."""
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: told.append(received))
    return lambda: bool(told)
