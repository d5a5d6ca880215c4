"""The house rules hold in src, and each of them is able to fail."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from tests.architecture import rules
from tests.architecture.rules import CONTROL, LONGEST_FILE, RULES, Rule, Source

BINDING = f"{CONTROL}binding/actions.py"
LANDING = f"{CONTROL}landing/api.py"
BROKEN = [
    (rules.only_move_assigns_status, BINDING, "binding.status = 'ended'"),
    (rules.only_move_assigns_status, BINDING, "first, binding.status = 1, 'ended'"),
    (rules.only_move_assigns_status, BINDING, "del binding.status"),
    (rules.only_move_assigns_status, BINDING, "rows.filter(pk=1).update(status='ended')"),
    (rules.only_move_assigns_status, BINDING, "rows.update(**{'status': 'ended'})"),
    (rules.only_move_assigns_status, BINDING, "setattr(binding, 'status', 'ended')"),
    (rules.only_move_assigns_status, BINDING, "binding.save(update_fields=['status'])"),
    (rules.only_move_assigns_status, BINDING, "rows.bulk_update(them, ['status'])"),
    (
        rules.only_move_assigns_status,
        BINDING,
        "rows.update_or_create(pk=1, defaults={'status': 'ended'})",
    ),
    (rules.only_move_assigns_status, BINDING, "sql('UPDATE binding SET a = 1, status = %s')"),
    (rules.only_config_reads_environment, BINDING, "import os\nos.environ['HOME']"),
    (rules.only_config_reads_environment, BINDING, "import os\nos.getenv('HOME')"),
    (rules.only_config_reads_environment, "src/guazai/cli.py", "from os import environ"),
    (rules.only_config_reads_environment, BINDING, "x = os.environ.setdefault('A', 'b')"),
    (rules.contexts_keep_their_rooms, BINDING, "from guazai.control.landing.models import Change"),
    (rules.contexts_keep_their_rooms, BINDING, "from guazai.control.landing import models"),
    (rules.contexts_keep_their_rooms, BINDING, "import guazai.control.landing.models"),
    (rules.contexts_keep_their_rooms, BINDING, "from ..landing.models import Change"),
    (rules.contexts_keep_their_rooms, BINDING, "from ..landing import models"),
    (rules.contexts_keep_their_rooms, BINDING, "from guazai.control.landing.api import router"),
    (rules.contexts_keep_their_rooms, BINDING, "from guazai.control.landing.paths import x"),
    (rules.contexts_keep_their_rooms, BINDING, "from guazai.control.openapi.wire import site"),
    (rules.contexts_keep_their_rooms, BINDING, "def f():\n    import guazai.control.entry.api"),
    (
        rules.contexts_keep_their_rooms,
        f"{CONTROL}delivery/urls.py",
        "from guazai.control.landing.models import Change",
    ),
    (
        rules.contexts_keep_their_rooms,
        "src/guazai/cli.py",
        "from guazai.control.landing.models import Change",
    ),
    (rules.only_api_knows_http, BINDING, "from django.http import HttpRequest"),
    (rules.only_api_knows_http, BINDING, "import ninja"),
    (rules.only_api_knows_http, BINDING, "from django import http"),
    (rules.files_are_short, BINDING, "x = 1\n" * (LONGEST_FILE + 1)),
]
ALLOWED = [
    (rules.only_move_assigns_status, BINDING, "print(binding.status)"),
    (rules.only_move_assigns_status, BINDING, "Binding.objects.create(status='awaiting')"),
    (rules.only_move_assigns_status, BINDING, "rows.filter(status='ended').update(at=now)"),
    (rules.only_move_assigns_status, f"{CONTROL}kernel/transitions.py", "rows.update(status=to)"),
    (rules.only_move_assigns_status, "src/guazai/resolver/app.py", "answer.status = 204"),
    (rules.only_config_reads_environment, f"{CONTROL}config.py", "import os\nos.environ['HOME']"),
    (rules.only_config_reads_environment, BINDING, "import os\nos.getpid()"),
    (rules.only_config_reads_environment, BINDING, "os.environ.setdefault('A', 'b')"),
    (rules.contexts_keep_their_rooms, LANDING, "from guazai.control.landing.models import Change"),
    (rules.contexts_keep_their_rooms, LANDING, "from guazai.control.binding.queries import of"),
    (rules.contexts_keep_their_rooms, LANDING, "from guazai.control.binding import actions"),
    (rules.contexts_keep_their_rooms, LANDING, "from guazai.control.kernel.clock import now"),
    (
        rules.contexts_keep_their_rooms,
        f"{CONTROL}delivery/urls.py",
        "from guazai.control.landing.api import router",
    ),
    (
        rules.contexts_keep_their_rooms,
        f"{CONTROL}delivery/urls.py",
        "from guazai.control.openapi.wire import document",
    ),
    (rules.contexts_keep_their_rooms, "src/guazai/cli.py", "import guazai.control.entry.relay"),
    (rules.only_api_knows_http, LANDING, "from django.http import HttpRequest"),
    (rules.files_are_short, BINDING, "x = 1\n" * LONGEST_FILE),
]


def name(value: object) -> str:
    return getattr(value, "__name__", str(value)[:60])


@pytest.mark.parametrize("rule", RULES, ids=name)
def test_rule_holds(rule: Rule) -> None:
    assert [str(finding) for source in rules.sources() for finding in rule(source)] == []


@pytest.mark.parametrize(("rule", "path", "text"), BROKEN, ids=name)
def test_rule_is_able_to_fail(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Source(PurePosixPath(path), text)))


@pytest.mark.parametrize(("rule", "path", "text"), ALLOWED, ids=name)
def test_rule_lets_good_code_pass(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Source(PurePosixPath(path), text))) == []


def test_every_rule_is_shown_able_to_fail() -> None:
    assert {rule for rule, _, _ in BROKEN} == set(RULES)


def test_src_is_looked_at() -> None:
    assert any(source.context == "kernel" for source in rules.sources())
