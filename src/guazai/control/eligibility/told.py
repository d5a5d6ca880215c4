"""What was told about one account and no feed has taken the place of (E3). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple

from guazai.policy import Scalar

#: The value of a fact that nothing was told of.
_UNTOLD: Final = object()


class Fact(NamedTuple):
    """One fact's value, None where it is not known any more, and its day."""

    value: Scalar | None
    as_of: date


@dataclass(frozen=True, slots=True)
class Told:
    """Facts, each of its own day.

    `full_as_of` is the day of the last full record: what it left out is not known. Where it is
    None, what is not told is as the feed says.
    """

    facts: Mapping[str, Fact] = field(default_factory=dict)
    full_as_of: date | None = None

    @classmethod
    def from_json(cls, told: Mapping[str, Any], full_as_of: date | None) -> Told:
        """What `to_json` wrote."""
        facts = {
            name: Fact(each["value"], date.fromisoformat(each["as_of"]))
            for name, each in told.items()
        }
        return cls(facts, full_as_of)

    def to_json(self) -> dict[str, Any]:
        """The facts as plain JSON."""
        return {
            name: {"value": each.value, "as_of": each.as_of.isoformat()}
            for name, each in self.facts.items()
        }

    @property
    def values(self) -> dict[str, Scalar | None]:
        """Each fact's value."""
        return {name: each.value for name, each in self.facts.items()}

    @property
    def days(self) -> frozenset[date]:
        """The days of all that was told; empty where nothing was."""
        full = () if self.full_as_of is None else (self.full_as_of,)
        return frozenset((*full, *(each.as_of for each in self.facts.values())))

    def full(self, as_of: date, values: Mapping[str, Any]) -> Told:
        """The same with the full record of a day under what was told of later ones."""
        record = {name: Fact(value, as_of) for name, value in values.items() if value is not None}
        return Told({**record, **self._after(as_of)}, as_of)

    def event(self, as_of: date, values: Mapping[str, Any]) -> Told:
        """The same with some facts of a day laid over it."""
        laid = {name: Fact(value, as_of) for name, value in values.items()}
        return Told({**self.facts, **laid}, self.full_as_of)

    def under_feed(self, as_of: date) -> Told:
        """What is left of it once a feed of the day `as_of` is known."""
        is_later = self.full_as_of is not None and self.full_as_of > as_of
        return Told(self._after(as_of), self.full_as_of if is_later else None)

    def known_of(self, names: Iterable[str]) -> date | None:
        """The latest day that something was told of for any of the facts `names`."""
        days = [self.facts[name].as_of for name in names if name in self.facts]
        return max(days if self.full_as_of is None else [*days, self.full_as_of], default=None)

    def changed(self, after: Told) -> list[str]:
        """The facts that have another value in `after`, in order."""
        names = sorted({*self.facts, *after.facts})
        return [name for name in names if self._value(name) != after._value(name)]

    def _value(self, name: str) -> object:
        if name in self.facts:
            return self.facts[name].value
        return _UNTOLD if self.full_as_of is None else None

    def _after(self, day: date) -> dict[str, Fact]:
        return {name: each for name, each in self.facts.items() if each.as_of > day}
