"""`guazai webhook`: for those who receive events, with no platform on their machine."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Annotated, Any

import typer

from guazai.console import fail, out, until_told

app = typer.Typer(help="Receive events, for trials.", no_args_is_help=True)
MESSAGE_ID = "Msg-Id"
SIGNATURES = ("X-Douyin-Signature", "X-Guazai-Signature-Next")
MAX_BODY = 2 * 1024 * 1024


@dataclass
class Received:
    """What came in so far, and what is answered."""

    secret: str
    failing: float
    delay_seconds: float
    say: Callable[[str], None]
    seen: set[str] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)

    def take(self, headers: Message, body: bytes) -> tuple[int, bytes]:
        """Say what a request is; the status and body of its answer."""
        try:
            told = json.loads(body)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            self._say("not an event: the body is no JSON object")
            return 400, b""
        if told.get("event") == "verify_webhook":
            self._say(f"verify_webhook for {told.get('client_key')}: answered")
            asked = told.get("content")
            challenge = asked.get("challenge") if isinstance(asked, dict) else None
            return 200, json.dumps({"challenge": challenge}).encode()
        time.sleep(self.delay_seconds)
        is_refused = random.random() < self.failing  # noqa: S311 - for trials
        with self.lock:
            message_id = headers.get(MESSAGE_ID, "")
            is_again = message_id in self.seen
            if not is_refused:
                self.seen.add(message_id)
        notes = [f"{MESSAGE_ID} {message_id}", self._judge(headers, body)]
        notes += ["duplicate"] if is_again else []
        notes += ["refused with 500"] if is_refused else []
        self._say(f"{told.get('event')} ({', '.join(notes)})\n{_pretty(told)}")
        return (500 if is_refused else 200), b"{}"

    def _judge(self, headers: Message, body: bytes) -> str:
        if not self.secret:
            return "signature not checked: no secret given"
        right = hashlib.sha1(self.secret.encode() + body).hexdigest()  # noqa: S324 - the contract's
        for name in SIGNATURES:
            if hmac.compare_digest(headers.get(name, "").encode(), right.encode()):
                return f"signature right: {name}"
        return "SIGNATURE WRONG"

    def _say(self, what: str) -> None:
        with self.lock:
            self.say(f"{datetime.now().astimezone():%H:%M:%S.%f} {what}")


def _pretty(told: dict[str, Any]) -> str:
    content = told.get("content")
    with suppress(ValueError):
        told = {**told, "content": json.loads(content)} if isinstance(content, str) else told
    return json.dumps(told, ensure_ascii=False, indent=2)


def server(bind: str, port: int, received: Received) -> ThreadingHTTPServer:
    """A server that takes events. Raises OSError where the port cannot be used."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Take one event."""
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > MAX_BODY:
                self.send_error(411 if not length.isdigit() else 413)
                return
            status, answer = received.take(self.headers, self.rfile.read(int(length)))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing beside what is said of events."""

    return ThreadingHTTPServer((bind, port), Handler)


@app.command()
def sink(
    *,
    port: Annotated[int, typer.Option(min=1, max=65535)] = 9000,
    bind: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    secret: Annotated[
        str,
        typer.Option(
            envvar="GUAZAI_CLIENT_SECRET",
            show_envvar=True,
            show_default=False,
            help="The client secret; better in the environment, where no history keeps it.",
        ),
    ] = "",
    failing: Annotated[
        float, typer.Option("--fail", min=0, max=1, help="Refuse this share of events with 500.")
    ] = 0.0,
    delay: Annotated[float, typer.Option(min=0, help="Wait so many seconds.")] = 0.0,
) -> None:
    """Print and verify the events that arrive, and answer the challenge.

    Beside a demo, which may call this machine:

    GUAZAI_CLIENT_SECRET=gzs_… guazai webhook sink --port 9000 --fail 0.3

    Then set http://127.0.0.1:9000/ as the webhook of a mini program, and press test.
    """
    should_stop = until_told()
    received = Received(
        secret, failing, delay, lambda what: out.print(what, markup=False, soft_wrap=True)
    )
    try:
        listening = server(bind, port, received)
    except OSError as error:
        raise fail(f"port {port} cannot be used: {error}") from None
    with listening:
        listening.timeout = 0.2
        out.print(f"listening on http://{bind}:{port}/", markup=False)
        while not should_stop():
            listening.handle_request()
