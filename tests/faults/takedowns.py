"""Entries to take down: `python -m tests.faults.takedowns WAY=COUNT …`, before the platform runs.

A program, in the environment of a platform. Its last line names, for each of some of
`tests.faults.ways`, COUNT accounts that show an entry, with what the act needs; those to `approve`
show none before.
"""

from __future__ import annotations

import json
import sys

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - what follows needs Django set up
from django.db import transaction  # noqa: E402

from guazai.control.binding import actions as binding  # noqa: E402
from guazai.control.binding import queries as bindings  # noqa: E402
from guazai.control.directory import actions as directory  # noqa: E402
from guazai.control.directory.models import MiniProgram  # noqa: E402
from guazai.control.directory.states import MemberRole  # noqa: E402
from guazai.control.landing import actions as landing  # noqa: E402
from tests.faults.crowd import SURFACE, Crowd  # noqa: E402
from tests.platform import PASSWORD  # noqa: E402
from tests.world import HOST, PAGES  # noqa: E402

#: What is taken down with a whole mini program has one of its own.
OF_ITS_OWN = {"revoke", "deny_app"}


def main(counts: dict[str, int]) -> None:
    """Make everything and print it."""
    call_command("migrate", interactive=False, verbosity=0)
    with transaction.atomic():
        crowd = Crowd()
        for login in ("operator", "second"):
            directory.save_person(HOST, login, password=PASSWORD, is_operator=True)
        directory.save_person(HOST, "reviewer", password=PASSWORD, is_reviewer=True)
        directory.save_person(HOST, "developer", password=PASSWORD)
        directory.upsert_member(HOST, crowd.entity.pk, "developer", role=MemberRole.OWNER)
        shared = crowd.mini_program()
        binding.set_unbind_limit(HOST, shared, SURFACE, 10_000, "a crowd")
        found = {
            way: [
                _make(crowd, crowd.mini_program() if way in OF_ITS_OWN else shared, way)
                for _ in range(count)
            ]
            for way, count in counts.items()
        }
    print(json.dumps(found))


def _make(crowd: Crowd, app: MiniProgram, way: str) -> dict[str, str]:
    account = crowd.account(app)
    bound = bindings.active(app.pk, account.pk, SURFACE)
    assert bound is not None
    entry = {"app_id": app.pk, "aweme_id": account.pk, "binding_id": bound.pk}
    if way != "approve":
        crowd.show(app, account)
        return entry
    change = landing.submit(HOST, app, SURFACE, account, page_path=PAGES[0])
    return entry | {"change_id": change.pk, "content_hash": change.content_hash}


if __name__ == "__main__":
    given = (each.partition("=") for each in sys.argv[1:])
    main({way: int(count) for way, _, count in given})
