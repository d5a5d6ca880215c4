"""Kill the worker again and again while acts are told to servers that fail or hang (S7).

A program: `python -m tests.faults.hooking STATE SEED …`, in the environment of a platform. Workers
are forked from it, so that a kill costs milliseconds. Its last line is what it found, as JSON.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import socket
import time
from collections import defaultdict
from datetime import timedelta
from functools import partial
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402 - what follows needs Django set up
from django.core.management import call_command  # noqa: E402
from django.db.models import QuerySet  # noqa: E402

from guazai import working  # noqa: E402
from guazai.control.capability import actions as capability  # noqa: E402
from guazai.control.directory.models import MiniProgram  # noqa: E402
from guazai.control.journal.models import AuditEvent, NoticeKey  # noqa: E402
from guazai.control.kernel import clock, ids  # noqa: E402
from guazai.control.kernel.actor import system  # noqa: E402
from guazai.control.openapi.actions import credentials  # noqa: E402
from guazai.control.webhooks import claims, sender, sending  # noqa: E402
from guazai.control.webhooks.claims import Job  # noqa: E402
from guazai.control.webhooks.models import Delivery, WebhookEndpoint  # noqa: E402
from guazai.control.webhooks.states import DeliveryStatus, EndpointStatus, Event  # noqa: E402
from tests.faults import forks  # noqa: E402
from tests.faults.hooked import HANG, Arrival, Hooked, arrivals  # noqa: E402
from tests.world import SURFACE, World  # noqa: E402

OPERATOR = system("operator")
LONGEST_LIFE_SECONDS = 0.6
SHORTEST_LIFE_SECONDS = 0.1
END_SECONDS = 120.0


def one_queue() -> None:
    """A twin: the deliveries of all endpoints stand in one queue, and have a few places in all."""
    sender.IN_FLIGHT = 4

    def claim(in_flight: object, room: int, served: object = ()) -> list[Job]:
        now, attempt = clock.now(), ids.secret(12)
        due = Delivery.objects.filter(status=DeliveryStatus.WAITING, next_attempt_at__lte=now)
        chosen = list(due.order_by("next_attempt_at").values_list("pk", flat=True)[:room])
        mine = Delivery.objects.filter(pk__in=chosen)
        mine.update(attempt=attempt, next_attempt_at=now + claims.LEASE)
        urls = dict(WebhookEndpoint.objects.values_list("pk", "url"))
        return [
            Job(row.pk, row.mini_program_id, urls[row.mini_program_id], row.body, attempt, ("s",))
            for row in mine
        ]

    claims.claim = claim


def no_lease() -> None:
    """A twin: what is claimed is not due again before long, so that a kill loses it."""
    claims.LEASE = timedelta(days=1)


TWINS = {"none": lambda: None, "one_queue": one_queue, "no_lease": no_lease}


class Harness:
    """Acts, workers that die, and a server that is told."""

    def __init__(self, state: Path, seed: str, twin: str, deadline: float, patience: float) -> None:
        self.state = state
        self.seed = seed
        self.rng = random.Random(f"{seed}:kills")
        self.twin = TWINS[twin]
        self.deadline = deadline
        self.patience = patience
        self.hits = state / "hits.jsonl"
        self.hits.touch()

    def run(
        self, events: int, kills: int, apps: int, hanging: int, failing: float, pace: float
    ) -> None:
        """Act, kill, and wait until everything is delivered; print what came of it."""
        listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        own = self._stage(apps, hanging, listening.getsockname()[1])
        forks.close_databases()
        hooked = Hooked(listening, self.hits, self.seed, failing)
        server = forks.fork(hooked.run, self._log("server"))
        listening.close()
        writer = forks.fork(partial(self._act, own, events, pace), self._log("writer"))
        for _ in range(kills):
            worker = forks.fork(self._work, self._log("worker"))
            time.sleep(self.rng.uniform(SHORTEST_LIFE_SECONDS, LONGEST_LIFE_SECONDS))
            forks.kill(worker)
        worker = forks.fork(self._work, self._log("worker"))
        forks.finish(writer, self._log("writer"))
        self._await_delivered()
        forks.kill(worker)
        forks.kill(server)
        print(json.dumps(self._judged(kills)))

    def _stage(self, apps: int, hanging: int, port: int) -> list[str]:
        """Mini programs with the capability, each with an endpoint; of the last ones it hangs."""
        world = World()
        made = [world.grant(world.mini_program()) for _ in range(apps)]
        now = clock.now()
        for number, app in enumerate(made):
            credentials.create_secret(OPERATOR, app)
            name = f"{HANG}{app.pk}" if number >= apps - hanging else app.pk
            WebhookEndpoint.objects.create(
                mini_program=app,
                url=f"http://127.0.0.1:{port}/{name}",
                status=EndpointStatus.ENABLED,
                events=[Event.APPLY_CAPACITY.value],
                verified_at=now,
                check_at=now,
            )
        # How they came by the capability is nobody's to know.
        NoticeKey.objects.all().delete()
        return [app.pk for app in made]

    def _act(self, app_ids: list[str], events: int, pace: float) -> None:
        """Revoke and restore, one mini program after the other."""
        apps = [MiniProgram.objects.get(pk=each) for each in app_ids]
        for number in range(events // 2):
            app = apps[number % len(apps)]
            capability.revoke(OPERATOR, app, SURFACE, f"event {2 * number}")
            capability.restore(OPERATOR, app, SURFACE, f"event {2 * number + 1}")
            time.sleep(pace)

    def _work(self) -> None:
        sending.DEADLINE_SECONDS = self.deadline
        claims.LEASE = timedelta(seconds=self.deadline + 1)
        self.twin()
        working.run(settings.CONFIG, lambda: False)

    def _await_delivered(self) -> None:
        until = time.monotonic() + self.patience
        waiting = Delivery.objects.exclude(mini_program__in=self._hanging())
        while time.monotonic() < until:
            told = Delivery.objects.count() == self._acts().count()
            if told and not waiting.exclude(status=DeliveryStatus.DELIVERED).exists():
                return
            time.sleep(0.05)

    def _hanging(self) -> list[str]:
        rows = WebhookEndpoint.objects.filter(url__contains=f"/{HANG}")
        return list(rows.values_list("pk", flat=True))

    def _acts(self) -> QuerySet[AuditEvent]:
        return AuditEvent.objects.filter(verb__in=["capability.revoke", "capability.restore"])

    def _judged(self, kills: int) -> dict[str, object]:
        """What was lost, told twice as if it were two, or changed on its way; and the delays."""
        hanging = self._hanging()
        came: dict[str, list[Arrival]] = defaultdict(list)
        for each in arrivals(self.hits):
            came[each.message_id].append(each)
        rows = list(Delivery.objects.exclude(mini_program__in=hanging))
        reasons = [json.loads(json.loads(row.body)["content"])["reason"] for row in rows]
        acts = self._acts().count()
        lost = [r.pk for r in rows if not any(hit.status == 200 for hit in came[_id(r)])]
        changed = [r.pk for r in rows if {hit.body for hit in came[_id(r)]} - {r.body}]
        delays = sorted(
            min(hit.at for hit in came[_id(row)]) - row.created_at.timestamp()
            for row in rows
            if came[_id(row)]
        )
        return {
            "acts": acts,
            "told": Delivery.objects.count(),
            "lost": lost,
            "twice": len(reasons) - len(set(reasons)),
            "changed": changed,
            "unknown": sorted(set(came) - {_id(row) for row in Delivery.objects.all()}),
            "requests": sum(map(len, came.values())),
            "hanging_requests": sum(
                hit.app_id.startswith(HANG) for hits in came.values() for hit in hits
            ),
            "kills": kills,
            "p50_ms": _ms(delays, 0.50),
            "p95_ms": _ms(delays, 0.95),
            "max_ms": _ms(delays, 1.0),
        }

    def _log(self, name: str) -> Path:
        return self.state / f"{name}.log"


def _id(row: Delivery) -> str:
    return row.pk.upper()


def _ms(delays: list[float], share: float) -> int:
    return round(delays[min(int(len(delays) * share), len(delays) - 1)] * 1000) if delays else -1


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("state", type=Path)
    parser.add_argument("seed")
    parser.add_argument("--events", type=int, default=150)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--apps", type=int, default=10)
    parser.add_argument("--hanging", type=int, default=1)
    parser.add_argument("--failing", type=float, default=0.5)
    parser.add_argument("--pace", type=float, default=0.0)
    parser.add_argument("--deadline", type=float, default=sending.DEADLINE_SECONDS)
    parser.add_argument("--patience", type=float, default=END_SECONDS)
    parser.add_argument("--twin", choices=TWINS, default="none")
    given = parser.parse_args()
    call_command("migrate", verbosity=0, interactive=False)
    gc.freeze()
    harness = Harness(given.state, given.seed, given.twin, given.deadline, given.patience)
    harness.run(given.events, given.kills, given.apps, given.hanging, given.failing, given.pace)


if __name__ == "__main__":
    main()
