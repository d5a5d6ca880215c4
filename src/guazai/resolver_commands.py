"""`guazai resolver`, `guazai resolver rebuild` and `guazai resolver status`: one node."""

from __future__ import annotations

import logging.config
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from guazai.console import StateOption, err, fail, out, resolver_node
from guazai.control import logs
from guazai.control.config import Node, OnIsolation, export
from guazai.resolver.board import Board, Cell
from guazai.resolver.break_glass import Box
from guazai.resolver.node import NodeBusyError, current_store

if TYPE_CHECKING:
    from guazai.resolver.follower import Following

POLL_SECONDS = 0.05
app = typer.Typer(help="The read path of this machine.", invoke_without_command=True)


@app.callback()
def resolver(context: typer.Context, *, state: StateOption = None) -> None:
    """Run the resolver: the read path that answers every profile page view."""
    export(state=state)
    if context.invoked_subcommand is not None:
        return
    node = resolver_node()
    logging.config.dictConfig(logs.configure(node.log_level))
    from guazai.resolver import server  # noqa: PLC0415

    try:
        server.run(
            node.folder,
            node.bind,
            node.port,
            workers=node.workers,
            max_age_seconds=node.max_feed_age_seconds,
            following=_following(node),
            hides_when_isolated=node.on_isolation is OnIsolation.HIDE,
        )
    except OSError as error:
        raise fail(f"port {node.port} cannot be used: {error}") from None


@app.command()
def rebuild(*, state: StateOption = None) -> None:
    """Rebuild this node's store from a snapshot of the relay; a running resolver goes on answering.

    Exits 1 where it did not come about; the old store stays then.
    """
    export(state=state)
    node = resolver_node()
    logging.config.dictConfig(logs.configure("ERROR"))
    from guazai.resolver import follower  # noqa: PLC0415
    from guazai.resolver.relay import RelayError  # noqa: PLC0415

    began = time.monotonic()
    board = Board.open(node.folder)
    failed: list[Exception] = []

    def here() -> None:
        try:
            follower.rebuild_here(node.folder, _following(node))
        except (NodeBusyError, RelayError) as error:
            failed.append(error)

    working = threading.Thread(target=here, name="rebuild")
    working.start()
    _show(board, lambda: not working.is_alive())
    if failed and isinstance(failed[0], NodeBusyError):
        _ask_follower(node.folder, board)
    elif failed:
        raise fail(f"not rebuilt: {failed[0]}")
    store = current_store(node.folder)
    mark = store.watermark() if store else None
    if mark is None:
        raise fail("not rebuilt: the store is empty")
    out.print(
        f"rebuilt up to revision {mark.revision} of epoch {mark.epoch}"
        f" in {time.monotonic() - began:.1f} s"
    )


@app.command()
def status(*, state: StateOption = None) -> None:
    """Say how this node is: what it has, whether it may be asked, what it hides."""
    export(state=state)
    node = resolver_node()
    store = current_store(node.folder)
    if store is None:
        raise fail(f"there is no node in {node.folder} yet; start one with `guazai resolver`")
    board, mark = Board.open(node.folder), store.watermark()
    box = Box(node.folder)
    box.look()
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row("node", f"{node.name}, in {node.folder}")
    if mark is None:
        table.add_row("store", "empty")
    else:
        age = max(0.0, time.time() - mark.at_ms / 1000)
        table.add_row("store", f"revision {mark.revision} of epoch {mark.epoch}, {age:.1f} s old")
    now = time.monotonic_ns()
    left = max(0, board[Cell.LEASE_UNTIL] - now) / 1e9
    is_in = now < board[Cell.ROTATION_UNTIL]
    table.add_row("in rotation", f"{'yes' if is_in else 'no'}, {left:.3f} s left of the lease")
    table.add_row("feed", "followed" if board[Cell.CONNECTED] else "not followed")
    table.add_row("hidden", f"{board[Cell.HIDDEN]} beside the store")
    table.add_row("break-glass", ", ".join(box.held()) or "none")
    found, mended = board[Cell.DRIFT_FOUND], board[Cell.DRIFT_MENDED]
    table.add_row("drift", f"{found} rows found, {mended} mended")
    if total := board[Cell.REBUILD_TOTAL]:
        table.add_row("rebuild", f"{board[Cell.REBUILD_DONE]:,} of {total:,} rows")
    out.print(table)


def _following(node: Node) -> Following:
    from guazai.resolver.follower import Following  # noqa: PLC0415 - brings HTTP

    return Following(node.relay_url, node.edge_key, node.name, node.brokers)


def _ask_follower(folder: Path, board: Board) -> None:
    from guazai.resolver.follower import REBUILD_WISH  # noqa: PLC0415 - brings HTTP

    done, failed = board[Cell.REBUILDS], board[Cell.REBUILD_FAILURES]
    (folder / REBUILD_WISH).touch()
    err.print("the resolver runs; it rebuilds", style="dim")
    _show(board, lambda: (board[Cell.REBUILDS], board[Cell.REBUILD_FAILURES]) != (done, failed))
    if board[Cell.REBUILDS] == done:
        raise fail("not rebuilt; the resolver's log says why")


def _show(board: Board, is_over: Callable[[], bool]) -> None:
    """Show how far a rebuild is until it is over."""
    columns = (
        TextColumn("rebuilding"),
        BarColumn(),
        TaskProgressColumn(show_speed=True),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("rebuilding", total=None)
        while not is_over():
            total = board[Cell.REBUILD_TOTAL] or None
            progress.update(task, total=total, completed=board[Cell.REBUILD_DONE])
            time.sleep(POLL_SECONDS)
