"""Who can log in to a demo, and with what. Made anew with each demo's data."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "demo.json"
PASSWORD = "guazai-demo"  # noqa: S105 - public on purpose; demo mode listens on loopback alone


@dataclass(frozen=True, slots=True)
class Login:
    """One person of the demo: `what` they do, in English and Chinese, and the `kind` they are."""

    role: str
    login: str
    password: str
    what: str
    what_zh: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Everything that opens a door of the demo."""

    control_url: str
    resolver_url: str
    host_token: str
    logins: tuple[Login, ...]

    def login_of(self, role: str) -> Login:
        """The person who plays `role`; raises `KeyError`."""
        for login in self.logins:
            if role in {login.role, login.login}:
                return login
        raise KeyError(role)


def save(state: Path, credentials: Credentials) -> None:
    """Keep the credentials in the state folder, readable by its owner alone."""
    path = state / FILE
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(credentials), ensure_ascii=False, indent=2) + "\n")


def load(state: Path) -> Credentials | None:
    """The credentials of the demo in `state`, or None where there is none."""
    path = state / FILE
    if not path.exists():
        return None
    raw = json.loads(path.read_text())
    logins = tuple(Login(**each) for each in raw.pop("logins"))
    return Credentials(**raw, logins=logins)
