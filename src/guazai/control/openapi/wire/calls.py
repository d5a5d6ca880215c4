"""How calls of the wire are declared, and what they know of who calls."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from limits import RateLimitItem
from pydantic import BaseModel

from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import NOT_FOUND, Code
from guazai.control.openapi.states import Permission, Scope
from guazai.control.openapi.wire import limits
from guazai.control.openapi.wire.arguments import Args
from guazai.control.openapi.wire.codes import ErrNo
from guazai.control.openapi.wire.families import MODERN, Family

if TYPE_CHECKING:
    from guazai.control.directory.models import MiniProgram

Run = Callable[..., BaseModel | None]
R = TypeVar("R", bound=Run)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, for which mini program.

    `client_key` is of whose credential it is, `provider` the service provider's where it calls on
    behalf of the mini program, `secret_id` the secret that the token was got with. `address` is
    where the call came from.
    """

    actor: Actor
    app: MiniProgram | None
    client_key: str
    provider: str = ""
    secret_id: str = ""
    address: str = ""

    @property
    def mini_program(self) -> MiniProgram:
        """The mini program; a call of a mini program's is never without one."""
        if self.app is None:
            raise NOT_FOUND()
        return self.app


class Door(Enum):
    """Whom a call lets in."""

    #: A mini program with its own token, or a service provider with one for that mini program.
    APP = "app"
    #: A service provider with its own token.
    PROVIDER = "provider"
    #: Whoever proves to be somebody by what they send: the calls for tokens.
    ANYBODY = "anybody"


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it is declared."""

    method: str
    path: str
    name: str
    run: Run
    arguments: type[Args] | None
    answer: type[BaseModel] | None
    door: Door
    family: Family
    scope: Scope | None
    permission: Permission | None
    rate: RateLimitItem
    gives: tuple[ErrNo, ...]
    refusals: Mapping[Code, ErrNo] = field(default_factory=dict)
    may_be_form: bool = False

    @property
    def summary(self) -> str:
        """What it does, in a sentence."""
        return inspect.cleandoc(self.run.__doc__ or "").partition("\n")[0]

    @property
    def errors(self) -> tuple[ErrNo, ...]:
        """Every code that it can give beside success, in order."""
        found = {*self.family.always, *self.gives, *self.refusals.values()}
        if self.door is not Door.ANYBODY:
            found |= {*self.family.of_tokens, ErrNo.RATE_LIMITED}
        if self.door is Door.APP:
            found |= {ErrNo.NO_CAPABILITY, ErrNo.CAPABILITY_MISSING} if self.scope else set()
            found |= {ErrNo.PERMISSION_MISSING, ErrNo.ADDRESS_NOT_LISTED}
        return tuple(sorted(found))


class Calls:
    """Calls below one address; `get` and `post` declare them. `group` is what they are about.

    A function takes the caller (`caller`) and, where it has any, its arguments (`args`, whose type
    says which); it returns its answer, or None for an envelope alone. It refuses by a `Problem`,
    which `codes.TABLE` knows or its own `refusals`, or by `codes.Refused`. `gives` are the codes
    beside the frame's and those of `refusals` that it can give.
    """

    def __init__(
        self, base: str, *, group: str = "", family: Family = MODERN, door: Door = Door.APP
    ) -> None:
        self.base = base.rstrip("/")
        self.group = group or self.base.rpartition("/")[2]
        self.family = family
        self.door = door
        self.calls: list[Call] = []

    def get(self, path: str, **options: Any) -> Callable[[R], R]:
        """Declare a call by GET, which takes its arguments from the query."""
        return self._declare("GET", path, **options)

    def post(self, path: str, **options: Any) -> Callable[[R], R]:
        """Declare a call by POST, which takes its arguments from a JSON body."""
        return self._declare("POST", path, **options)

    def _declare(  # noqa: PLR0913 - what a call is, is said in one place
        self,
        method: str,
        path: str,
        *,
        scope: Scope | None = None,
        permission: Permission | None = None,
        answer: type[BaseModel] | None = None,
        rate: RateLimitItem = limits.USUAL,
        gives: tuple[ErrNo, ...] = (),
        refusals: Mapping[Code, ErrNo] | None = None,
        may_be_form: bool = False,
    ) -> Callable[[R], R]:
        def declare(run: R) -> R:
            self.calls.append(
                Call(
                    method=method,
                    path=f"{self.base}/{path.strip('/')}",
                    name=f"{self.group}.{run.__name__}",
                    run=run,
                    arguments=get_type_hints(run).get("args"),
                    answer=answer,
                    door=self.door,
                    family=self.family,
                    scope=scope,
                    permission=permission,
                    rate=rate,
                    gives=gives,
                    refusals=refusals or {},
                    may_be_form=may_be_form,
                )
            )
            return run

        return declare
