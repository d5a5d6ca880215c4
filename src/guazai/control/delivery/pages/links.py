"""What is opened from outside, by anybody: a mini program's link, and a consent code's picture."""

from __future__ import annotations

from io import BytesIO

import segno
from django.http import HttpRequest, HttpResponse

from guazai.control.binding import queries as bindings
from guazai.control.binding.answers import consent_url
from guazai.control.delivery.pages.layout import page, render
from guazai.control.kernel.errors import NOT_FOUND
from guazai.control.openapi import queries as openapi
from guazai.control.openapi.errors import LINK_CLOSED, LINK_EXPIRED

#: Of a picture, in its own units: one module of the code, and the room for the number below it.
MODULE, BELOW = 8, 96


@page("GET")
def link(request: HttpRequest, link_id: str) -> HttpResponse:
    """The mini program that a link opens, with the button that opens it in its app."""
    found = openapi.link(link_id)
    if not found.host_app:
        raise NOT_FOUND()
    if openapi.is_link_expired(found):
        raise LINK_EXPIRED()
    if openapi.is_closed(found.mini_program):
        raise LINK_CLOSED()
    opener = openapi.host_opener_of(found)
    context = {"app": found.mini_program, "link": found, "opener": opener}
    return render(request, "pages/link.html", context)


@page("GET")
def code(request: HttpRequest, raw: str) -> HttpResponse:
    """A consent code as a picture: its QR code, and the number to type below it."""
    found = bindings.shown_code(raw)
    out = BytesIO()
    qr = segno.make_qr(consent_url(raw))
    qr.save(out, kind="svg", scale=MODULE, light="#fff", xmldecl=False)
    size = qr.symbol_size(scale=MODULE)[0]
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size + BELOW}"'
        f' viewBox="0 0 {size} {size + BELOW}"><rect width="100%" height="100%" fill="#fff"/>'
        f'{out.getvalue().decode()}<text x="{size // 2}" y="{size + BELOW // 2}" fill="#000"'
        ' text-anchor="middle" font-family="sans-serif" font-weight="bold"'
        f' font-size="{BELOW * 3 // 4}">{found.match_number}</text></svg>'
    )
    return HttpResponse(picture, content_type="image/svg+xml")
