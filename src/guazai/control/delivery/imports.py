"""Bulk import by the host: one JSON object a line, each a sync of one thing.

Lines are independent: a refused one is reported with its code and place, the others are kept, and
importing the same lines again changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from guazai.control.directory import actions as directory
from guazai.control.directory import api as schemas
from guazai.control.directory import queries
from guazai.control.directory.actions import Outcome
from guazai.control.directory.states import AccountType, MemberRole
from guazai.control.eligibility import actions as eligibility
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import Code, Problem
from guazai.control.kernel.http import Body, Day
from guazai.control.kernel.ids import ExternalId
from guazai.control.kernel.texts import Text

MAX_LINE_BYTES = 256 * 1024
TOO_MANY_LINES = Code(
    "too_many_lines",
    413,
    Text(
        "一次最多导入 1000 行,请分批导入,或使用 guazai import 命令",
        "At most 1,000 lines at once; send several batches, or use the command guazai import",
    ),
)


class EntityLine(schemas.EntityIn):
    """A legal entity."""

    kind: Literal["legal_entity"]
    entity_id: ExternalId

    def run(self, who: Actor) -> Outcome:
        """Sync it."""
        return directory.upsert_entity(who, self.entity_id, name=self.name)


class MiniProgramLine(schemas.MiniProgramIn):
    """A mini program."""

    kind: Literal["mini_program"]
    app_id: ExternalId

    def run(self, who: Actor) -> Outcome:
        """Sync it."""
        fields = self.model_dump(exclude={"kind", "app_id"})
        return directory.upsert_mini_program(who, self.app_id, **fields)


class VersionLine(schemas.VersionIn):
    """The version of a mini program that is now published."""

    kind: Literal["version"]
    app_id: ExternalId
    number: ExternalId

    def run(self, who: Actor) -> Outcome:
        """Sync it."""
        return directory.publish_version(who, self.app_id, self.number, list(self.pages))


class AccountLine(schemas.AccountIn):
    """A Douyin account."""

    kind: Literal["account"]
    aweme_id: ExternalId

    def run(self, who: Actor) -> Outcome:
        """Sync it."""
        fields = self.model_dump(exclude={"kind", "aweme_id"})
        fields["account_type"] = AccountType(self.account_type)
        return directory.upsert_account(who, self.aweme_id, **fields)


class EmploymentLine(schemas.EmploymentIn):
    """An employment."""

    kind: Literal["employment"]
    entity_id: ExternalId
    aweme_id: ExternalId

    def run(self, who: Actor) -> Outcome:
        """Sync it."""
        return directory.upsert_employment(who, self.entity_id, self.aweme_id, ends_on=self.ends_on)


class MemberLine(schemas.MemberIn):
    """A developer's place in a legal entity."""

    kind: Literal["member"]
    entity_id: ExternalId
    login: ExternalId

    def run(self, who: Actor) -> Outcome:
        """Sync it."""
        return directory.upsert_member(who, self.entity_id, self.login, role=MemberRole(self.role))


class FactsLine(Body):
    """The full facts about an account on one day."""

    kind: Literal["facts"]
    aweme_id: ExternalId
    as_of: Day
    facts: dict[str, Any] = Field(max_length=100)

    def run(self, who: Actor) -> Outcome:
        """Sync it."""
        account = queries.any_account(self.aweme_id)
        return Outcome(
            eligibility.record_facts(who, account, self.as_of, self.facts, is_event=False)
        )


Line = Annotated[
    EntityLine
    | MiniProgramLine
    | VersionLine
    | AccountLine
    | EmploymentLine
    | MemberLine
    | FactsLine,
    Field(discriminator="kind"),
]
LINE: TypeAdapter[Line] = TypeAdapter(Line)


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that was not imported: its number from 1, a stable code, and what is wrong."""

    line: int
    code: str
    detail: str


@dataclass(slots=True)
class Report:
    """What an import did."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[Refused] = field(default_factory=list)

    def count(self, result: Outcome | Refused) -> None:
        """Add one line's result."""
        if isinstance(result, Refused):
            self.refused.append(result)
        else:
            setattr(self, result.value, getattr(self, result.value) + 1)


def run(who: Actor, lines: Iterable[bytes]) -> Iterator[Outcome | Refused]:
    """Import `lines` one by one, giving each one's result as it is known; blank ones are passed."""
    for number, raw in enumerate(lines, start=1):
        if raw.strip():
            yield _import(who, number, raw)


def _import(who: Actor, number: int, raw: bytes) -> Outcome | Refused:
    if len(raw) > MAX_LINE_BYTES:
        return Refused(number, "line_too_long", f"a line has at most {MAX_LINE_BYTES} bytes")
    try:
        return LINE.validate_python(json.loads(raw)).run(who)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return Refused(number, "validation_failed", f"{place}: {first['msg']}".removeprefix(": "))
    except (ValueError, RecursionError):
        return Refused(number, "malformed_json", "the line is not one JSON object")
    except Problem as problem:
        details = [str(problem.detail), *(str(error.text) for error in problem.errors)]
        return Refused(number, problem.code.name, "; ".join(details))
