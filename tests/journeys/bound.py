"""Accounts with a live entry that no feed has judged yet: `python -m tests.journeys.bound COUNT`.

A program, in the environment of a platform whose tables are there. Its last line names them.
"""

from __future__ import annotations

import json
import sys

import django

django.setup()

from django.db import transaction  # noqa: E402 - what follows needs Django set up

from tests.faults.crowd import Crowd  # noqa: E402


def main(count: int) -> None:
    """Make them all and print them."""
    with transaction.atomic():
        crowd = Crowd()
        app = crowd.mini_program()
        accounts = [crowd.account(app, is_judged=False) for _ in range(count)]
        for account in accounts:
            crowd.show(app, account)
    print(json.dumps({"app_id": app.pk, "accounts": [account.pk for account in accounts]}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
