"""What every page shares: who reads it, the frame around it, and how a refusal is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render as render_template
from django.utils.translation import get_language

from guazai.control.delivery.pages.texts import HINTS, TEXTS, TITLES
from guazai.control.inbox import queries as inbox
from guazai.control.inbox.states import RecipientKind
from guazai.control.kernel.actor import Actor, ActorKind
from guazai.control.kernel.doors import READS, actor_of
from guazai.control.kernel.errors import (
    INTERNAL,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    VALIDATION_FAILED,
    Problem,
)
from guazai.control.kernel.http import is_storable

View = Callable[..., HttpResponse]


def person_of(request: HttpRequest) -> Actor | None:
    """The person who is logged in; a machine's token opens no page."""
    who = actor_of(request)
    return who if who and who.kind is ActorKind.PERSON else None


def is_of_console(who: Actor) -> bool:
    """Whether the console has anything for this person: a developer, reviewer or operator."""
    return bool(who.entities) or who.is_reviewer or who.is_operator


def home_of(who: Actor) -> str:
    """Where a person begins: the console, or the owner's own page for whom that has nothing."""
    return "/" if is_of_console(who) else "/me"


def render(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """The page `template` in its frame."""
    who = person_of(request)
    frame = {
        "who": who,
        "is_of_console": who is not None and is_of_console(who),
        "is_owner": who is not None and (bool(who.accounts) or not is_of_console(who)),
        "home": home_of(who) if who else "/",
        "login": request.user.get_username() if who else "",
        "unread": _unread(who) if who else 0,
    }
    return _framed(request, template, {**frame, **(context or {})}, status)


def refuse(request: HttpRequest, problem: Problem) -> HttpResponse:
    """`problem` as a page. An internal error is told without asking who reads it."""
    # The code's parts one by one: a template would call the code, which makes a new problem.
    name, status = problem.code.name, problem.code.status
    context = {
        "code": name,
        "status": status,
        "title": TITLES.get(name, TEXTS["refused"]),
        "detail": TEXTS["not_found_text"] if problem.code is NOT_FOUND else problem.detail,
        "errors": problem.errors,
        "hint": HINTS.get(name, ""),
        "request_id": getattr(request, "request_id", ""),
    }
    if problem.code is INTERNAL:
        return _framed(request, "pages/refused.html", context, status)
    return render(request, "pages/refused.html", context, status=status)


def page(*methods: str) -> Callable[[View], View]:
    """A page that anybody may open by `methods`; what it refuses is shown as a page too."""
    allowed = {*methods, *(["HEAD"] if "GET" in methods else [])}

    def decorate(view: View) -> View:
        @wraps(view)
        def handle(request: HttpRequest, **kwargs: str) -> HttpResponse:
            if request.method not in allowed:
                response = refuse(request, METHOD_NOT_ALLOWED())
                response["Allow"] = ", ".join(sorted(allowed))
                return response
            try:
                if not is_storable(list(request.POST.values())):
                    raise VALIDATION_FAILED()
                return view(request, **kwargs)
            except Problem as problem:
                return refuse(request, problem)

        return handle

    return decorate


def own_page(*methods: str) -> Callable[[View], View]:
    """A page for a person, who logs in first and then comes back to it."""

    def decorate(view: View) -> View:
        @page(*methods)
        @wraps(view)
        def handle(request: HttpRequest, **kwargs: str) -> HttpResponse:
            who = person_of(request)
            if who is None:
                back = urlencode({"next": _address(request)})
                return HttpResponseRedirect(f"{settings.LOGIN_URL}?{back}")
            return view(request, who, **kwargs)

        return handle

    return decorate


def _framed(
    request: HttpRequest, template: str, context: Mapping[str, Any], status: int
) -> HttpResponse:
    frame = {
        "language": "en" if (get_language() or "").startswith("en") else "zh-Hans",
        "is_demo": settings.CONFIG.is_demo,
        "home": "/",
        # A frame of the console's has its own head and foot around the page.
        "is_bare": request.headers.get("Sec-Fetch-Dest") == "iframe",
        "here": _address(request),
        "section": "messages" if request.path == "/me/messages" else "me",
    }
    return render_template(request, template, {**frame, **context}, status=status)


def _address(request: HttpRequest) -> str:
    """Where this page can be opened again."""
    return request.get_full_path() if request.method in READS else request.path


def _unread(who: Actor) -> int:
    messages = inbox.messages(RecipientKind.ACCOUNT, who.accounts)
    return messages.filter(read_at__isnull=True).count()
