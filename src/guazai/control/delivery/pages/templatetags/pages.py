"""What the templates of the pages use: texts in two languages, and addresses of static files."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django import template

from guazai.control.delivery.pages.texts import TEXTS

register = template.Library()
STATIC = Path(__file__).resolve().parent.parent / "static"


@register.simple_tag
def say(*key: str, **values: object) -> str:
    """The text that `key` names in the reader's language, its places filled; escaped on its way.

    A key in several parts is joined: ``{% say "status" binding.status %}``.
    """
    return str(TEXTS["_".join(key)].fill(**values))


@register.simple_tag
@cache
def static_file(name: str) -> str:
    """The address of a static file; it changes with the file, so that it may be cached for long."""
    # Joined as text: a literal in a template is a SafeString, which a Path does not take.
    digest = hashlib.sha256(Path(f"{STATIC}/{name}").read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:8]}"


@register.filter
def initial(name: str) -> str:
    """What stands in for a picture: the first character of a name."""
    return name.strip()[:1].upper() or "?"
