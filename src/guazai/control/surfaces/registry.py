"""Surfaces are declared here and nowhere else (S1). A new one is a new `Surface` in `SURFACES`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from django.db import models

from guazai.control.kernel.errors import NOT_FOUND
from guazai.control.kernel.texts import Text
from guazai.feed.codec import start_page

PROFILE_MOUNT = "profile_mount"


class BindingKind(models.TextChoices):
    """How a mini program can be tied to a Douyin account (B1)."""

    BRAND = "brand", "品牌号"
    EMPLOYEE = "employee", "员工号"
    COOPERATION = "cooperation", "合作号"


@dataclass(frozen=True, slots=True)
class Surface:
    """One place where entries appear.

    `min_credit_score` is the admission condition besides being online (C1); `quotas` gives the
    binding kinds and their default quotas per mini program (B1, B4); `review_working_days` is what
    reviewers are given (C3); `title_length` bounds an entry's title; `link` opens the mini program.
    One account shows one entry of a surface (L4).
    """

    key: str
    name: Text
    hosts: tuple[str, ...]
    min_credit_score: int
    quotas: Mapping[BindingKind, int]
    unbinds_per_month: int
    review_working_days: int
    title_length: int
    link: str

    def link_of(self, app_id: str) -> str:
        """The link that opens a page of the mini program; `{start_page}` is the page, quoted."""
        return self.link.format(app_id=quote(app_id), start_page="{start_page}")

    def link_to(self, app_id: str, page_path: str, query: str) -> str:
        """The link that opens `page_path` of the mini program."""
        return self.link_of(app_id).replace("{start_page}", start_page(page_path, query))


SURFACES: Mapping[str, Surface] = {
    surface.key: surface
    for surface in (
        Surface(
            key=PROFILE_MOUNT,
            name=Text("抖音个人页挂载", "Douyin profile mount"),
            hosts=("douyin",),
            min_credit_score=60,
            quotas={BindingKind.BRAND: 1, BindingKind.EMPLOYEE: 20},
            unbinds_per_month=5,
            review_working_days=3,
            title_length=20,
            link="sslocal://microapp?app_id={app_id}&start_page={start_page}&scene=profile_mount",
        ),
    )
}


def get(key: str) -> Surface:
    """The surface `key`; raises `not_found`."""
    try:
        return SURFACES[key]
    except KeyError:
        raise NOT_FOUND() from None
