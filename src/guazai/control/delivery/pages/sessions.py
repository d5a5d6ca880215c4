"""Logging in and out."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from guazai.control.delivery.pages.layout import home_of, page, person_of, render
from guazai.control.directory import actions as directory
from guazai.control.directory import queries as people
from guazai.control.kernel.errors import NOT_FOUND, Problem
from guazai.control.kernel.texts import Text
from guazai.demo import credentials
from guazai.demo.credentials import Login

if TYPE_CHECKING:
    from guazai.control.directory.models import Person


@dataclass(frozen=True, slots=True)
class DemoPeople:
    """The people of a demo who are of one kind, such as reviewers."""

    kind: str
    #: Each with what they do, in the reader's language.
    people: tuple[tuple[Login, Text], ...]


@page("GET", "POST")
def log_in(request: HttpRequest) -> HttpResponse:
    """Log in, and go back to the page that asked for it.

    In a demo, `demo` names one of its people instead of a login and a password.
    """
    back = _own_address(request, request.POST.get("next") or request.GET.get("next", ""))
    if request.method != "POST":
        if who := person_of(request):
            return HttpResponseRedirect(back or home_of(who))
        return render(request, "pages/login.html", _login_page(back))
    typed = request.POST.get("login", "").strip()
    address = request.META.get("REMOTE_ADDR", "")
    try:
        if "demo" in request.POST:
            chosen = _of_demo(request.POST["demo"])
            person = directory.admit(chosen.login, chosen.password, address)
        else:
            person = directory.admit(typed, request.POST.get("password", ""), address)
    except Problem as problem:
        if problem.code is NOT_FOUND:
            raise
        context = {**_login_page(back), "typed": typed, "problem": problem}
        response = render(request, "pages/login.html", context, status=problem.code.status)
        if "retry_after" in problem.extra:
            response["Retry-After"] = str(problem.extra["retry_after"])
        return response
    login(request, person)
    return HttpResponseRedirect(back or _home(request, person))


@page("POST")
def log_out(request: HttpRequest) -> HttpResponse:
    """Log out."""
    logout(request)
    return HttpResponseRedirect("/login")


def _home(request: HttpRequest, person: Person) -> str:
    request_id: str = request.request_id  # type: ignore[attr-defined]
    return home_of(people.actor_of_person(person, request_id))


def _own_address(request: HttpRequest, address: str) -> str:
    """`address` if it is one of ours, else none: nobody is sent elsewhere by a link."""
    is_own = url_has_allowed_host_and_scheme(
        address, {request.get_host()}, require_https=request.is_secure()
    )
    return address if is_own else ""


def _login_page(back: str) -> dict[str, object]:
    groups = [
        DemoPeople(kind, tuple((each, Text(each.what_zh, each.what)) for each in found))
        for kind, found in groupby(_demo_logins(), key=lambda each: each.kind)
    ]
    return {"next": back, "demo_people": groups}


def _demo_logins() -> tuple[Login, ...]:
    """The people of the demo; nobody outside of demo mode, whatever the state folder holds."""
    known = credentials.load(settings.CONFIG.state) if settings.CONFIG.is_demo else None
    return known.logins if known else ()


def _of_demo(chosen: str) -> Login:
    """One of them; raises `not_found`."""
    for each in _demo_logins():
        if each.login == chosen:
            return each
    raise NOT_FOUND()
