"""Entries as they stand in a log, any number of them, made up without any act behind them.

Of each hundred, the first does not pass the rules, the second is denied, the third is of a mini
program that is denied, and the fourth of a legal entity that is. All others are shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import count

from guazai.feed.records import (
    ConfigRecord,
    DenyRecord,
    ProgramRecord,
    Record,
    Scope,
    VerdictRecord,
)

SURFACE, HOST = "profile_mount", "douyin"
AS_OF = date(2025, 6, 1)
APPS = 50
FAILING, DENIED, APP_DENIED, ENTITY_DENIED = range(4)
DENIED_APP, DENIED_ENTITY = "app_denied", "ent_denied"


def name_of(number: int) -> str:
    """The account of that number."""
    return f"acc{number:07}"


def is_shown(number: int) -> bool:
    """Whether the account's entry is shown."""
    return number % 100 > ENTITY_DENIED


def app_of(number: int) -> str:
    """The mini program that the account's entry opens."""
    denied = {APP_DENIED: DENIED_APP, ENTITY_DENIED: f"app_of_{DENIED_ENTITY}"}
    return denied.get(number % 100, f"app{number % APPS}")


def config(number: int, epoch: int, version: int, page: str = "pages/index/index") -> ConfigRecord:
    """The config of an account; a later version may have another page."""
    account, app = name_of(number), app_of(number)
    return ConfigRecord(SURFACE, HOST, account, epoch, version, True, app, "", page)


def verdict(number: int, version: int) -> VerdictRecord:
    """The verdict on an account."""
    return VerdictRecord(name_of(number), AS_OF, version, number % 100 != FAILING)


def program(app_id: str, epoch: int, version: int, link: str = "sslocal://one") -> ProgramRecord:
    """What all entries of a mini program have in common."""
    entity = DENIED_ENTITY if app_id == f"app_of_{DENIED_ENTITY}" else "ent1"
    link = f"{link}?page={{start_page}}"
    icon = "https://example.com/icon.png"
    return ProgramRecord(SURFACE, app_id, epoch, version, entity, f"App {app_id}", icon, link)


def records(entries: int, epoch: int) -> Iterator[Record]:
    """All records of so many entries; the version of each is its revision."""
    version = count(1)
    for app_id in (
        DENIED_APP,
        f"app_of_{DENIED_ENTITY}",
        *(f"app{number}" for number in range(APPS)),
    ):
        yield program(app_id, epoch, next(version))
    for scope, target in (
        (Scope.MINI_PROGRAM, DENIED_APP),
        (Scope.LEGAL_ENTITY, DENIED_ENTITY),
    ):
        yield DenyRecord(scope, SURFACE, target, epoch, next(version), denied=True)
    for number in range(entries):
        yield config(number, epoch, next(version))
        yield verdict(number, next(version))
        if number % 100 == DENIED:
            target = name_of(number)
            yield DenyRecord(Scope.ACCOUNT, SURFACE, target, epoch, next(version), denied=True)
