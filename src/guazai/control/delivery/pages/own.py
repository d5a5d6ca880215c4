"""The owner's own page: accounts, what their entries open, why they are hidden, and bindings."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from guazai.control.binding import actions as binding_actions
from guazai.control.binding import queries as bindings
from guazai.control.binding.states import OPEN, BindingStatus, Side
from guazai.control.delivery.pages import wording
from guazai.control.delivery.pages.layout import own_page, render
from guazai.control.directory import queries as directory
from guazai.control.eligibility import queries as eligibility
from guazai.control.entry import queries as entries
from guazai.control.inbox import actions as inbox_actions
from guazai.control.inbox import queries as inbox
from guazai.control.inbox.states import RecipientKind
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import NOT_FOUND
from guazai.control.kernel.http import PageQuery, page
from guazai.control.landing import actions as landing_actions
from guazai.control.landing import queries as landing
from guazai.control.surfaces import registry
from guazai.control.surfaces.registry import Surface

if TYPE_CHECKING:
    from guazai.control.binding.models import Binding
    from guazai.control.directory.models import DouyinAccount
    from guazai.control.entry.queries import Explanation, Term
    from guazai.control.inbox.models import InboxMessage
    from guazai.control.landing.models import LandingChange

ROWS = 10
#: Cut to what a page query takes; a longer one was never made here, and is refused as such.
CURSOR_LENGTH = 512
#: Terms about a mini program's entry; they say nothing while there is none.
OF_AN_ENTRY = frozenset(
    {"capability_granted", "mini_program_online", "binding_active", "page_published"}
)
#: What an owner does with a binding once its consequences have been shown.
DECISIONS = {
    "end": landing_actions.end_binding,
    "refuse": binding_actions.refuse,
    "block": binding_actions.block,
}


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One of the owner's accounts in the list."""

    account: DouyinAccount
    entry: EntryState
    awaiting: int


@dataclass(frozen=True, slots=True)
class EntryState:
    """The entry of one account on one surface."""

    surface: Surface
    explanation: Explanation
    #: The change that a reviewer has yet to decide on, whichever mini program's it is.
    in_review: LandingChange | None

    @property
    def change(self) -> LandingChange | None:
        """What the entry opens; None where nothing is live."""
        return self.explanation.change

    @property
    def state(self) -> str:
        """Whether visitors see it: shown, hidden, or none to be seen."""
        if self.change is None:
            return "none"
        return "shown" if self.explanation.is_shown else "hidden"

    @property
    def unmet(self) -> list[Term]:
        """The terms of V1 that do not hold, without those that cannot hold for no entry."""
        skipped = OF_AN_ENTRY if self.change is None else frozenset()
        return [
            term for term in self.explanation.terms if not term.is_met and term.key not in skipped
        ]

    @property
    def can_release(self) -> bool:
        """Whether there is anything to take out of the slot."""
        return self.change is not None or self.in_review is not None


@dataclass(frozen=True, slots=True)
class BindingRow:
    """One binding, and what the owner can do with it."""

    binding: Binding
    is_blocked: bool

    @property
    def available(self) -> list[str]:
        """What the owner can do with it here; consent needs the code."""
        return bindings.available_actions(self.binding, Side.OWNER, is_blocked=self.is_blocked)


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One in-site message, its text in the reader's language, and the page of its subject."""

    message: InboxMessage
    text: str
    address: str


@own_page("GET")
def overview(request: HttpRequest, who: Actor) -> HttpResponse:
    """All accounts of the owner; the account itself where there is only one."""
    owned = directory.owned_accounts(who)
    if len(who.accounts) == 1:
        return _account_page(request, who, owned.get())
    found = page(owned, _paging(request), lambda row: row, order="pk")
    awaiting = Counter(
        bindings.owned(who)
        .filter(status=BindingStatus.AWAITING_CONSENT, account__in=found.items)
        .values_list("account", flat=True)
    )
    surface = registry.get(registry.PROFILE_MOUNT)
    rows = [
        AccountRow(account, _entry_state(account, surface), awaiting[account.pk])
        for account in found.items
    ]
    context = {"rows": rows, "next_cursor": found.next_cursor}
    return render(request, "pages/overview.html", context)


@own_page("GET", "POST")
def account(request: HttpRequest, who: Actor, aweme_id: str) -> HttpResponse:
    """One account: its entry, why it is hidden, bindings and blocks. POST lifts a block."""
    found = directory.owned_account(who, aweme_id)
    if request.method == "POST":
        app = directory.any_mini_program(request.POST.get("unblock", ""))
        binding_actions.unblock(who, found, app)
        return HttpResponseRedirect(request.path)
    return _account_page(request, who, found)


