"""Why a feed is refused: a stable code, what to do, and the file and row where there is one."""

from __future__ import annotations


class FeedError(ValueError):
    """A feed that is refused as a whole (E6, R13).

    `code` is stable snake_case, listed in docs/reference/feed-format.md; `message` says what is
    wrong and what to do; `file` is a name within the feed's directory; `row` counts from 0 within
    that file. Both are None where the fault has no such place.
    """

    def __init__(
        self, code: str, message: str, *, file: str | None = None, row: int | None = None
    ) -> None:
        self.code = code
        self.message = message
        self.file = file
        self.row = row
        place = "" if file is None else f" [{file}{'' if row is None else f', row {row}'}]"
        super().__init__(f"{code}: {message}{place}")
