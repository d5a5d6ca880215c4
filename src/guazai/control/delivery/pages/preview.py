"""Profile pages as visitors see them, or would see them, and QR codes that lead there.

What is live is read from the resolver and nowhere else; a draft and a change are shown to those
whose they are, and say that they are not live.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import httpx
import segno
import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from guazai.control.binding import queries as bindings
from guazai.control.delivery.pages.layout import own_page, page, render
from guazai.control.directory import queries as directory
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import NOT_FOUND
from guazai.control.landing import actions as landing_actions
from guazai.control.landing import queries as landing
from guazai.control.surfaces import registry
from guazai.control.surfaces.registry import Surface

if TYPE_CHECKING:
    from guazai.control.directory.models import DouyinAccount, MiniProgram

log = structlog.get_logger(__name__)
TIMEOUT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Resolved:
    """What the resolver answered: an entry, none, or (`is_known` false) nothing to go by."""

    entry: Mapping[str, Any] | None
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class Preview:
    """An entry that need not be live, on the profile page of its account, found at `address`."""

    account: DouyinAccount
    entry: Mapping[str, str]
    address: str
    is_live: bool = False


@page("GET")
def live(request: HttpRequest, aweme_id: str) -> HttpResponse:
    """The profile page of an account, for everybody."""
    account = directory.any_account(aweme_id)
    surface = registry.get(registry.PROFILE_MOUNT)
    context = {"account": account, "resolved": _resolve(account.pk, surface)}
    return render(request, "pages/preview.html", context)


@own_page("GET")
def draft(request: HttpRequest, who: Actor, aweme_id: str) -> HttpResponse:
    """The profile page as a title would make it look, for those who may submit that title."""
    return _show(request, _draft(who, aweme_id, request.GET))


@own_page("GET")
def change(request: HttpRequest, who: Actor, aweme_id: str, change_id: str) -> HttpResponse:
    """The profile page with a change that was submitted, for its developers and for reviewers."""
    return _show(request, _change(who, aweme_id, {"change_id": change_id}))


@page("GET")
def qr(request: HttpRequest, aweme_id: str) -> HttpResponse:
    """A QR code of one of these pages, for whoever may open that page."""
    of = request.GET.get("of", "")
    if of == "live":
        return _code(_address(directory.any_account(aweme_id).pk))
    if of not in PREVIEWS:
        raise NOT_FOUND()
    return _code_of_preview(request, aweme_id=aweme_id, of=of)


@own_page("GET")
def _code_of_preview(request: HttpRequest, who: Actor, aweme_id: str, of: str) -> HttpResponse:
    return _code(PREVIEWS[of](who, aweme_id, request.GET).address)


def _code(address: str) -> HttpResponse:
    out = BytesIO()
    code = segno.make_qr(f"{settings.CONFIG.public_url}{address}")
    code.save(out, kind="svg", scale=4, light="#fff")
    return HttpResponse(out.getvalue(), content_type="image/svg+xml")


def _show(request: HttpRequest, preview: Preview) -> HttpResponse:
    context = {
        "account": preview.account,
        "resolved": Resolved(preview.entry),
        "preview": preview,
        "is_bare": True,
    }
    return render(request, "pages/preview.html", context)


def _draft(who: Actor, aweme_id: str, query: Mapping[str, str]) -> Preview:
    """Raises `not_found` without an active binding, `landing_text_invalid` for the title."""
    surface, title = registry.get(registry.PROFILE_MOUNT), query.get("title", "")
    app = directory.mini_program(who, query.get("app_id", ""))
    binding = bindings.active(app.pk, aweme_id, surface)
    if binding is None:
        raise NOT_FOUND()
    landing_actions.require_title(surface, title)
    fields = urlencode({"app_id": app.pk, "title": title})
    address = f"{_address(aweme_id)}/draft?{fields}"
    return Preview(binding.account, _entry(app, title), address)


def _change(who: Actor, aweme_id: str, query: Mapping[str, str]) -> Preview:
    """Raises `not_found` alike for absent changes, and for those of others or other accounts."""
    rows = landing.changes().filter(account=aweme_id, pk=query.get("change_id", ""))
    found = rows.first()
    if found is None or not (who.is_reviewer or found.mini_program.entity_id in who.entities):
        raise NOT_FOUND()
    address = f"{_address(aweme_id)}/changes/{found.pk}"
    shown = landing.live_change(aweme_id, registry.get(found.surface))
    entry = _entry(found.mini_program, found.title)
    return Preview(found.account, entry, address, is_live=found == shown)


#: What a preview shows, and a QR code may lead to, by its name in an address.
PREVIEWS: Mapping[str, Callable[[Actor, str, Mapping[str, str]], Preview]] = {
    "draft": _draft,
    "change": _change,
}


def _address(aweme_id: str) -> str:
    return f"/p/{quote(aweme_id, safe='')}"


def _entry(app: MiniProgram, title: str) -> dict[str, str]:
    """What the page shows of an entry, in the resolver's words."""
    return {"title": title or app.name, "app_name": app.name, "icon_url": app.icon_url}


def _resolve(aweme_id: str, surface: Surface) -> Resolved:
    url = f"{settings.CONFIG.resolver_url}/v1/entries/{quote(aweme_id, safe='')}"
    place = {"surface": surface.key, "host": surface.hosts[0]}
    try:
        with httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False, verify=_trusted()) as client:
            answer = client.get(url, params=place, follow_redirects=False).raise_for_status()
        return Resolved(answer.json() if answer.status_code == httpx.codes.OK else None)
    except (httpx.HTTPError, ValueError) as error:
        log.warning("preview.resolver_unreachable", error=type(error).__name__)
        return Resolved(None, is_known=False)


@cache
def _trusted() -> ssl.SSLContext:
    # Made once: reading the certificates takes longer than the whole exchange.
    return ssl.create_default_context()
