"""Asking a route as each principal, and what must be so of every answer."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from string import Formatter
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.db import connection, transaction

from guazai.control.journal.models import AuditEvent
from guazai.control.review.states import SubjectKind
from tests.matrix.stage import MACHINES, Principal, Stage, Values, Whose
from tests.matrix.table import Route, Who
from tests.world import SURFACE, Answer, Api

#: Who passes which door, besides whoever stands before one that is open to all of a kind.
ROLES = {
    "developer": {Principal.DEVELOPER_OWNER, Principal.DEVELOPER_MEMBER, Principal.OUTSIDER},
    "member": {Principal.DEVELOPER_OWNER, Principal.DEVELOPER_MEMBER, Principal.OUTSIDER},
    "owner": {Principal.ACCOUNT_OWNER},
    "reviewer": {Principal.REVIEWER},
    "operator": {Principal.OPERATOR},
}
#: The objects that are whose.
THEIRS: dict[tuple[str, Principal], set[Whose]] = {
    ("app", Principal.DEVELOPER_OWNER): {Whose.OWN, Whose.SIBLING},
    ("app", Principal.DEVELOPER_MEMBER): {Whose.OWN, Whose.SIBLING},
    ("app", Principal.TOKEN): {Whose.OWN},
    ("account", Principal.ACCOUNT_OWNER): {Whose.OWN},
    ("change", Principal.DEVELOPER_OWNER): {Whose.OWN, Whose.SIBLING},
    ("change", Principal.DEVELOPER_MEMBER): {Whose.OWN, Whose.SIBLING},
    ("change", Principal.REVIEWER): {Whose.OWN, Whose.SIBLING, Whose.FOREIGN},
}
#: Whose objects may stand in an answer to whom; the platform's people and the host see all.
KNOWN: dict[Principal, set[Whose]] = {
    Principal.NOBODY: set(),
    Principal.DEVELOPER_OWNER: {Whose.OWN, Whose.SIBLING},
    Principal.DEVELOPER_MEMBER: {Whose.OWN, Whose.SIBLING},
    Principal.OUTSIDER: set(),
    Principal.ACCOUNT_OWNER: {Whose.OWN},
    Principal.TOKEN: {Whose.OWN},
}
#: What differs from page to page: request ids and CSRF tokens.
NOISE = re.compile(r'req_\w+|(?<=csrfmiddlewaretoken" value=")\w+')
CODES = {401: "unauthenticated", 403: "forbidden"}
PLACES = frozenset({"app_id", "surface", "kind"})


def allowed(route: Route, who: Principal, whose: Whose, *, is_revoked: bool) -> int:
    """The status that the matrix says."""
    if refusal := at_the_door(route, who, is_revoked=is_revoked):
        return refusal
    if route.sent_on and not at_the_door(
        Route("", "", Who(route.sent_on)), who, is_revoked=is_revoked
    ):
        return 302
    if not route.who.of:
        return route.status
    if route.who.of == "any":
        return route.absent if whose is Whose.ABSENT else route.status
    is_theirs = not is_revoked and whose in THEIRS.get((route.who.of, who), ())
    return route.status if is_theirs else 404


def at_the_door(route: Route, who: Principal, *, is_revoked: bool) -> int:
    """How the door refuses: 401 to nobody, 403 to somebody of another role; 0 where it does not.

    A session opens no door of machines, and a token none of people's.
    """
    door, is_machine = route.who.door, who in MACHINES
    if door in {"anybody", "reader"}:
        return 0
    if door in {"browser", "sender"} or (route.is_page and is_machine):
        # Without a session a machine has no CSRF token either.
        return 0 if not is_machine else 401 if route.method == "GET" else 403
    if who is Principal.NOBODY or (is_machine and is_revoked):
        return 401
    if who in MACHINES:
        own = {Principal.HOST: "host", Principal.TOKEN: "developer"}[who]
        return 0 if door == own else 403 if door in {"host", "developer"} else 401
    if door == "host":
        return 401
    is_admitted = door == "person" or (not is_revoked and who in ROLES[door])
    return 0 if is_admitted else 403


@contextmanager
def undone() -> Iterator[None]:
    """A savepoint that is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@dataclass
class Writes:
    """Whether a statement was sent that could change something."""

    any: bool = False

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        self.any = self.any or sql.split(None, 1)[0] in {"INSERT", "UPDATE", "DELETE"}
        return execute(sql, params, many, context)


def state() -> str:
    """A hash of every row of every table."""
    digest = hashlib.sha256()
    for model in apps.get_models():
        digest.update(repr(list(model._default_manager.order_by("pk").values_list())).encode())
    return digest.hexdigest()


