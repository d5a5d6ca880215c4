"""Links that open a page of a mini program: making them, and forgetting those that are over."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote, urlencode

from django.db.models import F

from guazai.control.directory import queries as directory
from guazai.control.journal.actions import act
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor
from guazai.control.openapi import queries
from guazai.control.openapi.errors import (
    LINK_EXPIRY_INVALID,
    LINK_PAGE_INVALID,
    LINK_QUERY_INVALID,
    LINK_QUOTA_REACHED,
)
from guazai.control.openapi.models import LinkUse, UrlLink
from guazai.control.openapi.states import HostApp

if TYPE_CHECKING:
    from guazai.control.directory.models import MiniProgram

LINKS_PER_DAY = 500_000
LONGEST_LIFE = timedelta(days=180)
HOUR = timedelta(hours=1)
#: How long a link that has expired still says so.
KEPT = timedelta(days=30)
MAX_QUERY = 1024
QUERY = re.compile(r"[0-9A-Za-z\"{}!#$&'()*+,/:;=?@\-._~%]*")


@dataclass(frozen=True, slots=True)
class Target:
    """What a link is to open: a page, empty for home, and the text of a JSON object for it."""

    page_path: str
    query: str


def generate(
    who: Actor,
    app: MiniProgram,
    target: Target,
    *,
    host_app: HostApp | None,
    expires_at: datetime | None,
) -> UrlLink:
    """A link to a page; a URL for one host app, or without one a schema, which need not expire.

    It expires on the full hour after now that is not before `expires_at`. Raises
    `mini_program_closed`, `link_page_invalid`, `link_query_invalid`, `link_expiry_invalid`,
    `link_quota_reached`.
    """
    queries.require_open(app)
    made = UrlLink(
        mini_program=app,
        host_app=host_app or "",
        page_path=_page(app, target.page_path),
        query=_query(target.query),
        created_at=clock.now(),
    )
    if expires_at is not None:
        made.expires_at = _rounded_up(made.created_at, expires_at)
    with act(who) as done:
        _count(app)
        made.save(force_insert=True)
        done.record(
            "openapi.generate_link",
            "url_link",
            made.pk,
            after={
                "app_id": app.pk,
                "host_app": made.host_app,
                "page_path": made.page_path,
                "expires_at": made.expires_at,
            },
        )
    return made


def forget_old(limit: int = 5000) -> int:
    """Delete links a month after they expired, and the counters of days past; how many links."""
    now = clock.now()
    over = UrlLink.objects.filter(expires_at__lt=now - KEPT).order_by("expires_at")
    rows, _ = UrlLink.objects.filter(
        pk__in=list(over.values_list("pk", flat=True)[:limit])
    ).delete()
    LinkUse.objects.filter(day__lt=clock.today()).delete()
    return rows


def _page(app: MiniProgram, path: str) -> str:
    pages = directory.pages(app)
    page = path.removeprefix("/")
    if not pages or (path and page not in pages):
        raise LINK_PAGE_INVALID()
    return page


def _query(text: str) -> str:
    if not text:
        return ""
    if len(text) > MAX_QUERY or QUERY.fullmatch(text) is None:
        raise LINK_QUERY_INVALID()
    try:
        found = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_int=str,
            parse_float=str,
            parse_constant=_refuse,
        )
    except (ValueError, RecursionError):
        raise LINK_QUERY_INVALID() from None
    if not isinstance(found, dict) or not all(
        isinstance(each, str | bool) for each in found.values()
    ):
        raise LINK_QUERY_INVALID()
    return urlencode({key: _plain(value) for key, value in found.items()}, quote_via=quote)


def _plain(value: str | bool) -> str:
    return value if isinstance(value, str) else str(value).lower()


def _unique(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key twice")
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _rounded_up(now: datetime, wanted: datetime) -> datetime:
    if not now < wanted <= now + LONGEST_LIFE:
        raise LINK_EXPIRY_INVALID()
    hours = -((now - wanted) // HOUR)
    return now + hours * HOUR


def _count(app: MiniProgram) -> None:
    row, _ = LinkUse.objects.get_or_create(
        mini_program=app, day=clock.today(), defaults={"quota": LINKS_PER_DAY}
    )
    if not LinkUse.objects.filter(pk=row.pk, used__lt=F("quota")).update(used=F("used") + 1):
        raise LINK_QUOTA_REACHED()
