"""Public ids: a short prefix that names the thing, and a time-ordered ULID."""

from __future__ import annotations

import secrets
from functools import partial
from typing import Annotated

from pydantic import StringConstraints
from ulid import ULID

from guazai.policy.limits import EXTERNAL_PATTERN

#: Longest id that the platform itself makes: prefix, underscore, 26 characters.
LENGTH = 32
#: An id that comes from outside (aweme_id, app_id, entity_id).
ExternalId = Annotated[str, StringConstraints(pattern=EXTERNAL_PATTERN)]


def new(prefix: str) -> str:
    """A new id such as ``bnd_01J…``; ids made later sort later."""
    return f"{prefix}_{ULID()}"


def factory(prefix: str) -> partial[str]:
    """A default for a primary key that migrations can serialise."""
    return partial(new, prefix)


def secret(size: int = 24) -> str:
    """A random URL-safe secret of `size` bytes."""
    return secrets.token_urlsafe(size)
