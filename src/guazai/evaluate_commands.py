"""`guazai evaluate`, `guazai evaluator` and `guazai feed status`: the nightly evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from guazai.console import StateOption, err, fail, out, platform, until_told

if TYPE_CHECKING:
    from guazai.control.evaluation.models import Run
    from guazai.control.evaluation.work import Progress as Tell

HELD = 3
#: The evaluator looks for work every second, for a moment.
PATIENCE_SECONDS = 5.0


def add_to(app: typer.Typer, feed_app: typer.Typer) -> None:
    """Add the commands to `guazai` and to `guazai feed`."""
    app.command()(evaluate)
    app.command()(evaluator)
    feed_app.command()(status)


def evaluate(
    date: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day of the facts.")],
    *,
    feeds: Annotated[
        Path | None, typer.Option(help="Where the folders dt=… are.", show_default="state/feeds")
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(help="A Spark master, e.g. spark://host:7077.", show_default="local"),
    ] = None,
    state: StateOption = None,
) -> None:
    """Judge all accounts by the feed of a day, and apply what changes.

    Exits 0 where it is applied, 1 where it is refused or failed, 3 where the breaker holds it.
    """
    platform(state, feeds=feeds, engine=engine)
    from guazai.control.evaluation import work  # noqa: PLC0415 - after Django's set-up
    from guazai.control.kernel.actor import system  # noqa: PLC0415
    from guazai.control.kernel.errors import Problem  # noqa: PLC0415

    who = system("cli")
    try:
        with work.working(PATIENCE_SECONDS), _bar() as tell:
            work.recover(who, tell)
            work.run_policies(who, tell)
            outcome = work.run_feed(who, date.date(), tell)
    except Problem as problem:
        found = {name: value for name, value in problem.extra.items() if value is not None}
        said = ", ".join(f"{name} {value}" for name, value in found.items())
        raise fail(f"{problem.code.text.en}{f' ({said})' if said else ''}") from None
    if outcome.is_repeat and outcome.run.status == "applied":
        out.print(f"the feed of {outcome.run.as_of} is applied already; nothing to do")
        return
    _say(outcome.run)


def evaluator(*, state: StateOption = None) -> None:
    """Run the evaluator: feeds as they come, policies as they begin, dry runs, notices, alarms."""
    platform(state)
    from guazai.control.evaluation import jobs  # noqa: PLC0415 - after Django's set-up

    jobs.run(until_told())


def status(*, state: StateOption = None) -> None:
    """Say which feed is applied, what waits or is held, and what there is to be alarmed about."""
    platform(state)
    from guazai.control.evaluation import queries  # noqa: PLC0415 - after Django's set-up
    from guazai.control.evaluation.feeds import waiting  # noqa: PLC0415

    table = Table(box=None, show_header=False, pad_edge=False)
    last = queries.last_applied()
    table.add_row("applied", "nothing yet" if last is None else _place(last))
    for day, path in waiting(last.as_of if last else None):
        table.add_row("waits", f"{day}, {escape(str(path))}")
    for run in queries.held_runs():
        table.add_row("[yellow]held[/yellow]", f"{_place(run)}: {_reasons(run.reasons)}")
    if (open_run := queries.open_run()) is not None:
        table.add_row(open_run.status, _place(open_run))
    for alarm in queries.open_alarms():
        seen = f", {alarm.acknowledged_by} looks after it" if alarm.acknowledged_at else ""
        table.add_row("[red]alarm[/red]", f"{alarm.kind} {alarm.key}{seen}")
    out.print(table)
    out.print("late" if queries.is_late() else "not late")


def _say(run: Run) -> None:
    if run.status in {"refused", "failed"}:
        error = run.error
        place = f" in {error['file']}" if error.get("file") else ""
        place += f", row {error['row']}" if error.get("row") is not None else ""
        err.print(f"[red]{run.status}:[/red] [bold]{error['code']}[/bold]{escape(place)}")
        err.print(escape(error["message"]))
        err.print("Nothing was changed; yesterday's verdicts stay.", style="dim")
        raise typer.Exit(1)
    out.print(_summary(run))
    if run.status == "held":
        err.print(f"[yellow]held:[/yellow] {_reasons(run.reasons)}")
        err.print(
            "Nothing was changed. One operator proposes to release or reject it, another confirms:"
            f"\nPOST /api/v1/operator/runs/{run.pk}/propose",
            style="dim",
        )
        raise typer.Exit(HELD)
    out.print(f"[green]applied[/green] as of {run.as_of}")


def _summary(run: Run) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for version in run.summaries:
        table.add_column(f"policy {version}", justify="right")
    for name in ("judged", "passing", "newly_hidden", "newly_shown", "added", "gone"):
        found = [f"{each[name]:,}" for each in run.summaries.values()]
        table.add_row(name.replace("_", " "), *found)
    for reason in {each: None for one in run.summaries.values() for each in one["failing"]}:
        found = [f"{each['failing'].get(reason, 0):,}" for each in run.summaries.values()]
        table.add_row(f"  {reason}", *found)
    watched: Mapping[str, Any] = run.watched
    table.add_row("of watched accounts")
    for name in ("hidden", "shown"):
        table.add_row(f"  newly {name}", f"{watched[name]:,}")
    return table


def _place(run: Run) -> str:
    rows = f", {run.rows:,} accounts" if run.rows else ""
    return f"{run.as_of}{rows} ({run.pk})"


def _reasons(reasons: list[dict[str, Any]]) -> str:
    said = {
        "too_many_hidden": "it would newly hide {actual} watched accounts, more than {limit}",
        "row_count_differs": "it has {actual} rows, the last one {limit}: more than 10% apart",
        "day_missing": "it is of {actual}, and {limit} is missing",
    }
    return "; ".join(said[each["code"]].format(**each) for each in reasons)


@contextmanager
def _bar() -> Iterator[Tell]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err) as progress:
        tasks: dict[str, Any] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done, total=total)

        yield tell
