"""S5's program: many scans of one code at once, by its owner, by others, with wrong numbers."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from unittest import mock

from django.db import IntegrityError
from django.db.models import Q

from guazai.control.binding import actions as binding
from guazai.control.binding import queries as bindings
from guazai.control.binding.actions import IssuedCode
from guazai.control.binding.errors import CONSENT_CODE_INVALID
from guazai.control.binding.models import Binding, BindingCode, ConsentLoad
from guazai.control.binding.states import MAX_AWAITING
from guazai.control.delivery import errors
from guazai.control.directory.models import DouyinAccount, MiniProgram
from guazai.control.journal import queries as journal
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor, ActorKind
from guazai.control.kernel.errors import WRONG_STATE, Problem
from guazai.control.kernel.transitions import Table
from guazai.control.surfaces.registry import BindingKind
from tests.faults.arena import crowd
from tests.faults.stage import SURFACE, Stage, owner_of

#: How many scanners of a process are at work at a time: PostgreSQL has no room for all.
AT_ONCE = 32
#: A twin that goes right for so many rounds is not broken, and shows nothing.
TWIN_ROUNDS = 20
TWIN_SCANS = 16
OK = "ok"
Scan = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Request:
    """A request that awaits consent, with its code."""

    app: MiniProgram
    account: DouyinAccount
    binding: Binding
    code: IssuedCode

    @property
    def owner(self) -> Actor:
        """The one who may consent."""
        return owner_of(self.account.pk)

    @property
    def wrong_number(self) -> str:
        """Not the number on the developer's screen."""
        return f"{(int(self.code.match_number) + 1) % 100:02}"

    def consent(self, who: Actor | None = None, number: str | None = None) -> Binding:
        """One scan."""
        return binding.consent(who or self.owner, self.code.raw, number or self.code.match_number)


def make(stage: Stage) -> Request:
    """A fresh request, with the first code for it."""
    app, account = stage.app(), stage.account()
    made = stage.request(app, account)
    return Request(app, account, made, binding.issue_code(stage.developer, made))


def told(call: Scan) -> str:
    """What a call answers: `ok`, or the refusal as it goes over the wire."""
    try:
        call()
    except Problem as problem:
        return errors.render(problem).content.decode()
    return OK


def scan_all(scans: Sequence[Scan]) -> list[str]:
    """What each of the scans was told, all made at once."""
    return crowd(lambda client: told(scans[client]), len(scans), at_once=AT_ONCE)


def race(stage: Stage, scans: Callable[[Request], Sequence[Scan]]) -> dict[str, Any]:
    """Make the scans of a fresh request at once: how many were told what, and what is stored."""
    request = make(stage)
    before = state_of(request)
    answers = scan_all(scans(request))
    refusals = {answer for answer in answers if answer != OK}
    return {
        "told": dict(Counter(map(code_of, answers))),
        "bodies": len(refusals),
        "before": before,
        "after": state_of(request),
    }


def code_of(answer: str) -> str:
    """The stable code of an answer."""
    return answer if answer == OK else str(json.loads(answer)["code"])


def state_of(request: Request) -> dict[str, Any]:
    """What is stored about a request."""

    def events(verb: str) -> int:
        return journal.search(verb=verb, subject_id=request.binding.pk).count()

    stored = Binding.objects.get(pk=request.binding.pk)
    return {
        "status": stored.status,
        "quota": bindings.quota(request.app, SURFACE, BindingKind.EMPLOYEE).used,
        "awaiting": ConsentLoad.objects.get(account=request.account).awaiting,
        "consents": events("binding.consent"),
        "wrong numbers": events("binding.fail_match"),
    }


