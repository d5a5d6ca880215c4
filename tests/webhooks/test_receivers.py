"""Receivers as developers run them: the guide's, and `guazai webhook sink`."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from guazai.control.webhooks.envelope import check_body, headers
from guazai.control.webhooks.models import Delivery
from tests.platform import REPOSITORY, bare_environment, free_port_base, within

if TYPE_CHECKING:
    from tests.webhooks.scene import Scene

GUIDE = REPOSITORY / "docs" / "guides" / "webhooks.md"
SAMPLE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STARTS_WITHIN_SECONDS = 20
SECRET = "gzs_a_secret_of_this_test"
Said = Callable[[], str]


@contextmanager
def running(
    command: list[str], tmp_path: Path, port: int, **env: str
) -> Iterator[tuple[Said, subprocess.Popen[bytes]]]:
    """A program that listens on `port`, and what it has said so far."""
    log = tmp_path / "said.txt"
    with (
        log.open("wb") as out,
        subprocess.Popen(
            [sys.executable, *command],
            env=bare_environment() | env | {"PYTHONUNBUFFERED": "1", "COLUMNS": "200"},
            cwd=REPOSITORY,
            stdout=out,
            stderr=out,
        ) as process,
    ):
        try:
            within(STARTS_WITHIN_SECONDS, lambda: answers(port, process), "it listens")
            yield log.read_text, process
        finally:
            process.kill()


def answers(port: int, process: subprocess.Popen[bytes]) -> bool | None:
    assert process.poll() is None
    try:
        httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
    except httpx.TransportError:
        return None
    return True


def told(port: int, body: bytes, *secrets: str, message_id: str = "dlv_1") -> httpx.Response:
    return httpx.post(
        f"http://127.0.0.1:{port}/",
        content=body,
        headers=dict(headers(body, secrets, message_id)),
        trust_env=False,
    )


def test_the_guides_receiver_verifies_and_tells_repeats(scene: Scene, tmp_path: Path) -> None:
    [sample] = SAMPLE.findall(GUIDE.read_text())
    program = tmp_path / "receiver.py"
    program.write_text(sample)
    secret, port = scene.add_secret(), free_port_base()
    env = {"CLIENT_SECRET": secret, "PORT": str(port)}
    with running([str(program)], tmp_path, port, **env) as (said, _):
        challenged = told(port, check_body(scene.app.pk, 12345).encode())
        assert (challenged.status_code, challenged.json()) == (200, {"challenge": 12345})
        scene.listen(f"http://127.0.0.1:{port}/")
        scene.world.grant(scene.app)
        scene.told()
        assert [done.answer.failure for done in scene.deliver()] == [None, None]
        one = Delivery.objects.order_by("created_at")[0]
        scene.api().post(f"{scene.base}/deliveries/{one.pk}/replay")
        assert [done.answer.failure for done in scene.deliver()] == [None]
        assert told(port, one.body.encode(), "another secret").status_code == 401
        # The newer of two secrets is as good.
        assert told(port, one.body.encode(), "another", secret).status_code == 200
        printed = [line for line in said().splitlines() if line.startswith("APPLY_CAPACITY")]
    statuses = [int(re.findall(r"'status': (\d)", line)[0]) for line in printed]
    # The replay is not told again; the last has a Msg-Id of its own.
    assert statuses == [1, 2, 1]


def test_the_guide_names_every_event_and_every_error() -> None:
    from guazai.control.webhooks.states import Event, Failure  # noqa: PLC0415 - it needs Django

    text = GUIDE.read_text()
    answered = {Failure.URL_INVALID, Failure.ANSWER_BROKEN, Failure.SILENT}
    assert [event for event in Event if f"`{event}`" not in text] == []
    assert [each for each in Failure if f"`{each}`" not in text and each not in answered] == []


@pytest.fixture
def port() -> int:
    return free_port_base()


def test_the_sink_prints_and_verifies(tmp_path: Path, port: int) -> None:
    command = ["-m", "guazai", "webhook", "sink", "--port", str(port)]
    body = json.dumps({"event": "TEST", "client_key": "tt1", "content": '{"message": "茶"}'})
    sent = body.encode()
    with running(command, tmp_path, port, GUAZAI_CLIENT_SECRET=SECRET) as (said, process):
        challenged = told(port, check_body("tt1", 7).encode(), SECRET)
        assert challenged.json() == {"challenge": 7}
        for secrets in ((SECRET,), (SECRET,), ("older", SECRET), ("wrong",), ()):
            assert told(port, sent, *secrets).status_code == 200
        assert told(port, b"[]").status_code == 400
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        text = said()
    assert SECRET not in text
    assert "verify_webhook for tt1: answered" in text
    assert "Msg-Id dlv_1" in text
    assert text.count("signature right: X-Douyin-Signature") == 2
    assert text.count("signature right: X-Guazai-Signature-Next") == 1
    assert text.count("SIGNATURE WRONG") == 2
    assert text.count("duplicate") == 4
    assert '"message": "茶"' in text


def test_the_sink_refuses_and_waits_as_it_is_told(tmp_path: Path, port: int) -> None:
    command = ["-m", "guazai", "webhook", "sink", "--port", str(port), "--fail", "1"]
    with running(command, tmp_path, port) as (said, _):
        assert told(port, b'{"event": "TEST"}').status_code == 500
        # What was refused is no duplicate when it comes again.
        assert told(port, b'{"event": "TEST"}').status_code == 500
        assert "duplicate" not in said()
        assert "signature not checked" in said()
