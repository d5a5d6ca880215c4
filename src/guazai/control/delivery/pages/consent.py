"""The page behind the QR code: who asks for the account, what is granted, and the consent (B5)."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from guazai.control.binding import actions as binding
from guazai.control.binding import queries as bindings
from guazai.control.binding.states import Side
from guazai.control.delivery.pages.layout import own_page, render
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor
from guazai.control.surfaces import registry

NUMBER = re.compile(r"[0-9]{2}")


@own_page("GET", "POST")
def consent(request: HttpRequest, who: Actor, raw: str) -> HttpResponse:
    """Show the request that the code stands for; consent with the number on the other screen.

    What is not two digits is asked for again: it cannot be the number, and spends no code.
    """
    code = bindings.usable_code(who, raw)
    typed = request.POST.get("match_number", "").strip()
    is_number = NUMBER.fullmatch(typed) is not None
    if request.method == "POST" and is_number:
        bound = binding.consent(who, raw, typed)
        return HttpResponseRedirect(f"/me/bindings/{bound.pk}")
    request_ = code.binding
    app = request_.mini_program
    context = {
        "binding": request_,
        "surface": registry.get(request_.surface),
        "code": code,
        "ends_on": bindings.ends_on(request_),
        "seconds_left": int((code.expires_at - clock.now()).total_seconds()),
        "is_number_missing": request.method == "POST",
        "available": bindings.available_actions(
            request_,
            Side.OWNER,
            is_blocked=bindings.is_blocked(app, request_.account),
            has_code=True,
        ),
    }
    return render(
        request, "pages/consent.html", context, status=422 if request.method == "POST" else 200
    )
