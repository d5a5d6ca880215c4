"""Serves the console's one page to who has something to do in it."""

from __future__ import annotations

from functools import cache
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from guazai.control.delivery.console import DIST
from guazai.control.delivery.pages.layout import page, person_of
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import Code
from guazai.control.kernel.texts import Text

OWNERS_HOME = "/me"
NOT_BUILT = Code(
    "console_not_built",
    503,
    Text(
        "控制台尚未构建:请运行 make start,或 python3 -m scripts.build_console",
        "The console is not built: run make start, or python3 -m scripts.build_console",
    ),
)


@page("GET")
def index(request: HttpRequest, rest: str = "") -> HttpResponse:
    """The console; nobody logs in first, and an account's owner has pages of their own."""
    who = person_of(request)
    if who is None:
        back = urlencode({"next": request.get_full_path()})
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?{back}")
    if request.path == "/" and who.accounts and not _works_here(who):
        return HttpResponseRedirect(OWNERS_HOME)
    return HttpResponse(html())


def _works_here(who: Actor) -> bool:
    return bool(who.entities or who.is_reviewer or who.is_operator)


@cache
def html() -> bytes:
    """The built page; read once. Raises `console_not_built`."""
    try:
        return (DIST / "index.html").read_bytes()
    except FileNotFoundError:
        raise NOT_BUILT() from None
