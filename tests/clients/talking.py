"""Clients of the ecosystem, each a process of its own that has nothing of Guazai in it."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from guazai.certificates import certificates
from guazai.control.config import ECOSYSTEM_HOSTS
from tests.platform import REPOSITORY, START_SECONDS, STOP_SECONDS, Platform, within

HERE = Path(__file__).parent
HTTPS = 443


class ClientError(Exception):
    """What a client threw: its code, and its message."""

    def __init__(self, code: str, message: str, log_id: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.log_id = log_id


@dataclass
class Client:
    """A client on a pipe."""

    process: subprocess.Popen[str]

    def call(self, name: str, **given: Any) -> Any:
        """What the client made of the answer; raises ClientError where it threw."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"call": name, "with": given}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"{name}: the client ended"
        found = json.loads(line)
        if "error" in found:
            error = found["error"]
            raise ClientError(error["code"], error["message"], error.get("log_id", ""))
        return found["answer"]


@contextmanager
def front(platform: Platform) -> Iterator[str]:
    """The platform's TLS front at the very port that the ecosystem has, and its address.

    On a loopback address drawn at random, so that nothing else has that port.
    """
    require_root()
    numbers = random.SystemRandom()
    address = "127." + ".".join(str(numbers.randrange(1, 255)) for _ in range(3))
    command = ("-m", "guazai", "control", "--tls")
    platform.start("tls", command, bind=address, tls_port=HTTPS, tls=1)
    within(START_SECONDS, partial(_answers, platform, address), "the TLS front answers")
    yield address


def _answers(platform: Platform, address: str) -> bool | None:
    assert platform.running["tls"].poll() is None, "the TLS front ended"
    try:
        trust = certificates(platform.state).context()
        asked = f"https://{address}/api/v1/health"
        return httpx.get(asked, verify=trust, trust_env=False).status_code == 200 or None
    except (OSError, httpx.TransportError):
        return None


@contextmanager
def running(command: Sequence[str], **environment: str) -> Iterator[Client]:
    """A client that runs until the block ends; it verifies what it is answered."""
    with subprocess.Popen(
        command,
        env={**_bare(), **environment},
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield Client(process)
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(STOP_SECONDS) == 0
        finally:
            process.kill()


@contextmanager
def official(platform: Platform, address: str, key: str, secret: str) -> Iterator[Client]:
    """The official Node.js SDK, whose host is fixed: /etc/hosts leads it here, for it alone."""
    hosts = platform.state / "hosts"
    hosts.write_text(f"127.0.0.1 localhost\n{address} {' '.join(ECOSYSTEM_HOSTS)}\n")
    script = 'mount --bind "$0" /etc/hosts && exec "$@"'
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, str(hosts)]
    node = ["node", str(HERE / "official.js"), key, secret]
    with running([*command, *node], NODE_EXTRA_CA_CERTS=_ca(platform)) as client:
        yield client


@contextmanager
def pypi(platform: Platform, address: str, key: str, secret: str) -> Iterator[Client]:
    """The client of PyPI, which is told where to call."""
    folder = platform.state / f"tokens-{key}-{secret[-6:]}"
    folder.mkdir(exist_ok=True)
    told = [key, secret, str(folder), f"https://{address}", _ca(platform)]
    command = [sys.executable, str(HERE / "pypi.py"), *told]
    packages = str(HERE / "site-packages")
    with running(command, PYTHONPATH=packages) as client:
        yield client


def _ca(platform: Platform) -> str:
    return str(certificates(platform.state).ca)


def _bare() -> dict[str, str]:
    """An environment without proxies and without anything of Guazai."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ}


def require_root() -> None:
    """Say what is missing where these tests cannot run."""
    if os.geteuid() != 0:
        pytest.fail(
            "run as root: port 443, and an /etc/hosts for one process (unshare --mount), are its"
        )
    for name, mend in (("unshare", "util-linux"), ("node", "Node.js")):
        if not any((Path(each) / name).exists() for each in os.environ["PATH"].split(":")):
            pytest.fail(f"{name} is not there: install {mend}")
    if not (HERE / "node_modules").is_dir():
        pytest.fail("get the clients first: make clients")
