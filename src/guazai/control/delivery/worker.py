"""What the platform does by itself, in order and again: expiries, lapses, judgements, flags."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from django.contrib.sessions.models import Session
from django.db import close_old_connections

from guazai.control.binding import actions as binding
from guazai.control.binding import queries as bindings
from guazai.control.capability import actions as capability
from guazai.control.eligibility import actions as eligibility
from guazai.control.kernel import clock, idempotency
from guazai.control.kernel.actor import system
from guazai.control.landing import actions as landing
from guazai.control.mail import actions as mail
from guazai.control.openapi.actions import links, tokens
from guazai.control.webhooks import actions as webhooks

log = structlog.get_logger(__name__)
WORKER = system("worker")
PASS_SECONDS = 1.0
HOUSEKEEPING_SECONDS = 3600.0
BATCH = 200


def lapse_bindings() -> int:
    """End the bindings whose tie to the legal entity no longer holds (B3)."""
    found = bindings.lapsed(BATCH)
    for each in found:
        landing.lapse_binding(WORKER, each)
    return len(found)


#: Each does at most one batch and returns how much it did.
TASKS: dict[str, Callable[[], int]] = {
    "expire_bindings": lambda: binding.expire_due(WORKER),
    "lapse_bindings": lapse_bindings,
    "rejudge_accounts": lambda: eligibility.rejudge_stale(WORKER),
    "flag_capabilities": lambda: capability.flag_unmet(WORKER),
}


def run_once() -> dict[str, int]:
    """One pass over every task. One that fails is logged and does not stop the others."""
    return {name: _attempt(name, task) for name, task in TASKS.items()}


def clean_up() -> int:
    """Drop what has no more use: sessions, answers to repeated writes, tokens, old deliveries."""
    ended, _ = Session.objects.filter(expire_date__lt=clock.now()).delete()
    idempotency.forget_old()
    tokens.forget_old()
    links.forget_old()
    while webhooks.forget_old() or mail.forget_old():
        continue
    return ended


def run(should_stop: Callable[[], bool]) -> None:
    """Work until `should_stop()`; goes on at once where a batch was full."""
    next_clean_up = 0.0
    while not should_stop():
        did = run_once()
        if time.monotonic() >= next_clean_up:
            _attempt("clean_up", clean_up)
            next_clean_up = time.monotonic() + HOUSEKEEPING_SECONDS
        if not any(count >= BATCH for count in did.values()):
            _pause(should_stop)


def _attempt(name: str, task: Callable[[], int]) -> int:
    try:
        return task()
    except Exception:
        log.exception("worker.task_failed", task=name)
        close_old_connections()
        return 0


def _pause(should_stop: Callable[[], bool]) -> None:
    until = time.monotonic() + PASS_SECONDS
    while not should_stop() and time.monotonic() < until:
        time.sleep(0.05)
