"""A mini program with a webhook, its secret, and the people around it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from guazai.control.directory.models import Person
from guazai.control.journal import queries as journal
from guazai.control.journal.keys import NoticeKind
from guazai.control.journal.models import NoticeKey
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor
from guazai.control.openapi.actions import credentials
from guazai.control.webhooks import building, claims, envelope, sending
from guazai.control.webhooks.addresses import Networks
from guazai.control.webhooks.claims import Done
from guazai.control.webhooks.models import Delivery, WebhookEndpoint
from guazai.control.webhooks.sending import Answer, GuardedTransport, System
from guazai.control.webhooks.states import SUBSCRIBABLE, EndpointStatus
from tests.world import Api, World

URL = "https://hooks.example.com/guazai"


@dataclass
class Scene:
    """Entity A with a developer, a teammate, and a granted mini program; an outsider."""

    world: World
    secrets: list[str] = field(default_factory=list)
    #: What the sender may call beside the public internet.
    networks: Networks = ()

    def __post_init__(self) -> None:
        world = self.world
        self.entity = world.entity()
        self.developer = world.developer(self.entity)
        self.teammate = world.developer(self.entity)
        self.outsider = world.developer(world.entity())
        self.app = world.mini_program(self.entity)

    @cached_property
    def who(self) -> Actor:
        return self.world.actor(self.developer)

    @property
    def base(self) -> str:
        return f"/mini-programs/{self.app.pk}/webhook"

    @property
    def endpoint(self) -> WebhookEndpoint:
        return WebhookEndpoint.objects.get(pk=self.app.pk)

    def api(self, person: Person | None = None) -> Api:
        return self.world.api(person or self.developer)

    def add_secret(self) -> str:
        """A new live client secret."""
        _, raw = credentials.create_secret(self.who, self.app)
        self.secrets.append(raw)
        return raw

    def listen(self, url: str = URL, events: list[str] | None = None) -> WebhookEndpoint:
        """An endpoint that has proved itself; notices of before are gone."""
        now = clock.now()
        NoticeKey.objects.all().delete()
        made, _ = WebhookEndpoint.objects.update_or_create(
            mini_program=self.app,
            defaults={
                "url": url,
                "status": EndpointStatus.ENABLED,
                "events": list(SUBSCRIBABLE) if events is None else events,
                "verified_at": now,
                "check_at": now,
            },
        )
        return made

    def told(self) -> list[tuple[str, Any]]:
        """Build until nothing is left; every event and its content, oldest first."""
        build_all()
        return [told_by(each) for each in Delivery.objects.order_by("created_at")]

    def check(self) -> None:
        """Do the checks that are due."""

        async def ask(check: claims.Check) -> Answer:
            body = envelope.check_body(check.app_id, 7).encode()
            async with client(self.networks) as over:
                return await sending.post(over, check.url, body, envelope.headers(body, ()))

        for check in claims.claim_checks():
            claims.finish_check(check, asyncio.run(ask(check)).failure)

    def deliver(self) -> list[Done]:
        """Attempt everything that is due, once."""
        done = [Done(job, clock.now(), self._attempt(job)) for job in claims.claim({}, 1000)]
        claims.record(done)
        return done

    def _attempt(self, job: claims.Job) -> Answer:
        async def post() -> Answer:
            body = job.body.encode()
            async with client(self.networks) as over:
                headers = envelope.headers(body, job.secrets, job.id)
                return await sending.post(over, job.url, body, headers)

        return asyncio.run(post())


def client(networks: Networks) -> Any:
    return sending.client(GuardedTransport(networks, System()))


def build_all() -> None:
    while building.build():
        continue


def told_by(delivery: Delivery) -> tuple[str, Any]:
    """An event's name and its content."""
    told = json.loads(delivery.body)
    return told["event"], json.loads(told["content"])


def noticed(kind: NoticeKind) -> list[str]:
    return [row.key for row in NoticeKey.objects.filter(kind=kind).order_by("id")]


def audited(verb: str) -> Any:
    return journal.search(verb=verb).order_by("-id").first()
