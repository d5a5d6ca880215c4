"""People who can log in: `python -m tests.people PASSWORD LOGIN:ROLE …`, where a role may be empty.

A program, in the environment of a platform whose tables are there.
"""

from __future__ import annotations

import json
import sys

import django

django.setup()

from guazai.control.directory import actions as directory  # noqa: E402 - needs Django set up
from guazai.control.kernel.actor import system  # noqa: E402


def main(password: str, people: list[str]) -> None:
    """Save them all."""
    for each in people:
        login, _, role = each.partition(":")
        directory.save_person(
            system("test"),
            login,
            password=password,
            is_reviewer=role == "reviewer",
            is_operator=role == "operator",
        )
    print(json.dumps({"saved": len(people)}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
