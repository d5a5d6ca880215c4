"""What is wrong with a policy, all of it at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Problem(NamedTuple):
    """One thing wrong: a stable code, an English sentence, and a JSON pointer to the place."""

    code: str
    message: str
    path: str


class PolicyError(ValueError):
    """A policy that may not be saved or loaded. `problems` lists everything wrong with it.

    `code`, `message` and `path` are those of the first problem.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        self.code, self.message, self.path = self.problems[0]
        super().__init__("; ".join(f"{p.path or '/'}: {p.code}: {p.message}" for p in problems))
