"""Reading slots, changes and share links, and the records of the management page (L5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, OuterRef, QuerySet, Subquery

from guazai.control.binding import queries as bindings
from guazai.control.binding.states import BindingStatus
from guazai.control.capability import queries as capability
from guazai.control.directory import queries as directory
from guazai.control.eligibility import queries as eligibility
from guazai.control.eligibility.states import JudgementStatus
from guazai.control.journal import queries as journal
from guazai.control.kernel.errors import NOT_FOUND
from guazai.control.landing.errors import SLOT_OCCUPIED
from guazai.control.landing.models import LandingChange, LandingSlot, ShareLink
from guazai.control.landing.states import ChangeStatus
from guazai.control.surfaces import registry
from guazai.control.surfaces.registry import Surface

if TYPE_CHECKING:
    from guazai.control.binding.models import Binding
    from guazai.control.directory.models import MiniProgram
    from guazai.control.journal.models import Takedown

#: What a reader of a change needs beside it. Versions are left out: each carries all its pages.
PARTS = ("account", "share_link", "mini_program__entity")
LIVE = tuple(f"live_change__{part}" for part in PARTS)


def share_links(app: MiniProgram) -> QuerySet[ShareLink]:
    """The share links of a mini program that are not removed."""
    return ShareLink.objects.filter(mini_program=app, removed_at__isnull=True)


def share_link(app: MiniProgram, link_id: str) -> ShareLink:
    """One of them; raises `not_found`."""
    found = share_links(app).filter(pk=link_id).first()
    if found is None:
        raise NOT_FOUND()
    return found


def uses(links: Iterable[ShareLink]) -> dict[str, int]:
    """How many live entries were made from each of `links`; those without any are left out."""
    rows = LandingSlot.objects.filter(live_change__share_link__in=links)
    return dict(rows.values_list("live_change__share_link").annotate(count=Count("pk")))


def share_link_actions(link: ShareLink) -> list[str]:
    """What its developers can do with a share link."""
    return [] if link.removed_at else ["remove"]


def changes() -> QuerySet[LandingChange]:
    """Every change, with what a reader of it needs."""
    return LandingChange.objects.select_related(*PARTS)


def pending() -> QuerySet[LandingChange]:
    """The changes that wait for a reviewer."""
    return changes().filter(status=ChangeStatus.IN_REVIEW)


def in_review(aweme_id: str, surface: Surface) -> LandingChange | None:
    """The account's one change in review, whichever mini program's it is (L3)."""
    return pending().filter(account=aweme_id, surface=surface.key).first()


def history(app: MiniProgram, surface: Surface, aweme_id: str) -> QuerySet[LandingChange]:
    """Every change that a mini program submitted for an account (L5)."""
    return changes().filter(account=aweme_id, mini_program=app, surface=surface.key)


def change(app: MiniProgram, surface: Surface, aweme_id: str, change_id: str) -> LandingChange:
    """One of them; raises `not_found`."""
    found = history(app, surface, aweme_id).filter(pk=change_id).first()
    if found is None:
        raise NOT_FOUND()
    return found


def takedown(app: MiniProgram, surface: Surface, aweme_id: str, takedown_id: str) -> Takedown:
    """The takedown of an entry of `app` on an account; raises `not_found` for all others."""
    found = journal.takedowns_on("account", aweme_id).filter(pk=takedown_id).first()
    live = found.event.before.get("live_change") if found else None
    if found is None or not history(app, surface, aweme_id).filter(pk=live).exists():
        raise NOT_FOUND()
    return found


def slot(aweme_id: str, surface: Surface) -> LandingSlot | None:
    """The account's slot, with what is live in it; None where nothing was ever submitted."""
    return (
        LandingSlot.objects.select_related(*LIVE, "live_change__mini_program__published_version")
        .filter(account=aweme_id, surface=surface.key)
        .first()
    )


def live_change(aweme_id: str, surface: Surface) -> LandingChange | None:
    """The change that is live on the account, whichever mini program's it is (L4)."""
    found = slot(aweme_id, surface)
    return found.live_change if found else None


def live_changes(aweme_ids: Iterable[str], surface: Surface) -> dict[str, LandingChange]:
    """The changes that are live on some accounts, by account."""
    return _live(live_slots(), aweme_ids, surface)


def held_changes(aweme_ids: Iterable[str], surface: Surface) -> dict[str, LandingChange]:
    """Those of them whose binding is still active (L4)."""
    held = live_slots().filter(live_change__binding__status=BindingStatus.ACTIVE)
    return _live(held, aweme_ids, surface)


def held_slots(app: MiniProgram, surface: Surface) -> QuerySet[LandingSlot]:
    """The slots in which a mini program is live, its binding still active (L4)."""
    return live_slots().filter(
        surface=surface.key,
        live_change__mini_program=app,
        live_change__binding__status=BindingStatus.ACTIVE,
    )


