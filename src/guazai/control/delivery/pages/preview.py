"""A profile page as a visitor sees it, its entry read from the resolver and nowhere else."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx
import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from guazai.control.delivery.pages.layout import page, render
from guazai.control.directory import queries as directory
from guazai.control.surfaces import registry
from guazai.control.surfaces.registry import Surface

log = structlog.get_logger(__name__)
TIMEOUT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Resolved:
    """What the resolver answered: an entry, none, or (`is_known` false) nothing to go by."""

    entry: dict[str, Any] | None
    is_known: bool = True


@page("GET")
def preview(request: HttpRequest, aweme_id: str) -> HttpResponse:
    """The profile page of an account, for everybody."""
    account = directory.any_account(aweme_id)
    surface = registry.get(registry.PROFILE_MOUNT)
    context = {"account": account, "resolved": _resolve(account.pk, surface)}
    return render(request, "pages/preview.html", context)


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
