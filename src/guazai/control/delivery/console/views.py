"""Serves the console's one page to who has something to do in it."""

from __future__ import annotations

from functools import cache

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from guazai.control.delivery.console import DIST
from guazai.control.delivery.pages.layout import is_of_console, own_page
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


@own_page("GET")
def index(request: HttpRequest, who: Actor, rest: str = "") -> HttpResponse:
    """The console; an account's owner who has no part in it has pages of their own."""
    if request.path == "/" and who.accounts and not is_of_console(who):
        return HttpResponseRedirect(OWNERS_HOME)
    return HttpResponse(html())


@cache
def html() -> bytes:
    """The built page; read once. Raises `console_not_built`."""
    try:
        return (DIST / "index.html").read_bytes()
    except FileNotFoundError:
        raise NOT_BUILT() from None
