"""Links that open a page of a mini program: their only writer, and who reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db.models import F

from guazai.control.directory import queries as directory
from guazai.control.entry import queries as entries
from guazai.control.journal.actions import act
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import NOT_FOUND
from guazai.control.openapi.errors import (
    LINK_EXPIRY_INVALID,
    LINK_PAGE_INVALID,
    LINK_QUERY_INVALID,
    LINK_QUOTA_REACHED,
    MINI_PROGRAM_CLOSED,
)
from guazai.control.openapi.models import LinkUse, UrlLink
from guazai.control.openapi.states import HOST_SCHEMES, HostApp
from guazai.feed.codec import start_page
from guazai.feed.records import Scope

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


def is_closed(app: MiniProgram) -> bool:
    """Whether a mini program is offline, or denied by an operator on any level above accounts."""
    above = [
        (Scope.MINI_PROGRAM, app.pk),
        (Scope.LEGAL_ENTITY, app.entity_id),
        (Scope.GLOBAL, ""),
    ]
    return not app.is_online or bool(entries.denied(above))


def require_open(app: MiniProgram) -> None:
    """Raises `mini_program_closed`."""
    if is_closed(app):
        raise MINI_PROGRAM_CLOSED()


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
    require_open(app)
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


def find(link_id: str) -> UrlLink:
    """A link, expired ones too; raises `not_found`."""
    rows = UrlLink.objects.select_related("mini_program__entity", "mini_program__published_version")
    found = rows.filter(pk=link_id).first()
    if found is None:
        raise NOT_FOUND()
    return found


def is_expired(link: UrlLink) -> bool:
    """Whether its time is over."""
    return link.expires_at is not None and link.expires_at <= clock.now()


def is_live(link: UrlLink) -> bool:
    """Whether it opens its mini program now."""
    return not is_expired(link) and not is_closed(link.mini_program)


def page_of(link: UrlLink) -> str:
    """The page that it opens; the home page of now where it names none."""
    return link.page_path or next(iter(directory.pages(link.mini_program)), "")


def address(link: UrlLink) -> str:
    """The page of a URL link on this platform."""
    return f"{settings.CONFIG.public_url}/l/{link.pk}"


def opener(link: UrlLink, scheme: str = "sslocal") -> str:
    """The address by which a host app opens the mini program."""
    app_id, page = quote(link.mini_program_id), start_page(page_of(link), link.query)
    return f"{scheme}://microapp?app_id={app_id}&start_page={page}&link_id={link.pk}"


def host_opener(link: UrlLink) -> str:
    """The same, in the host app that a URL link is for."""
    return opener(link, HOST_SCHEMES[HostApp(link.host_app)])


def clean_up(limit: int = 5000) -> int:
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
