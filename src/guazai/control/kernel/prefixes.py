"""Finding rows by how a text begins, as an index allows on both databases."""

from __future__ import annotations

from django.db import connection
from django.db.models import Q

#: Sorts behind every character that a text goes on with.
LAST = "\U0010ffff"


def begins(field: str, prefix: str) -> Q:
    """Whether the text in `field`, which has an index, begins with `prefix`.

    PostgreSQL seeks it in the index that Django makes beside that of a text, for patterns: its
    order of texts is a language's, in which a prefix is no range. SQLite's is that of code points,
    in which it is one, and it has no index for patterns.
    """
    if connection.vendor == "postgresql":
        return Q(**{f"{field}__startswith": prefix})
    return Q(**{f"{field}__gte": prefix, f"{field}__lt": prefix + LAST})
