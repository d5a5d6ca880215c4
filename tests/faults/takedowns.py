"""Entries to take down: `python -m tests.faults.takedowns ONCE AGAIN`, before the platform runs.

A program, in the environment of a platform. Its last line names, for each way to take an entry
down, accounts that show one, with what the act needs: ONCE of them where it is for good, AGAIN
where it can be undone and done again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - what follows needs Django set up
from django.db import transaction  # noqa: E402

from guazai.control.binding import actions as binding  # noqa: E402
from guazai.control.binding import queries as bindings  # noqa: E402
from guazai.control.directory import actions as directory  # noqa: E402
from guazai.control.directory.models import MiniProgram  # noqa: E402
from guazai.control.directory.states import MemberRole  # noqa: E402
from tests.faults.crowd import SURFACE, Crowd  # noqa: E402
from tests.platform import PASSWORD  # noqa: E402
from tests.world import HOST  # noqa: E402


def main(once: int, again: int) -> None:
    """Make everything and print it."""
    call_command("migrate", interactive=False, verbosity=0)
    with transaction.atomic():
        crowd = Crowd()
        directory.save_person(HOST, "operator", password=PASSWORD, is_operator=True)
        directory.save_person(HOST, "developer", password=PASSWORD)
        directory.upsert_member(HOST, crowd.entity.pk, "developer", role=MemberRole.OWNER)
        shared = crowd.mini_program()
        binding.set_unbind_limit(HOST, shared, SURFACE, 10_000, "a crowd")
        found = {
            "deny": list(_show(crowd, [shared] * again)),
            "unbind": list(_show(crowd, [shared] * once)),
            "remove": list(_show(crowd, [shared] * once)),
            # Revoking hides all entries of a mini program: each account has one of its own.
            "revoke": list(_show(crowd, [crowd.mini_program() for _ in range(again)])),
        }
    print(json.dumps(found))


def _show(crowd: Crowd, apps: list[MiniProgram]) -> Iterator[dict[str, str]]:
    for app in apps:
        account = crowd.account(app)
        crowd.show(app, account)
        bound = bindings.active(app.pk, account.pk, SURFACE)
        assert bound is not None
        yield {"app_id": app.pk, "aweme_id": account.pk, "binding_id": bound.pk}


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