def send(api: Api, route: Route, values: Values) -> Answer:
    """The answer to one request; whatever it does to the cookies is forgotten."""
    cookies = copy.deepcopy(api.client.cookies)
    path = route.path.format_map(values)
    body = None if route.body is None else route.body(values)
    try:
        return (
            open_page(api, route.method, path, body)
            if route.is_page
            else api.call(route.method, path, body)
        )
    finally:
        api.client.cookies = cookies


def open_page(api: Api, method: str, path: str, form: Mapping[str, str] | None) -> Answer:
    """A page as text; being sent to the login stands for 401."""
    response = api.client.generic(
        method,
        path,
        urlencode(form or {}),
        content_type="application/x-www-form-urlencoded",
        headers=api.headers,
    )
    is_sent_to_login = response.headers.get("Location", "").startswith("/login?")
    status = 401 if is_sent_to_login else response.status_code
    return Answer(status, response.content.decode(), dict(response.headers))


def values_of(stage: Stage, route: Route, whose: Whose) -> Values:
    """What stands in the path and the body; what is absent is absent from everywhere."""
    if whose is Whose.ABSENT:
        known = {
            "surface": SURFACE.key,
            "kind": SubjectKind.LANDING_CHANGE.value,
            "match_number": "00",
            "content_hash": "0" * 64,
        }
        return defaultdict(lambda: "absent", {**known, **route.given})
    target = stage.targets[whose]
    return {**target.values, **route.needs(target), **route.given}


def ask(
    stage: Stage,
    who: Principal,
    route: Route,
    values: Values,
    expected: int,
    *,
    is_revoked: bool = False,
) -> str:
    """Ask, check everything that must be so, undo it; the body of a refusal."""
    api = (stage.revoked if is_revoked else stage.callers)[who]
    with undone():
        events = AuditEvent.objects.count()
        writes = Writes()
        with connection.execute_wrapper(writes):
            answer = send(api, route, values)
        where = f"{route.name} by {who}: {answer.status} {answer.body}"
        assert answer.status == expected, where
        is_idle = not writes.any
        made = [] if is_idle else mine(answer)
        assert is_idle or AuditEvent.objects.count() == events + len(made), where
        after = "" if is_idle or not is_refused(answer) else state()
    if is_refused(answer):
        assert not after or after == state(), f"{where} changed something"
        is_at_the_door = expected != route.status and expected in CODES
        if is_at_the_door and route.who.door != "browser" and not route.is_page:
            assert answer.code == CODES[expected], where
    elif route.method == "GET":
        assert is_idle, f"{where} wrote"
    else:
        # What was never there is not taken away: that alone succeeds without a change.
        assert not is_idle or not route.audit or isinstance(values, defaultdict), f"{where}: idle"
        said = {event.verb for event in made}
        assert (route.audit in said) if route.audit and not is_idle else said == set(), where
        assert {event.actor_id for event in made} <= {stage.ids.get(who)}, where
    if route.who.of != "any":
        assert leaks(stage, who, answer, values) == [], where
    return without_names(answer, route, values) if is_refused(answer) else ""


def mine(answer: Answer) -> list[AuditEvent]:
    """The audit events that name the answer's request."""
    return list(AuditEvent.objects.filter(request_id=answer.headers["X-Request-Id"]))


def is_refused(answer: Answer) -> bool:
    """Whether it is a problem."""
    return answer.status >= 400


def without_names(answer: Answer, route: Route, values: Values) -> str:
    """The body without the ids that were asked for, and what differs from page to page."""
    if not isinstance(answer.body, str):
        return json.dumps(answer.body, sort_keys=True)
    text = answer.body
    for name in names_in(route.path):
        text = text.replace(values[name], "an id")
    return NOISE.sub("", text)


def leaks(stage: Stage, who: Principal, answer: Answer, values: Values) -> list[str]:
    """What stands in an answer although it is none of theirs: others' objects, and reviewers."""
    if who not in KNOWN:
        return []
    text = repr(answer.body)
    secret = list(stage.reviewers)
    for whose, target in stage.targets.items():
        if whose not in KNOWN[who]:
            secret += [target.app.pk, target.app.name, target.account.pk, target.account.nickname]
    asked = {value for value in values.values() if isinstance(value, str)}
    return [
        word
        for word in secret
        if word not in asked and re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)
    ]


def inside(route: Route) -> set[str]:
    """The names of the objects that a route finds inside of a mini program."""
    named = names_in(route.path)
    is_inside = "app_id" in named and route.who.of == "app"
    return named - PLACES - set(route.given) if is_inside else set()


def names_in(path: str) -> set[str]:
    """The names in a path."""
    return {name for _, name, _, _ in Formatter().parse(path) if name}
