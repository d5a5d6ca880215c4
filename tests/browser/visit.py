"""The demo's people at their work, and an owner's way through the pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page

from guazai.demo.caller import Caller
from guazai.demo.credentials import Credentials, load
from tests.platform import Platform, platform

PROGRAM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
TIMEOUT_MS = 15_000
APP = "/mini-programs/tt_tea/surfaces/profile_mount"
MARKS = dict.fromkeys(
    ("functional_utility", "interface_design", "interaction_experience", "stability"), "good"
)


@contextmanager
def running_demo(state: Path, **settings: str) -> Iterator[Demo]:
    """A demo on real processes, as `guazai start` runs it; `settings` are variables of its own."""
    with platform("sqlite", state, is_started=False) as found:
        found.env.update(settings)
        base = ["--state", state, "--port-base", found.port_base]
        found.start("demo", ["-m", "guazai", "start", *map(str, base)])
        try:
            found.await_healthy()
            credentials = load(state)
            assert credentials is not None
            running = Demo(credentials, found)
            yield running
            running.close()
        finally:
            # Asked to end, for what it started would outlive it.
            found.stop("demo")


@dataclass
class Demo:
    """A running demo, with a caller of the API for each role that was asked for."""

    credentials: Credentials
    platform: Platform
    callers: dict[str, Caller] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.credentials.control_url

    def as_(self, role: str) -> Caller:
        if role not in self.callers:
            self.callers[role] = Caller(self.credentials, role)
        return self.callers[role]

    def close(self) -> None:
        for caller in self.callers.values():
            caller.client.close()

    def gain_capability(self) -> None:
        """Give the tea shop the capability, by application and review."""
        if self.as_("developer").get(f"{APP}/capability")["status"] == "granted":
            return
        body = {"apply_reason": "茶叶购买与售后"}
        made = self.as_("developer").post(f"{APP}/capability/applications", body)
        self._decide(f"/review/items/capability_application/{made['id']}", marks=MARKS)

    def request(self, aweme_id: str, kind: str) -> str:
        """Ask an account's owner for a binding; its id."""
        body = {"aweme_id": aweme_id, "kind": kind}
        return str(self.as_("developer").post(f"{APP}/bindings", body)["id"])

    def code(self, binding_id: str) -> dict[str, Any]:
        """What the developer's screen shows."""
        return dict(self.as_("developer").post(f"{APP}/bindings/{binding_id}/codes"))

    def go_live(self, aweme_id: str, title: str) -> None:
        """Submit a page for a bound account, and approve it."""
        body = {"page_path": "pages/index/index", "title": title}
        change = self.as_("developer").post(f"{APP}/records/{aweme_id}/changes", body)
        item = f"/review/items/landing_change/{change['id']}"
        self._decide(item, content_hash=self.as_("reviewer").get(item)["content_hash"])

    def _decide(self, item: str, **body: Any) -> None:
        self.as_("reviewer").post(f"{item}/claim")
        self.as_("reviewer").post(f"{item}/approve", body)

    def enter(self, context: BrowserContext, role: str) -> None:
        """Be `role` in `context` by a session that is there already: logins are rationed."""
        found = self.as_(role).client.cookies.items()
        context.add_cookies(
            [{"name": name, "value": value, "url": self.url} for name, value in found]
        )

    def log_in(self, page: Page, role: str) -> None:
        """Fill in the login form that `page` shows."""
        person = self.credentials.login_of(role)
        page.fill("#login", person.login)
        page.fill("#password", person.password)
        page.click("main form button")
