"""A program: masks are adopted while an account is judged by the ones before.

The masks before let the accounts pass, those after do not. A judge is held up between reading the
masks and committing its verdict; an adoption and its plan are held up before they commit.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

from django.db import connection

from guazai.control.eligibility import actions, judging, queries
from guazai.control.eligibility.actions import Adopted
from guazai.control.journal.actions import act
from guazai.control.kernel.actor import system
from tests.eligibility.feeds import EVALUATOR, Feeds, yesterday
from tests.world import World

#: How long an adoption is given to commit although it should not.
GRACE = 2.0
WATCHER = system("watcher")


class Clients:
    """Threads with a connection of their own; `join` raises what one of them raised."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.errors: list[BaseException] = []

    def start(self, work: Callable[[], object]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - `join` raises it
                self.errors.append(error)
            finally:
                connection.close()

        self.threads.append(threading.Thread(target=run))
        self.threads[-1].start()
        return self.threads[-1]

    def join(self) -> None:
        for thread in self.threads:
            thread.join()
        if self.errors:
            raise self.errors[0]


def watch(account: Any) -> None:
    """What a request for a binding does, in an act of its own."""
    with act(WATCHER) as done:
        actions.watch(account)
        done.record("test.watch", "account", account.pk)


def adopt(feeds: Feeds, adopted: list[Adopted]) -> None:
    """What a run does: adopt, then plan, then apply."""
    feeds.adopt(adopted)
    feeds.apply(feeds.plan(adopted), adopted[0].as_of)


def status(account: Any) -> str:
    return queries.statuses([account])[account.pk].value


class Scene:
    """A platform whose masks let an account pass, and others, ready to be adopted, that do not."""

    def __init__(self, world: World, root: Path) -> None:
        self.account, self.other = world.account(), world.account()
        self.feeds = Feeds(root)
        failing = {"effective_followers": 1}
        day = yesterday()
        before = self.feeds.evaluate(self.feeds.deliver(day, {self.account.pk: {}}))
        self.feeds.adopt(before)
        self.after = self.feeds.evaluate(self.feeds.deliver(day, {self.account.pk: failing}))


def judge_first(scene: Scene, *, is_twin: bool = False) -> tuple[bool, str]:
    """The judge has read the masks before; the run comes. Whether that waited, and the verdict."""
    has_read, may_go = threading.Event(), threading.Event()
    decide = judging.Ledger.decide

    def slow(ledger: judging.Ledger, *args: Any, **named: Any) -> None:
        if threading.current_thread() is judge:
            has_read.set()
            may_go.wait()
        decide(ledger, *args, **named)

    clients = Clients()
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(judging.Ledger, "decide", slow))
        if is_twin:
            stack.enter_context(mock.patch.object(judging, "keep_table"))
        judge = clients.start(lambda: watch(scene.account))
        has_read.wait()
        run = clients.start(lambda: adopt(scene.feeds, scene.after))
        run.join(GRACE)
        waited = run.is_alive()
        may_go.set()
        clients.join()
    return waited, status(scene.account)


def judge_late(scene: Scene) -> bool:
    """A judge is at work, the run waits for it; another judge comes. Whether it lets the run go."""
    has_judged, may_go = threading.Event(), threading.Event()

    def judge() -> None:
        with act(WATCHER) as done:
            actions.watch(scene.account)
            done.record("test.watch", "account", scene.account.pk)
            has_judged.set()
            may_go.wait()

    clients = Clients()
    clients.start(judge)
    has_judged.wait()
    run = clients.start(lambda: adopt(scene.feeds, scene.after))
    run.join(GRACE)
    late = clients.start(lambda: watch(scene.other))
    late.join(GRACE)
    waited = late.is_alive()
    may_go.set()
    clients.join()
    return waited


def adopt_first(scene: Scene) -> str:
    """The run has adopted, and not committed; the judge comes, waits, and judges by the new."""
    has_adopted, may_go = threading.Event(), threading.Event()

    def run() -> None:
        with act(EVALUATOR) as done:
            actions.adopt(EVALUATOR, done, scene.after)
            has_adopted.set()
            may_go.wait()

    clients = Clients()
    clients.start(run)
    has_adopted.wait()
    judge = clients.start(lambda: watch(scene.account))
    judge.join(GRACE)
    if not judge.is_alive():
        raise RuntimeError("the judge did not wait")
    may_go.set()
    clients.join()
    return status(scene.account)


def main() -> dict[str, Any]:
    """What came of it."""
    world = World()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        waiting_judge = adopt_first(Scene(world, root / "1"))
        adopt_waited, after_adopt = judge_first(Scene(world, root / "2"))
        late_waited = judge_late(Scene(world, root / "4"))
        _, twin = judge_first(Scene(world, root / "3"), is_twin=True)
    return {
        "waiting_judge": waiting_judge,
        "adopt_waited": adopt_waited,
        "after_adopt": after_adopt,
        "late_waited": late_waited,
        "twin": twin,
    }
