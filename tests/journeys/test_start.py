"""`guazai start`: it comes up, it comes up again, and it refuses what would do harm."""

from __future__ import annotations

import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from guazai.control.config import remember
from tests.platform import (
    REPOSITORY,
    START_SECONDS,
    STOP_SECONDS,
    bare_environment,
    database,
    environment,
    free_port_base,
    within,
)

STARTS_AND_STOPS_SECONDS = 120


def start(state: Path, *options: str, **settings: object) -> subprocess.CompletedProcess[str]:
    """Run `guazai start` to its end; `--check` or a refusal brings that."""
    return subprocess.run(
        [sys.executable, "-m", "guazai", "start", "--state", str(state), *options],
        env=bare_environment(**settings),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=STARTS_AND_STOPS_SECONDS,
        check=False,
    )


def said(done: subprocess.CompletedProcess[str]) -> str:
    """Everything it printed, whatever the width of its lines."""
    return " ".join((done.stdout + done.stderr).split())


@contextmanager
def started(state: Path, port_base: int, *options: str) -> Iterator[str]:
    """Guazai as somebody starts it, a demo unless told otherwise; the resolver's address."""
    ports = ["--port-base", str(port_base), *options]
    log = state / "start.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "guazai", "start", "--state", str(state), *ports],
            env=bare_environment(),
            cwd=REPOSITORY,
            stdout=output,
            stderr=output,
        )
    resolver = f"http://127.0.0.1:{port_base + 1}"
    try:

        def is_up() -> bool | None:
            assert process.poll() is None, log.read_text()
            return "Guazai runs." in log.read_text() or None

        within(START_SECONDS, is_up, "the demo runs")
        yield resolver
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_SECONDS) == 0, log.read_text()
    finally:
        print(log.read_text())
        if process.poll() is None:
            process.terminate()
            process.wait(STOP_SECONDS)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def test_start_checks_twice_and_leaves_nothing_running(kind: str, tmp_path: Path) -> None:
    base = free_port_base()
    with database(kind) as url:
        options = ["--check", "--port-base", str(base), *(["--database", url] if url else [])]
        for more in (["--reset"], []):
            done = start(tmp_path / "state", *options, *more)
            assert done.returncode == 0, done.stdout + done.stderr
            assert "Guazai runs." in done.stdout
            assert is_free(base)
            assert is_free(base + 1)


def test_start_serves_over_tls_and_remembers_it(tmp_path: Path) -> None:
    base, state = free_port_base(), tmp_path / "state"
    first = start(state, "--port-base", str(base), "--tls", "--no-demo", "--check")
    assert first.returncode == 0, said(first)
    ca = state / "tls" / "ca.pem"
    for told in (f"https://localhost:{base + 3}", f"--cacert {ca}", "NODE_EXTRA_CA_CERTS"):
        assert told in said(first)
    authority = ca.read_bytes()
    trust = ssl.create_default_context(cafile=str(ca))
    with started(state, base, "--no-demo"), httpx.Client(verify=trust, trust_env=False) as client:
        for host in ("localhost", "open.douyin.com", "developer.toutiao.com"):
            answer = client.get(
                f"https://127.0.0.1:{base + 3}/api/v1/health",
                headers={"host": host},
                extensions={"sni_hostname": host},
            )
            assert answer.status_code == 200, host
    assert ca.read_bytes() == authority


def test_start_refuses_a_busy_port_of_the_tls_front(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        base = ("--port-base", str(free_port_base()))
        done = start(tmp_path, *base, "--tls", "--tls-port", str(port))
    assert done.returncode == 2
    assert f"port {port} for the TLS front" in said(done)
    assert "--tls-port" in said(done)


def test_the_tour_walks_a_running_demo(tmp_path: Path) -> None:
    base = free_port_base()
    with started(tmp_path, base) as resolver:
        done = subprocess.run(
            [sys.executable, "-m", "guazai", "demo", "tour", "--state", str(tmp_path)],
            env=bare_environment(),
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=STARTS_AND_STOPS_SECONDS,
            check=False,
        )
        print(done.stdout)
        assert done.returncode == 0, done.stdout + done.stderr
        shown = httpx.get(f"{resolver}/v1/entries/porcelain_brand", trust_env=False)
        assert shown.status_code == 200
    assert is_free(base)
    assert is_free(base + 1)


def test_start_refuses_a_busy_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        done = start(tmp_path, "--port-base", str(port))
    assert done.returncode == 2
    assert f"port {port}" in said(done)
    assert "--port-base" in said(done)


def test_start_refuses_to_show_a_demo_to_a_network(tmp_path: Path) -> None:
    done = start(tmp_path, bind="0.0.0.0")
    assert done.returncode == 2
    assert "127.0.0.1" in said(done)
    assert "--no-demo" in said(done)


def test_start_refuses_real_use_of_demo_data(tmp_path: Path) -> None:
    remember(tmp_path, demo=True)
    done = start(tmp_path, "--no-demo")
    assert done.returncode == 2
    assert "--state" in said(done)
    assert "--reset" in said(done)


@pytest.mark.parametrize("kept", [{"demo": False}, None])
def test_start_refuses_to_reset_real_data(kept: dict[str, bool] | None, tmp_path: Path) -> None:
    data = tmp_path / "guazai.sqlite3"
    data.write_text("precious")
    if kept:
        remember(tmp_path, **kept)
    done = start(tmp_path, "--reset")
    assert done.returncode == 2
    assert "delete that folder yourself" in said(done)
    assert data.read_text() == "precious"


def test_start_refuses_a_demo_in_a_database_with_real_data(tmp_path: Path) -> None:
    with database("postgresql") as url:
        env = environment(tmp_path / "real", url)
        for command in (["migrate"], ["person", "save", "somebody", "--operator"]):
            subprocess.run(
                [sys.executable, "-m", "guazai", *command],
                env=env,
                cwd=REPOSITORY,
                input="a password of somebody\n" * 2,
                capture_output=True,
                text=True,
                check=True,
                start_new_session=True,
            )
        for options in (["--reset"], []):
            done = start(tmp_path / "new", "--database", url, "--check", *options)
            assert done.returncode == 2, said(done)
            assert "real data" in said(done)
        with psycopg.connect(url) as connection:
            people = connection.execute("SELECT login FROM directory_person").fetchall()
    assert people == [("somebody",)]
