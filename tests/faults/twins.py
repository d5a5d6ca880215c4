"""R7's twins: the same races with the guard off. Each must break a rule in a few rounds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from unittest import mock

from django.db import OperationalError, connection

from guazai.control.binding import actions as binding
from guazai.control.binding import counters
from guazai.control.binding import queries as bindings
from guazai.control.binding.models import Binding
from guazai.control.binding.states import COOL_DOWN, OPEN, BindingStatus
from guazai.control.directory import actions as syncing
from guazai.control.directory import queries as directory
from guazai.control.directory.models import DouyinAccount, MiniProgram
from guazai.control.directory.states import AccountType
from guazai.control.journal.actions import act
from guazai.control.kernel import clock
from guazai.control.kernel.errors import Problem
from guazai.control.landing import actions as landing
from guazai.control.landing import queries as pages
from guazai.control.landing.content import content_hash
from guazai.control.landing.models import LandingChange
from guazai.control.landing.states import ChangeStatus
from guazai.control.surfaces.registry import BindingKind
from tests.faults.arena import crowd
from tests.faults.stage import SURFACE, Stage, owner_of
from tests.world import HOST, PAGES

#: A twin that goes right for so many rounds is not broken, and shows nothing.
ROUNDS = 40
CLIENTS = 8
QUOTA = 2
PATIENCE_SECONDS = 2


def quota(stage: Stage) -> int:
    """The round in which a quota that is checked and then taken was exceeded; 0 for none."""
    app = stage.app()
    accounts = [stage.account() for _ in range(CLIENTS)]
    places = Binding.objects.filter(mini_program=app, kind=BindingKind.EMPLOYEE, status__in=OPEN)

    def take(number: int) -> None:
        if places.count() < QUOTA:
            stage.request(app, accounts[number])

    def is_broken() -> bool:
        return places.count() > QUOTA

    def clear() -> None:
        for each in list(places.select_related("account", "mini_program")):
            binding.cancel(stage.developer, each)

    with mock.patch.object(counters, "take_place"), mock.patch.object(counters, "free_place"):
        return _rounds(take, is_broken, clear)


def block(stage: Stage) -> int:
    """The round in which a request came past a block; 0 for none, as it must be."""
    app, account = stage.app(), stage.account()
    known = stage.request(app, account)
    binding.cancel(stage.developer, known)
    waiting = Binding.objects.filter(account=account, status=BindingStatus.AWAITING_CONSENT)

    def ask_or_block(number: int) -> None:
        with suppress(Problem):
            if number:
                stage.request(app, account)
            else:
                binding.block(owner_of(account.pk), known)

    def is_broken() -> bool:
        return waiting.exists() and bindings.is_blocked(app, account)

    def clear() -> None:
        for each in list(waiting.select_related("account", "mini_program")):
            binding.cancel(stage.developer, each)
        # No cool-down, so that the next round's request is welcome but for a block.
        Binding.objects.filter(account=account).update(ended_at=clock.now() - COOL_DOWN)
        with suppress(Problem):
            binding.unblock(owner_of(account.pk), account, app)

    return _rounds(ask_or_block, is_broken, clear, clients=3)


def unlocked_block(stage: Stage) -> int:
    """The same without the account's lock; 0 where a writer locks everybody out anyway."""
    with mock.patch.object(directory, "lock_account"):
        return block(stage)


def held_up(stage: Stage) -> list[str]:
    """The syncs of the host that keep others from committing what refers to the row; none may.

    Whoever commits holds the journal's lock, which the sync may be waiting for: a deadlock.
    """
    app, account = stage.app(), stage.account()
    stage.bind(app, account)
    syncs = {
        "a version": lambda: syncing.publish_version(HOST, app.pk, "2.0.0", PAGES),
        "an account": lambda: syncing.upsert_account(
            HOST,
            account.pk,
            nickname="Renamed",
            account_type=AccountType.PERSONAL,
            entity_id=stage.entity.pk,
        ),
    }
    found = []

    def submit(what: str) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = '{PATIENCE_SECONDS}s'")
            landing.submit(stage.developer, app, SURFACE, account, page_path=PAGES[0])
        except OperationalError:
            found.append(what)
        finally:
            connection.close()

    for what, sync in syncs.items():
        # Inside an act, the journal is written last: nobody waits for that here.
        with suppress(_Undone), act(HOST):
            sync()
            thread = threading.Thread(target=submit, args=(what,))
            thread.start()
            thread.join()
            raise _Undone
    return found


def held_up_by_stronger_locks(stage: Stage) -> list[str]:
    """The same with locks that keep out whoever refers to the row as well."""
    with mock.patch.object(syncing, "locked", lambda rows: rows.select_for_update()):
        return held_up(stage)


class _Undone(Exception):
    """Ends an act that is not to be."""


def slot(stage: Stage) -> int:
    """The round in which two changes were in review, one checked for and then saved; 0 for none."""
    app, account = stage.app(), stage.account()
    bound = stage.bind(app, account)
    (index,) = (
        each for each in LandingChange._meta.constraints if each.name == "one_change_in_review"
    )
    with connection.schema_editor() as editor:
        editor.remove_constraint(LandingChange, index)
    in_review = pages.pending().filter(account=account)

    def submit(number: int) -> None:
        earlier = in_review.first()
        if earlier is not None:
            earlier.status = ChangeStatus.WITHDRAWN
            earlier.save()
        _save(app, account, bound, f"n={number}")

    def is_broken() -> bool:
        return in_review.count() > 1

    return _rounds(submit, is_broken, lambda: None)


def _save(app: MiniProgram, account: DouyinAccount, bound: Binding, query: str) -> None:
    content = {"page_path": PAGES[0], "query": query, "title": "", "version": "1.0.0"}
    now = clock.now()
    LandingChange.objects.create(
        account=account,
        mini_program=app,
        surface=SURFACE.key,
        binding=bound,
        **content,
        content_hash=content_hash(
            app_id=app.pk, aweme_id=account.pk, surface=SURFACE.key, **content
        ),
        submitted_by="psn_developer",
        submitted_at=now,
        due_on=clock.day_of(now),
    )


def _rounds(
    play: Callable[[int], None],
    is_broken: Callable[[], bool],
    clear: Callable[[], None],
    *,
    clients: int = CLIENTS,
) -> int:
    """All clients `play` at once, round after round, until something `is_broken`."""
    together = threading.Barrier(clients)
    broken: list[int] = []

    def work(number: int) -> int:
        for each in range(1, ROUNDS + 1):
            together.wait()
            play(number)
            if together.wait() == 0:
                if is_broken():
                    broken.append(each)
                clear()
            together.wait()
            if broken:
                return broken[0]
        return 0

    return crowd(work, clients, processes=1)[0]
