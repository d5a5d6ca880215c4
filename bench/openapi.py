"""The wire's query_aweme_relation_list against the same queries as a bare Django view.

Run it as `python -m bench.openapi`. It needs wrk. Both are served by granian, in the same run,
on the same core, and from the same SQLite file.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx

from bench.platform import Platform
from bench.tools import Load, Target, free_port, interleave, report, require_programs, running

GOAL = 0.7
BINDINGS = 20
NAMES = ("wire", "bare view", "trusting view")
PATH = "/api/apps/v1/capacity/query_aweme_relation_list/?type=employee&page_num=1&page_size=50"
APPLICATION = "django.core.wsgi:get_wsgi_application"
#: Tokens in turn, so that no mini program comes to ten calls a second; each answer is looked at.
LUA = """
local tokens, at, threads = {}, 0, {}
wrong = 0
for token in io.lines(os.getenv("BENCH_TOKENS")) do
  tokens[#tokens + 1] = token
end
setup = function(thread) threads[#threads + 1] = thread end
request = function()
  at = at % #tokens + 1
  return wrk.format("GET", os.getenv("BENCH_PATH"), {["access-token"] = tokens[at]})
end
response = function(status, headers, body)
  if not body:find('"err_no": ?0,') then wrong = wrong + 1 end
end
done = function(summary, latency, requests)
  local e = summary.errors
  local bad = e.connect + e.read + e.write + e.status + e.timeout
  for _, thread in ipairs(threads) do bad = bad + thread:get("wrong") end
  io.write(string.format('\\n{"requests": %d, "errors": %d, "p99_us": %d}\\n',
    summary.requests, bad, latency:percentile(99)))
end
"""


def fill(apps: int) -> list[str]:
    """Mini programs with a token and bound accounts each; their tokens."""
    from django.db import transaction  # noqa: PLC0415 - set up by Platform

    with transaction.atomic():
        return list(_tokens(apps))


def _tokens(apps: int) -> Iterator[str]:
    from guazai.control.binding.models import Binding  # noqa: PLC0415 - set up by Platform
    from guazai.control.directory.models import (  # noqa: PLC0415
        DouyinAccount,
        LegalEntity,
        MiniProgram,
    )
    from guazai.control.kernel import clock  # noqa: PLC0415
    from guazai.control.kernel.actor import system  # noqa: PLC0415
    from guazai.control.openapi.actions import credentials, tokens  # noqa: PLC0415

    now = clock.now()
    entity = LegalEntity.objects.create(pk="ent_bench", name="山间茶业有限公司")
    for number in range(apps):
        app = MiniProgram.objects.create(
            pk=f"tt_{number}", name="山间茶礼", entity=entity, is_online=True, credit_score=80
        )
        accounts = DouyinAccount.objects.bulk_create(
            DouyinAccount(
                pk=f"dy_{number}_{each}", nickname=f"门店员工 {each} 号", account_type="personal"
            )
            for each in range(BINDINGS)
        )
        Binding.objects.bulk_create(
            Binding(
                mini_program=app,
                account=account,
                surface="profile_mount",
                kind="employee",
                status="active",
                requested_by="bench",
                requested_at=now,
                expires_at=now,
                consented_by="bench",
                consented_at=now,
            )
            for account in accounts
        )
        secret, _ = credentials.create_secret(system("bench"), app)
        yield tokens.issue_client_token(secret).raw


def served(target: str, port: int) -> list[str]:
    """The command that serves a bare view as the platform serves itself."""
    options = "--interface wsgi --blocking-threads 8 --http 1 --workers 1 --log-level error"
    command = [sys.executable, "-m", "granian", *options.split(), "--factory"]
    return [*command, "--host", "127.0.0.1", "--port", str(port), target]


def quietly(command: list[str], **settings: str) -> list[str]:
    """The command with settings of its own; its log is written, and to nowhere."""
    script = 'exec "$@" 2>/dev/null'
    variables = [f"{name}={value}" for name, value in settings.items()]
    return ["env", *variables, "sh", "-c", script, "sh", *command]


def check(port: int, token: str) -> int:
    """Ask once, as the load will; how many accounts are answered."""
    answer = httpx.get(
        f"http://127.0.0.1:{port}{PATH}", headers={"access-token": token}, trust_env=False
    ).json()
    if answer["err_no"]:
        raise SystemExit(f"port {port} answers {answer}")
    return len(answer["data"]["list"])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--apps", type=int, default=500)
    arguments.add_argument("--connections", type=int, default=16)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--seconds", type=int, default=4, help="of load, a round and server")
    given = arguments.parse_args()
    require_programs("wrk")
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    load = Load(given.connections, given.seconds, given.apps, lua=LUA)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        platform = Platform(folder)
        tokens = fill(given.apps)
        files = [folder / "tokens", folder / "ids"]
        files[0].write_text("".join(f"{token}\n" for token in tokens))
        files[1].write_text("".join(f"tt_{number}\n" for number in range(given.apps)))
        os.environ["BENCH_PATH"] = PATH
        settings = {"DJANGO_SETTINGS_MODULE": "bench.peers.bare_settings"}
        own = quietly([sys.executable, "-m", "guazai", "control"], GUAZAI_LOG_LEVEL="INFO")
        ports = [platform.port_base, free_port(), free_port()]
        commands = [
            own,
            quietly(served(APPLICATION, ports[1]), **settings),
            quietly(served(APPLICATION, ports[2]), **settings, BENCH_TRUSTING="1"),
        ]
        targets = [
            Target(name, port, (stack.enter_context(running(command, port)),))
            for name, port, command in zip(NAMES, ports, commands, strict=True)
        ]
        sent = dict(zip(NAMES, (files[0], files[0], files[1]), strict=True))
        counts = {check(each.port, sent[each.name].read_text().split()[0]) for each in targets}
        if counts != {BINDINGS}:
            raise SystemExit(f"not the same answers: {counts}")

        def measure(target: Target, number: int) -> float:
            os.environ["BENCH_TOKENS"] = str(sent[target.name])
            return load.run(target, folder / "load.lua", number)

        figures = interleave(given.rounds, targets, measure)
    wire, bare, trusting = figures
    lines = [
        report("openapi", wire, bare, GOAL),
        report("openapi, token not looked up", wire, trusting, GOAL),
    ]
    print(*lines, sep="\n")


if __name__ == "__main__":
    main()
