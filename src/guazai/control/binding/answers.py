"""The shapes of codes, limits and clearances, for whoever is answered them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import segno
from django.conf import settings

from guazai.control.binding import queries
from guazai.control.directory import queries as directory
from guazai.control.kernel.http import Out
from guazai.control.surfaces.registry import BindingKind, Surface

if TYPE_CHECKING:
    from guazai.control.binding.actions import IssuedCode
    from guazai.control.binding.models import EnterpriseClearance
    from guazai.control.directory.models import MiniProgram


class CodeOut(Out):
    """What to show to the owner: the link or its QR code, and beside it the number to type."""

    url: str
    match_number: str
    expires_at: datetime
    qr_svg: str


class QuotaOut(Out):
    """How much of one kind's quota is used; requests awaiting consent count."""

    kind: BindingKind
    used: int
    quota: int
    left: int


class UnbindsOut(Out):
    """This month's unbinds; `next_at` is set where none is left."""

    month: str
    used: int
    quota: int
    left: int
    next_at: datetime | None


class LimitsOut(Out):
    """Every limit on the bindings of a mini program."""

    kinds: list[QuotaOut]
    unbinds: UnbindsOut


class ClearanceOut(Out):
    """A clearance that support recorded."""

    id: str
    aweme_id: str
    nickname: str
    app_id: str
    app_name: str
    by: str
    by_name: str
    reason: str
    created_at: datetime
    available_actions: list[str]


def consent_url(raw: str) -> str:
    """The page that the code `raw` opens for the account's owner."""
    return f"{settings.CONFIG.public_url}/c/{raw}"


def code_out(issued: IssuedCode) -> CodeOut:
    """A code just made, as it is answered."""
    url = consent_url(issued.raw)
    return CodeOut(
        url=url,
        match_number=issued.match_number,
        expires_at=issued.expires_at,
        qr_svg=segno.make_qr(url).svg_inline(scale=4),
    )


def clearance_out(clearance: EnterpriseClearance) -> ClearanceOut:
    """A clearance as it is answered."""
    return ClearanceOut(
        id=clearance.pk,
        aweme_id=clearance.account_id,
        nickname=clearance.account.nickname,
        app_id=clearance.mini_program_id,
        app_name=clearance.mini_program.name,
        by=clearance.by,
        by_name=directory.name_of_actor(clearance.by),
        reason=clearance.reason,
        created_at=clearance.created_at,
        available_actions=["revoke"],
    )


def quota_out(state: queries.QuotaState) -> QuotaOut:
    """How much of a quota is used, as it is answered."""
    return QuotaOut(kind=state.kind, used=state.used, quota=state.quota, left=state.left)


def unbinds_out(state: queries.UnbindState) -> UnbindsOut:
    """The month's unbinds as it is answered."""
    return UnbindsOut(
        month=state.month,
        used=state.used,
        quota=state.quota,
        left=state.left,
        next_at=state.next_at,
    )


def limits_out(app: MiniProgram, surface: Surface) -> LimitsOut:
    """How many more bindings and unbinds are possible (B4, B6)."""
    return LimitsOut(
        kinds=[quota_out(state) for state in queries.quotas(app, surface)],
        unbinds=unbinds_out(queries.unbinds(app, surface)),
    )
