"""The start page, logging in and out."""

from __future__ import annotations

from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from guazai.control.delivery.pages.layout import page, person_of, render
from guazai.control.directory import actions as directory
from guazai.control.kernel.errors import Problem

HOME = "/me"


@page("GET")
def start(request: HttpRequest) -> HttpResponse:
    """Owners go to their own page, others find the ways in."""
    who = person_of(request)
    if who and who.accounts:
        return HttpResponseRedirect(HOME)
    return render(request, "pages/start.html")


@page("GET", "POST")
def log_in(request: HttpRequest) -> HttpResponse:
    """Log in, and go back to the page that asked for it."""
    back = _own_address(request, request.POST.get("next") or request.GET.get("next", ""))
    if request.method != "POST":
        if person_of(request):
            return HttpResponseRedirect(back)
        return render(request, "pages/login.html", {"next": back})
    typed = request.POST.get("login", "").strip()
    try:
        person = directory.admit(
            typed, request.POST.get("password", ""), request.META.get("REMOTE_ADDR", "")
        )
    except Problem as problem:
        context = {"next": back, "typed": typed, "problem": problem}
        response = render(request, "pages/login.html", context, status=problem.code.status)
        if "retry_after" in problem.extra:
            response["Retry-After"] = str(problem.extra["retry_after"])
        return response
    login(request, person)
    return HttpResponseRedirect(back)


@page("POST")
def log_out(request: HttpRequest) -> HttpResponse:
    """Log out."""
    logout(request)
    return HttpResponseRedirect("/login")


def _own_address(request: HttpRequest, address: str) -> str:
    """`address` if it is one of ours, else the home page: nobody is sent elsewhere by a link."""
    is_own = url_has_allowed_host_and_scheme(
        address, {request.get_host()}, require_https=request.is_secure()
    )
    return address if is_own else HOME
