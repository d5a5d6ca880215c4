"""The doors of the API: which kind of actor a route lets in. Delivery resolves `request.actor`.

A door answers 401 to nobody and 403 to somebody of the wrong role; whether *this object* is theirs
is a scoped query's matter, and answers 404.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from guazai.control.kernel.actor import Actor, ActorKind, Scope
from guazai.control.kernel.errors import CSRF_FAILED, FORBIDDEN

Check = Callable[[Actor, bool], bool]
READS = frozenset({"GET", "HEAD", "OPTIONS"})


def actor_of(request: HttpRequest) -> Actor | None:
    """The actor that delivery resolved for this request; None where nobody is logged in."""
    found: Actor | None = getattr(request, "actor", None)
    # It may be a lazy object around None, which is false but not None.
    return found or None


def _admit(request: HttpRequest, kinds: frozenset[ActorKind], check: Check) -> Actor | None:
    actor = actor_of(request)
    if actor is None or actor.kind not in kinds:
        return None
    if not check(actor, request.method in READS):
        raise FORBIDDEN()
    return actor


class SessionDoor(APIKeyCookie):
    """A person with a session; writes need the CSRF token."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self, check: Check) -> None:
        # Checked below, after the person is known: nobody gets 401, not 403.
        super().__init__(csrf=False)
        self.check = check

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        """The person, or None where there is no session."""
        actor = _admit(request, frozenset({ActorKind.PERSON}), self.check)
        if actor is not None and check_csrf(request):
            raise CSRF_FAILED()
        return actor


class BearerDoor(HttpBearer):
    """A machine with a bearer token."""

    def __init__(self, check: Check) -> None:
        super().__init__()
        self.check = check

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """The machine, or None where the token is not valid."""
        return _admit(request, frozenset({ActorKind.MACHINE}), self.check)


def _is_developer(actor: Actor, is_read: bool) -> bool:
    if actor.kind is ActorKind.PERSON:
        return bool(actor.entities)
    return Scope.DEVELOPER_WRITE in actor.scopes or (
        is_read and Scope.DEVELOPER_READ in actor.scopes
    )


#: A member of a legal entity, or a token bound to one mini program.
developer = [BearerDoor(_is_developer), SessionDoor(_is_developer)]
#: A member of a legal entity, in person: what belongs to the entity as a whole.
member = [SessionDoor(lambda actor, _: bool(actor.entities))]
#: The owner of at least one Douyin account.
owner = [SessionDoor(lambda actor, _: bool(actor.accounts))]
reviewer = [SessionDoor(lambda actor, _: actor.is_reviewer)]
operator = [SessionDoor(lambda actor, _: actor.is_operator)]
#: Any person who is logged in.
person = [SessionDoor(lambda actor, _: True)]
#: The host app's server.
host = [BearerDoor(lambda actor, _: Scope.HOST_WRITE in actor.scopes)]
