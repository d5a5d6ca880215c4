"""The only writer of share links, changes and slots.

Every verb on an account takes its slot's lock first, and any other lock after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from guazai.control.binding import actions as binding_actions
from guazai.control.binding import queries as bindings
from guazai.control.capability import queries as capability
from guazai.control.directory import queries as directory
from guazai.control.inbox import actions as inbox
from guazai.control.journal import keys
from guazai.control.journal.actions import Act, act
from guazai.control.kernel import calendar, clock
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import NOT_FOUND
from guazai.control.kernel.locks import locked
from guazai.control.kernel.reasons import Reason, as_json
from guazai.control.kernel.transitions import move
from guazai.control.landing import checks, queries
from guazai.control.landing.checks import Submission
from guazai.control.landing.content import content_hash as hash_of
from guazai.control.landing.errors import (
    CONTENT_CHANGED,
    NOTHING_TO_REMOVE,
    PAGE_NOT_PUBLISHED,
    SHARE_LINK_NAME_TAKEN,
    SLOT_OCCUPIED,
)
from guazai.control.landing.models import LandingChange, LandingSlot, ShareLink
from guazai.control.landing.states import TRANSITIONS, ChangeStatus
from guazai.control.surfaces import registry
from guazai.control.surfaces.registry import Surface

if TYPE_CHECKING:
    from guazai.control.binding.models import Binding
    from guazai.control.directory.models import DouyinAccount, MiniProgram

NAME_LENGTH = 64


def create_share_link(
    who: Actor, app: MiniProgram, name: str, page_path: str, query: str = ""
) -> ShareLink:
    """Name a page (L1).

    Raises `landing_text_invalid`, `landing_path_invalid`, `share_link_name_taken`.
    """
    checks.require_plain(name, NAME_LENGTH, "name")
    page, canonical = checks.canonical(app, page_path, query)
    with act(who) as done:
        try:
            with transaction.atomic():
                link = ShareLink.objects.create(
                    mini_program=app,
                    name=name,
                    page_path=page,
                    query=canonical,
                    created_by=who.id,
                    created_at=clock.now(),
                )
        except IntegrityError:
            raise SHARE_LINK_NAME_TAKEN() from None
        done.record(
            "landing.create_share_link",
            "share_link",
            link.pk,
            after={"app_id": app.pk, "name": name, "page_path": page, "query": canonical},
        )
    return link


def remove_share_link(who: Actor, link: ShareLink) -> ShareLink:
    """Take a share link away; changes made from it keep their own copy. Raises `not_found`."""
    with act(who) as done:
        link.removed_at = clock.now()
        rows = ShareLink.objects.filter(pk=link.pk, removed_at__isnull=True)
        if not rows.update(removed_at=link.removed_at):
            raise NOT_FOUND()
        done.record("landing.remove_share_link", "share_link", link.pk, before={"name": link.name})
    return link


def submit(
    who: Actor,
    app: MiniProgram,
    surface: Surface,
    account: DouyinAccount,
    *,
    page_path: str | None = None,
    query: str = "",
    share_link: ShareLink | None = None,
    title: str = "",
) -> LandingChange:
    """Put what the entry is to open into review (L1, L2), withdrawing the earlier change (L3).

    Raises `landing_source_ambiguous`, `landing_path_invalid`, `landing_text_invalid`,
    `capability_not_granted`, `binding_not_active`, `slot_occupied` (L4).
    """
    wanted = Submission(app, surface, account, page_path, query, share_link, title)
    for check in wanted.on_content:
        check()
    page, canonical = wanted.page()
    version = app.published_version.number if app.published_version else ""
    content = {"page_path": page, "query": canonical, "title": title, "version": version}
    with act(who) as done:
        slot = _lock_slot(account, surface)
        for check in wanted.on_place:
            check()
        binding = bindings.require_active(app, account, surface)
        _make_room(done, slot, surface)
        submitted_at = clock.now()
        due = calendar.due(submitted_at, surface.review_working_days)
        try:
            with transaction.atomic():
                change = LandingChange.objects.create(
                    account=account,
                    mini_program=app,
                    surface=surface.key,
                    binding=binding,
                    share_link=share_link,
                    **content,
                    content_hash=hash_of(
                        app_id=app.pk, aweme_id=account.pk, surface=surface.key, **content
                    ),
                    submitted_by=who.id,
                    submitted_at=submitted_at,
                    due_on=due.on,
                    due_is_estimated=due.is_estimated,
                )
        except IntegrityError:
            raise SLOT_OCCUPIED() from None
        done.record(
            "landing.submit",
            "landing_change",
            change.pk,
            after={
                "status": change.status,
                **_place(change),
                **content,
                "share_link": share_link.pk if share_link else None,
                "content_hash": change.content_hash,
                "due_on": due.on,
            },
            tells=True,
        )
    return change


def withdraw(who: Actor, change: LandingChange) -> LandingChange:
    """Take a change out of review (已撤销); what is live stays. Raises `wrong_state`."""
    with act(who) as done:
        _lock_slot(change.account, registry.get(change.surface))
        _withdraw(done, change, "withdrawn by its developer")
    return change


def approve(who: Actor, change: LandingChange, content_hash: str) -> LandingChange:
    """Make a change live at once, in place of what was (L2, R8).

    Raises `own_entity` (C8), `content_changed`, `wrong_state`, `binding_not_active`,
    `page_not_published`.
    """
    with act(who) as done:
        slot = _lock_slot(change.account, registry.get(change.surface))
        app = _decide(who, change, "approve", content_hash)
        bindings.require_active(app, change.account, registry.get(change.surface))
        if change.page_path not in directory.pages(app):
            raise PAGE_NOT_PUBLISHED(page_path=change.page_path)
        before = slot.live_change_id
        _point(slot, change)
        _tell(app, change, "landing_approved")
        done.record(
            "landing.approve",
            "landing_change",
            change.pk,
            before={"status": ChangeStatus.IN_REVIEW, "live_change": before},
            after={
                "status": change.status,
                "live_change": change.pk,
                **_place(change),
                "content_hash": content_hash,
            },
            touch=(keys.entry(change.account_id),),
            tells=True,
        )
    return change


def reject(
    who: Actor, change: LandingChange, content_hash: str, reasons: Sequence[Reason]
) -> LandingChange:
    """Refuse a change; what is live stays.

    Raises `own_entity` (C8), `content_changed`, `wrong_state`; `ValueError` without a reason.
    """
    if not reasons:
        raise ValueError("a rejection has at least one reason")
    with act(who) as done:
        _lock_slot(change.account, registry.get(change.surface))
        app = _decide(who, change, "reject", content_hash, reasons=as_json(reasons))
        _tell(app, change, "landing_rejected")
        done.record(
            "landing.reject",
            "landing_change",
            change.pk,
            before={"status": ChangeStatus.IN_REVIEW},
            after={
                "status": change.status,
                **_place(change),
                "content_hash": content_hash,
                "reasons": change.reasons,
            },
            reason="; ".join(reason.text for reason in reasons),
            tells=True,
        )
    return change


def remove(who: Actor, app: MiniProgram, surface: Surface, account: DouyinAccount) -> None:
    """Take a mini program's entry off an account at once, with its change in review (L6).

    Raises `nothing_to_remove`.
    """
    with act(who) as done:
        slot = _lock_slot(account, surface)
        cleared = _clear(done, slot, surface, "its entry was removed", of=app.pk)
        if not cleared:
            raise NOTHING_TO_REMOVE()
        _record_cleared(done, "landing.remove", slot, cleared)


def release(who: Actor, surface: Surface, account: DouyinAccount) -> None:
    """Free an account's slot, whichever mini program holds it: its owner wants it so (L4).

    Raises `nothing_to_remove`.
    """
    with act(who) as done:
        slot = _lock_slot(account, surface)
        cleared = _clear(done, slot, surface, "the account's owner released the slot")
        if not cleared:
            raise NOTHING_TO_REMOVE()
        _record_cleared(done, "landing.release", slot, cleared)
        for change in {change.mini_program_id: change for change in cleared.values()}.values():
            _tell(change.mini_program, change, "slot_released")


def unbind(who: Actor, binding: Binding) -> Binding:
    """End a binding for the developer, with the entry it carried (B6).

    Raises `wrong_state`, `unbind_limit_reached`.
    """
    return _end(who, binding, "landing.unbind", binding_actions.unbind)


def end_binding(who: Actor, binding: Binding) -> Binding:
    """End a binding for the account's owner, with the entry it carried (B5).

    Raises `wrong_state`.
    """
    return _end(who, binding, "landing.end_binding", binding_actions.end)


def lapse_binding(who: Actor, binding: Binding) -> Binding:
    """End a binding whose tie no longer holds, with the entry it carried (B3).

    Raises `wrong_state`.
    """
    return _end(who, binding, "landing.lapse_binding", binding_actions.lapse)


def _end(
    who: Actor, binding: Binding, verb: str, primitive: Callable[[Actor, Binding], Any]
) -> Binding:
    surface = registry.get(binding.surface)
    with act(who) as done:
        slot = _lock_slot(binding.account, surface)
        primitive(who, binding)
        cleared = _clear(done, slot, surface, "the binding ended", of=binding.mini_program_id)
        _record_cleared(done, verb, slot, cleared)
    return binding


def require_title(surface: Surface, title: str) -> None:
    """Refuse what no entry may be titled. Raises `landing_text_invalid`."""
    checks.require_plain(title, surface.title_length, "title")


def _lock_slot(account: DouyinAccount, surface: Surface) -> LandingSlot:
    """The account's slot, locked: from here on nobody else changes what the account shows."""
    place = {"account": account, "surface": surface.key}
    LandingSlot.objects.get_or_create(**place, defaults={"changed_at": clock.now()})
    return locked(LandingSlot.objects.filter(**place)).get()


