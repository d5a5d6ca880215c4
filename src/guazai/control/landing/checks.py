"""What must hold of a submission: one list, to refuse by at once, or to be told of all of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from guazai.control.binding import queries as bindings
from guazai.control.capability import queries as capability
from guazai.control.directory import queries as directory
from guazai.control.kernel.errors import FieldError, Problem
from guazai.control.landing import queries
from guazai.control.landing.errors import (
    LANDING_PATH_INVALID,
    LANDING_SOURCE_AMBIGUOUS,
    LANDING_TEXT_INVALID,
    path_error,
    text_has_control,
    text_too_long,
)
from guazai.control.landing.paths import LandingPathError, canonical_page, canonical_query
from guazai.control.surfaces.registry import Surface

if TYPE_CHECKING:
    from guazai.control.directory.models import DouyinAccount, MiniProgram
    from guazai.control.landing.models import ShareLink

#: Control, unseen and unpaired characters: a reviewer cannot see what they do to a text.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Submission:
    """What an entry on an account is to open, named by a path with its query, or a share link."""

    app: MiniProgram
    surface: Surface
    account: DouyinAccount
    page_path: str | None = None
    query: str = ""
    share_link: ShareLink | None = None
    title: str = ""

    def page(self) -> tuple[str, str]:
        """Page and query in their one form.

        Raises `landing_source_ambiguous`, `landing_path_invalid`.
        """
        link = self.share_link
        if link is None and self.page_path is not None:
            return canonical(self.app, self.page_path, self.query)
        if link is not None and self.page_path is None and not self.query:
            return canonical(self.app, link.page_path, link.query)
        raise LANDING_SOURCE_AMBIGUOUS()

    def readable_page(self) -> tuple[str, str] | None:
        """The same; None where it raises."""
        try:
            return self.page()
        except Problem:
            return None

    def require_title(self) -> None:
        """Raises `landing_text_invalid`."""
        require_plain(self.title, self.surface.title_length, "title")

    def require_granted(self) -> None:
        """Raises `capability_not_granted`."""
        capability.require_granted(self.app, self.surface)

    def require_bound(self) -> None:
        """Raises `binding_not_active`."""
        bindings.require_active(self.app, self.account, self.surface)

    def require_slot(self) -> None:
        """Raises `slot_occupied`."""
        live = queries.live_change(self.account.pk, self.surface)
        waiting = queries.in_review(self.account.pk, self.surface)
        queries.require_free(self.app, live, waiting)

    @property
    def on_content(self) -> tuple[Callable[[], object], ...]:
        """What follows from the submission and the published version alone."""
        return self.page, self.require_title

    @property
    def on_place(self) -> tuple[Callable[[], object], ...]:
        """What others may change at any time: it counts under the slot's lock."""
        return self.require_granted, self.require_bound, self.require_slot

    def problems(self) -> list[Problem]:
        """Everything for which submitting would be refused now, in its order."""
        found: list[Problem] = []
        for check in (*self.on_content, *self.on_place):
            try:
                check()
            except Problem as problem:
                found.append(problem)
        return found


def require_plain(text: str, length: int, at: str) -> None:
    """Raises `landing_text_invalid` for a text that is too long or has what is not seen."""
    errors: list[FieldError] = []
    if len(text) > length:
        errors.append(text_too_long(length, at))
    if any(unicodedata.category(char) in UNSEEN for char in text):
        errors.append(text_has_control(at))
    if errors:
        raise LANDING_TEXT_INVALID(errors=errors)


def canonical(app: MiniProgram, page_path: str, query: str) -> tuple[str, str]:
    """Page and query in their one form.

    Raises `landing_path_invalid` with every reason against either.
    """
    errors: list[FieldError] = []
    found = []
    for at, read in (
        ("page_path", partial(canonical_page, page_path, directory.pages(app))),
        ("query", partial(canonical_query, query)),
    ):
        try:
            found.append(read())
        except LandingPathError as error:
            errors.append(path_error(error, at))
    if errors:
        raise LANDING_PATH_INVALID(errors=errors)
    return found[0], found[1]
