"""Who acts: a person, a machine with a token, or the platform itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class ActorKind(StrEnum):
    """The three kinds of actors that an audit event can name."""

    PERSON = "person"
    MACHINE = "machine"
    SYSTEM = "system"


class Scope(StrEnum):
    """What a machine's token may do."""

    HOST_WRITE = "host:write"
    DEVELOPER_READ = "developer:read"
    DEVELOPER_WRITE = "developer:write"


@dataclass(frozen=True, slots=True)
class Actor:
    """An authenticated principal with what it stands for, resolved once per request.

    `entities` are the legal entities that a person is a member of, `accounts` the Douyin accounts
    that the person owns; `app_id` is the one mini program that a developer's token is bound to.
    """

    kind: ActorKind
    id: str
    is_reviewer: bool = False
    is_operator: bool = False
    entities: frozenset[str] = field(default_factory=frozenset)
    accounts: frozenset[str] = field(default_factory=frozenset)
    scopes: frozenset[str] = field(default_factory=frozenset)
    app_id: str = ""
    request_id: str = ""


def system(name: str) -> Actor:
    """The platform acting by itself, e.g. ``system("worker")``."""
    return Actor(ActorKind.SYSTEM, name)