def _make_room(done: Act, slot: LandingSlot, surface: Surface) -> None:
    """Make room in a slot that is free for a change.

    The change in review is withdrawn (L3), and so is what a binding left behind that has ended.
    """
    live, waiting = slot.live_change, queries.in_review(slot.account_id, surface)
    if waiting is not None:
        _withdraw(done, waiting, "a later change was submitted")
    if live is not None and not queries.is_held(live):
        _point(slot, None)
        _record_cleared(done, "landing.clear_leftover", slot, {"live_change": live}, hides=False)


def _clear(
    done: Act, slot: LandingSlot, surface: Surface, why: str, *, of: str | None = None
) -> dict[str, LandingChange]:
    """Empty the slot of what the mini program `of`, or whoever, has in it; what that was."""
    cleared: dict[str, LandingChange] = {}
    live, waiting = slot.live_change, queries.in_review(slot.account_id, surface)
    if live is not None and of in {None, live.mini_program_id}:
        _point(slot, None)
        cleared["live_change"] = live
    if waiting is not None and of in {None, waiting.mini_program_id}:
        _withdraw(done, waiting, why)
        cleared["change_in_review"] = waiting
    return cleared


def _point(slot: LandingSlot, change: LandingChange | None) -> None:
    slot.live_change, slot.changed_at = change, clock.now()
    slot.save(update_fields=["live_change", "changed_at"])