def _live(
    slots: QuerySet[LandingSlot], aweme_ids: Iterable[str], surface: Surface
) -> dict[str, LandingChange]:
    rows = slots.filter(surface=surface.key, account__in=list(aweme_ids))
    changes = [slot.live_change for slot in rows.select_related("live_change__account")]
    found = {each.account_id: each for each in changes if each is not None}
    apps = directory.find_mini_programs({each.mini_program_id for each in found.values()})
    for each in found.values():
        # Each mini program once: its version carries all its pages.
        each.mini_program = apps[each.mini_program_id]
    return found


def live_slots() -> QuerySet[LandingSlot]:
    """Every slot with something live in it."""
    return LandingSlot.objects.filter(live_change__isnull=False)


def accounts_of(app_id: str, surface: Surface) -> Iterable[str]:
    """The accounts on which the mini program is live."""
    return (
        live_slots()
        .filter(surface=surface.key, live_change__mini_program=app_id)
        .order_by("account_id")
        .values_list("account_id", flat=True)
        .iterator(chunk_size=2000)
    )


def has_page(change: LandingChange) -> bool:
    """Whether its page is in the published version of its mini program (L7)."""
    return change.page_path in directory.pages(change.mini_program)


def is_held(change: LandingChange) -> bool:
    """Whether the binding under which it was submitted is still active (L4)."""
    found = bindings.active(change.mini_program_id, change.account_id, registry.get(change.surface))
    return found is not None and found.pk == change.binding_id


def require_free(app: MiniProgram, *changes: LandingChange | None) -> None:
    """Raise `slot_occupied` where one of an account's changes keeps `app` out of its slot (L4)."""
    for change in changes:
        if change and change.mini_program_id != app.pk and is_held(change):
            raise SLOT_OCCUPIED()


@dataclass(frozen=True, slots=True)
class Record:
    """One row of the management page: what a bound account shows, and the newest change (L5)."""

    binding: Binding
    live: LandingChange | None
    latest_change: LandingChange | None
    #: The creator rules hide the entry; which of them is not the developer's to know (E5), and
    #: nothing is told before the owner consented.
    is_hidden: bool
    #: The binding is active and the capability granted.
    can_submit: bool
    #: The pages of the mini program's published version.
    pages: frozenset[str]

    @property
    def available_actions(self) -> list[str]:
        """What a developer can do with this record now."""
        latest = self.latest_change
        is_in_review = latest is not None and latest.status == ChangeStatus.IN_REVIEW
        offered = {
            "modify": self.can_submit,
            "remove": self.live is not None or is_in_review,
            "history": True,
            "withdraw": is_in_review,
        }
        return [name for name, is_offered in offered.items() if is_offered]

    def change_actions(self, change: LandingChange) -> list[str]:
        """What a developer can do with one of its changes now."""
        if change.status == ChangeStatus.IN_REVIEW:
            return ["withdraw"]
        return ["resubmit"] if self.can_submit and self.has_page(change) else []

    def has_page(self, change: LandingChange) -> bool:
        """Whether one of its changes has its page in the published version (L7)."""
        return change.page_path in self.pages


def bound(app: MiniProgram, surface: Surface) -> QuerySet[Binding]:
    """The bindings that have a row on the management page: the active ones (L5)."""
    return bindings.of_app(app, surface).filter(status=BindingStatus.ACTIVE)


def records(app: MiniProgram, surface: Surface, rows: Sequence[Binding]) -> list[Record]:
    """The records of some bindings of `app`; as many queries for many as for one (L5)."""
    accounts = [row.account_id for row in rows]
    live = {
        slot.account_id: slot.live_change
        for slot in LandingSlot.objects.select_related(*LIVE).filter(
            surface=surface.key, account__in=accounts, live_change__mini_program=app
        )
    }
    of_record = LandingChange.objects.filter(mini_program=app, surface=surface.key)
    newest = of_record.filter(account=OuterRef("account")).order_by("-submitted_at", "-pk")
    latest = {
        change.account_id: change
        for change in of_record.select_related(*PARTS).filter(
            account__in=accounts, pk=Subquery(newest.values("pk")[:1])
        )
    }
    statuses = eligibility.statuses(row.account for row in rows)
    is_granted = capability.is_granted(app.pk, surface)
    pages = frozenset(directory.pages(app))
    return [
        Record(
            binding=row,
            live=live.get(row.account_id),
            latest_change=latest.get(row.account_id),
            is_hidden=row.status == BindingStatus.ACTIVE
            and statuses[row.account_id] is not JudgementStatus.PASSED,
            can_submit=is_granted and row.status == BindingStatus.ACTIVE,
            pages=pages,
        )
        for row in rows
    ]


def record(app: MiniProgram, surface: Surface, aweme_id: str) -> Record:
    """The record of one account by its newest binding, so that history outlives a binding.

    Raises `not_found` for an account without any binding of `app`.
    """
    found = (
        bindings.of_app(app, surface)
        .filter(account=aweme_id)
        .order_by("-requested_at", "-pk")
        .first()
    )
    if found is None:
        raise NOT_FOUND()
    return records(app, surface, [found])[0]