@own_page("GET", "POST")
def release(request: HttpRequest, who: Actor, aweme_id: str, surface: str) -> HttpResponse:
    """Take whatever entry an account has off it, after showing what that means (L4)."""
    found = directory.owned_account(who, aweme_id)
    state = _entry_state(found, registry.get(surface))
    if request.method == "POST":
        landing_actions.release(who, state.surface, found)
    if request.method == "POST" or not state.can_release:
        return HttpResponseRedirect(f"/me/accounts/{found.pk}")
    return render(request, "pages/release.html", {"account": found, "entry": state})


@own_page("GET")
def binding(request: HttpRequest, who: Actor, binding_id: str) -> HttpResponse:
    """One binding: where it stands, and what the owner can do with it."""
    row = _binding_row(who, binding_id)
    return render(request, "pages/binding.html", _binding_context(row))


@own_page("GET", "POST")
def decide(request: HttpRequest, who: Actor, binding_id: str, verb: str) -> HttpResponse:
    """Ask once more, saying what `verb` takes away; then do it and show the binding."""
    if verb not in DECISIONS:
        raise NOT_FOUND()
    row = _binding_row(who, binding_id)
    if request.method == "POST":
        DECISIONS[verb](who, row.binding)
    if request.method == "POST" or verb not in row.available:
        return HttpResponseRedirect(f"/me/bindings/{row.binding.pk}")
    return render(request, "pages/decide.html", {**_binding_context(row), "verb": verb})


@own_page("GET", "POST")
def messages(request: HttpRequest, who: Actor) -> HttpResponse:
    """The in-site messages to all accounts of the owner (N1). POST marks them as read."""
    own = inbox.messages(RecipientKind.ACCOUNT, who.accounts)
    if request.method == "POST":
        chosen = request.POST.get("read", "")
        inbox_actions.mark_read(own if chosen == "all" else own.filter(pk=chosen))
        return HttpResponseRedirect(request.get_full_path())
    found = page(own, _paging(request), lambda row: row)
    rows = [
        MessageRow(message, inbox.text_of(message), _subject_address(message))
        for message in found.items
    ]
    context = {"rows": rows, "next_cursor": found.next_cursor}
    return render(request, "pages/messages.html", context)


def _paging(request: HttpRequest) -> PageQuery:
    cursor = request.GET.get("cursor")
    return PageQuery(cursor=cursor and cursor[:CURSOR_LENGTH], limit=ROWS)


def _account_page(request: HttpRequest, who: Actor, account: DouyinAccount) -> HttpResponse:
    own = bindings.of_account(account.pk)
    is_past = "past" in request.GET
    blocks = bindings.blocks(who).filter(account=account).order_by("-created_at")
    blocked = {block.mini_program_id for block in blocks}
    found = page(
        own.exclude(status__in=OPEN) if is_past else own.filter(status__in=OPEN),
        _paging(request),
        lambda row: BindingRow(row, is_blocked=row.mini_program_id in blocked),
    )
    states = [_entry_state(account, surface) for surface in registry.SURFACES.values()]
    judgement = states[0].explanation.judgement
    context = {
        "account": account,
        "entries": states,
        "judgement": judgement,
        "rules": [wording.rule(outcome) for outcome in eligibility.outcomes(account)],
        "bindings": found.items,
        "next_cursor": found.next_cursor,
        "is_past": is_past,
        "blocks": blocks,
        "is_alone": len(who.accounts) == 1,
    }
    return render(request, "pages/account.html", context)


def _entry_state(account: DouyinAccount, surface: Surface) -> EntryState:
    return EntryState(
        surface, entries.explain(account, surface), landing.in_review(account.pk, surface)
    )


def _binding_row(who: Actor, binding_id: str) -> BindingRow:
    found = bindings.one_of(bindings.owned(who), binding_id)
    return BindingRow(found, is_blocked=bindings.is_blocked(found.mini_program, found.account))


def _binding_context(row: BindingRow) -> dict[str, object]:
    surface = registry.get(row.binding.surface)
    state = _entry_state(row.binding.account, surface)
    change = state.change
    holds = change is not None and change.mini_program_id == row.binding.mini_program_id
    return {"row": row, "surface": surface, "entry": state if holds else None}


def _subject_address(message: InboxMessage) -> str:
    if message.subject_kind == "binding":
        return f"/me/bindings/{message.subject_id}"
    return f"/me/accounts/{message.recipient_id}"
