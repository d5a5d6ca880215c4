"""What an outbox key can name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from guazai.feed.records import Scope


class KeyKind(StrEnum):
    """What the relay reads again when it meets a key of this kind."""

    #: The configuration of one account's entries.
    ENTRY = "entry"
    #: One account's verdict under the creator rules.
    VERDICT = "verdict"
    #: Whether something is closed for all its entries; key is ``scope:target``.
    DENY = "deny"
    #: What all entries of one mini program have in common: its name, icon and legal entity.
    MINI_PROGRAM = "mini_program"
    #: Every entry of one mini program: its published version may have other pages.
    PAGES = "pages"


class NoticeKind(StrEnum):
    """What those outside may have to be told of, and what the key of such a notice names."""

    #: An act: its audit event, which never changes.
    EVENT = "event"
    #: An account on which an entry may have appeared or vanished.
    VISIBILITY = "visibility"
    #: A deny laid or lifted: ``scope:target``, with ``:aweme_id`` where it is told up to there.
    CLOSED = "closed"
    #: A message to a legal entity's inbox.
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Key:
    """One outbox key; urgent ones are published first.

    `hides` says that the act makes a condition fail that held, so that something is hidden: it is
    a takedown (V3), on `surface` alone, or on all where that is empty. What opens, or changes
    nothing, does not hide: all that is hidden anew vanishes until the edge is told.
    """

    kind: KeyKind
    key: str
    is_urgent: bool = False
    hides: bool = False
    surface: str = ""


def entry(aweme_id: str, *, is_urgent: bool = False, hides: bool = False, surface: str = "") -> Key:
    """The entries on the account `aweme_id`."""
    return Key(KeyKind.ENTRY, aweme_id, is_urgent or hides, hides, surface)


def verdict(aweme_id: str, *, is_urgent: bool = False, hides: bool = False) -> Key:
    """The verdict on the account `aweme_id`."""
    return Key(KeyKind.VERDICT, aweme_id, is_urgent or hides, hides)


def deny(scope: Scope, target: str, *, hides: bool = False, surface: str = "") -> Key:
    """Whether `target` is closed; always urgent."""
    return Key(KeyKind.DENY, f"{scope}:{target}", is_urgent=True, hides=hides, surface=surface)


def reach(kind: KeyKind, key: str) -> tuple[Scope, str]:
    """What a key that hides hides: its scope and target."""
    if kind is KeyKind.DENY:
        scope, _, target = key.partition(":")
        return Scope(scope), target
    return Scope.ACCOUNT, key


def mini_program(app_id: str) -> Key:
    """What all entries of the mini program `app_id` have in common."""
    return Key(KeyKind.MINI_PROGRAM, app_id)


def pages(app_id: str) -> Key:
    """The pages that the mini program `app_id` has published."""
    return Key(KeyKind.PAGES, app_id)