def one_by_one(stage: Stage) -> dict[str, Any]:
    """What is told, one after the other, to all who are refused; and what they leave as it was."""
    replayed, expired, replaced, mistyped = (make(stage) for _ in range(4))
    stranger = stage.developer
    answers = {
        "unknown": told(lambda: binding.consent(replayed.owner, "unknown", "00")),
        "stranger": told(lambda: replayed.consent(stranger)),
        "stranger, wrong number": told(lambda: replayed.consent(stranger, replayed.wrong_number)),
        "another owner": told(lambda: replayed.consent(expired.owner)),
        "machine": told(lambda: replayed.consent(machine_of(replayed.owner))),
        "owner": told(replayed.consent),
        "replay": told(replayed.consent),
        "replay by a stranger": told(lambda: replayed.consent(stranger)),
    }
    BindingCode.objects.filter(binding=expired.binding).update(expires_at=clock.now())
    answers["expired"] = told(expired.consent)
    answers["expired, by a stranger"] = told(lambda: expired.consent(stranger))
    binding.issue_code(stage.developer, replaced.binding)
    answers["replaced"] = told(replaced.consent)
    answers["wrong number"] = told(lambda: mistyped.consent(number=mistyped.wrong_number))
    answers["right number after it"] = told(mistyped.consent)
    return {
        "told": {who: code_of(answer) for who, answer in answers.items()},
        "bodies": len(set(answers.values())),
        "kept": [state_of(request)["status"] for request in (expired, replaced, mistyped)],
    }


def machine_of(who: Actor) -> Actor:
    """A machine that claims to be somebody."""
    return replace(who, kind=ActorKind.MACHINE)


def spend_after_check(code: BindingCode) -> None:
    """The twin of `_spend` that checks what it read, and saves."""
    if code.used_at is not None:
        raise CONSENT_CODE_INVALID()
    code.used_at = clock.now()
    code.save()


def move_after_check(obj: Binding, table: Table, verb: str, *, where: Q, **fields: object) -> None:
    """The twin of `move` that checks what it read, and saves."""
    if obj.status not in table[verb].sources:
        raise WRONG_STATE()
    for name, value in {"status": table[verb].target, **fields}.items():
        setattr(obj, name, value)
    obj.save()


def twin(stage: Stage) -> int:
    """The round in which checking and then saving let two through; 0 for none.

    Two more requests await the account's consent, so that their count has room for the second one.
    """
    for number in range(1, TWIN_ROUNDS + 1):
        request = make(stage)
        for _ in range(MAX_AWAITING - 1):
            stage.request(stage.app(), request.account)
        with (
            mock.patch.object(binding, "_spend", spend_after_check),
            mock.patch.object(binding, "move", move_after_check),
        ):
            answers = scan_all([partial(forgive, request.consent)] * TWIN_SCANS)
        if answers.count(OK) > 1 and state_of(request)["consents"] > 1:
            return number
    return 0


def forgive(scan: Scan) -> None:
    """Let a constraint that the twin still has refuse, as any guard would."""
    try:
        scan()
    except IntegrityError:
        raise CONSENT_CODE_INVALID() from None


def main(scans: str) -> dict[str, Any]:
    """So many scans by the owner at once, other crowds, what is told one by one, then the twin."""
    stage, total = Stage(), int(scans)
    some = total // 8
    stranger, other_owner = stage.developer, owner_of(stage.account().pk)

    def owner(request: Request) -> list[Scan]:
        return [request.consent] * total

    def crowded(request: Request) -> list[Scan]:
        strangers = [lambda: request.consent(stranger), lambda: request.consent(other_owner)]
        return [*strangers, request.consent] * some

    def numbers(request: Request) -> list[Scan]:
        return [request.consent, lambda: request.consent(number=request.wrong_number)] * some

    def new_code(request: Request) -> list[Scan]:
        issue = partial(binding.issue_code, stage.developer, request.binding)
        return [request.consent, issue, *[request.consent] * some]

    began = time.monotonic()
    races = {scans.__name__: race(stage, scans) for scans in (owner, crowded, numbers, new_code)}
    return {
        "seconds": round(time.monotonic() - began, 1),
        "races": races,
        "one by one": one_by_one(stage),
        "twin": twin(stage),
    }