def _withdraw(done: Act, change: LandingChange, why: str) -> None:
    move(change, TRANSITIONS, "withdraw")
    done.record(
        "landing.withdraw",
        "landing_change",
        change.pk,
        before={"status": ChangeStatus.IN_REVIEW},
        after={"status": change.status, **_place(change)},
        reason=why,
        tells=True,
    )


def _decide(
    who: Actor, change: LandingChange, verb: str, content_hash: str, **fields: Any
) -> MiniProgram:
    """Decide on exactly what was reviewed; the mini program as it is now."""
    app = directory.any_mini_program(change.mini_program_id)
    capability.refuse_own(who, app)
    if change.content_hash != content_hash:
        raise CONTENT_CHANGED()
    decided = {"decided_by": who.id, "decided_at": clock.now(), **fields}
    move(change, TRANSITIONS, verb, where=Q(content_hash=content_hash), **decided)
    return app


def _tell(app: MiniProgram, change: LandingChange, kind: str) -> None:
    inbox.to_entity(
        app.entity_id,
        kind,
        "landing_change",
        change.pk,
        app_id=app.pk,
        app_name=app.name,
        aweme_id=change.account_id,
        nickname=change.account.nickname,
    )


def _place(change: LandingChange) -> dict[str, str]:
    return {
        "app_id": change.mini_program_id,
        "aweme_id": change.account_id,
        "surface": change.surface,
    }


def _record_cleared(
    done: Act,
    verb: str,
    slot: LandingSlot,
    cleared: Mapping[str, LandingChange],
    *,
    hides: bool = True,
) -> None:
    """Note what was cleared; it hides where it was live, unless its binding ended long before."""
    is_takedown = hides and "live_change" in cleared
    done.record(
        verb,
        "account",
        slot.account_id,
        before={place: change.pk for place, change in cleared.items()},
        after={"surface": slot.surface},
        touch=(keys.entry(slot.account_id, hides=is_takedown, surface=slot.surface),),
        tells="live_change" in cleared,
    )
