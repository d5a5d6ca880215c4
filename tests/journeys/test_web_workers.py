"""Several web processes: the ten calls a second of a mini program are ten in all of them (wire)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from guazai.demo.caller import Caller
from tests.platform import Platform, platform
from tests.redis_server import redis_server

APP, CALL = "tt_tea", "/api/apps/v1/capacity/query_capacity_list/"
ALLOWED, RATE_LIMITED = 10, 28003017
SECONDS = 5.0
CLIENTS = 16
#: Processes read the clock before Redis puts them in order: by so much two may be out of it.
OUT_OF_ORDER_SECONDS = 0.02
WORKERS = 4


@dataclass(frozen=True)
class Success:
    """A call that was let through at some time between these two."""

    started: float
    ended: float


def most_in_a_second(found: Sequence[Success]) -> int:
    """The most calls that certainly were let through within one second.

    A call counts for a second that holds it from its start to its end, so that how long it was on
    its way can only make the figure smaller.
    """
    window = 1.0 - OUT_OF_ORDER_SECONDS
    return max(
        sum(first.started <= each.started and each.ended < first.started + window for each in found)
        for first in found
    )


def load(address: str, token: str) -> tuple[list[Success], int]:
    """Call as fast as sixteen clients can; what was let through, and how often it was not."""
    found: list[Success] = []
    refused: list[int] = []
    until = time.monotonic() + SECONDS

    def ask() -> None:
        with httpx.Client(base_url=address, trust_env=False, timeout=30) as client:
            while (started := time.monotonic()) < until:
                answer = client.get(CALL, headers={"access-token": token}).json()
                if answer["err_no"] == 0:
                    found.append(Success(started, time.monotonic()))
                else:
                    refused.append(answer["err_no"])

    asking = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert set(refused) <= {RATE_LIMITED}
    return found, len(refused)


@contextmanager
def served(state: Path, program: Sequence[str] = (), **settings: object) -> Iterator[Platform]:
    """A control plane alone, and a mini program in it."""
    with platform("sqlite", state, is_started=False) as found:
        done = found.guazai("migrate")
        assert done.returncode == 0, done.stderr
        found.start("control", program, **settings)
        found.await_healthy()
        yield found


def token(found: Platform) -> str:
    """A client token of the mini program."""
    found.add_people(operator="operator-zhou", developer="tea-developer")
    host, developer = found.caller("host"), found.caller("developer")
    sync(host)
    path = f"/mini-programs/{APP}/credential/secrets"
    body = {
        "client_key": APP,
        "client_secret": developer.post(path, {})["secret"],
        "grant_type": "client_credential",
    }
    address = f"{found.control_url}/oauth/client_token/"
    answer = httpx.post(address, json=body, trust_env=False, timeout=30)
    return str(answer.json()["data"]["access_token"])


def sync(host: Caller) -> None:
    """Tell of one mini program."""
    host.put("/host/legal-entities/ent_tea", {"name": "山间茶业有限公司"})
    host.put("/host/legal-entities/ent_tea/members/tea-developer", {"role": "owner"})
    app = {"entity_id": "ent_tea", "name": "山间茶礼", "is_online": True, "credit_score": 80}
    host.put(f"/host/mini-programs/{APP}", app)


@pytest.mark.slow
def test_four_processes_let_ten_calls_a_second_through(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    with (
        redis_server(tmp_path / "redis") as url,
        served(tmp_path, web_workers=WORKERS, redis=url) as found,
    ):
        let, refused = load(found.control_url, token(found))
        processes = len(psutil.Process(found.running["control"].pid).children())
    print(f"{len(let)} let through, {refused} refused, at most {most_in_a_second(let)} a second")
    assert processes >= WORKERS
    assert refused
    assert most_in_a_second(let) <= ALLOWED
    # Who asks too often is still let through as often as is allowed, however slow the machine.
    assert len(let) >= ALLOWED * SECONDS / 2


@pytest.mark.slow
def test_four_processes_that_count_for_themselves_let_more_through(tmp_path: Path) -> None:
    with served(tmp_path, ("-m", "tests.journeys.unguarded")) as found:
        let, refused = load(found.control_url, token(found))
    print(f"{len(let)} let through, {refused} refused, at most {most_in_a_second(let)} a second")
    assert most_in_a_second(let) > ALLOWED


def test_several_processes_without_redis_are_refused_with_the_mend(tmp_path: Path) -> None:
    with platform("sqlite", tmp_path, is_started=False) as found:
        found.env["GUAZAI_WEB_WORKERS"] = str(WORKERS)
        done = found.guazai("control")
    assert done.returncode == 2
    assert "GUAZAI_REDIS" in done.stderr


@pytest.mark.parametrize(
    ("times", "most"),
    [
        ([(0.0, 0.01)] * 11, 11),
        ([(0.0, 0.01)] * 10 + [(0.99, 1.01)], 10),
        ([(n / 10, n / 10 + 0.001) for n in range(40)], 10),
        ([(n / 11, n / 11 + 0.001) for n in range(40)], 11),
    ],
)
def test_a_second_is_any_second(times: list[tuple[float, float]], most: int) -> None:
    assert most_in_a_second([Success(*each) for each in times]) == most
