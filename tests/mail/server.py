"""A real SMTP server, as small as can be: it takes what it is told to take."""

from __future__ import annotations

import base64
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Mailbox:
    """What came, and what is refused."""

    port: int
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    is_out_of_order: bool = False


class Handler(socketserver.StreamRequestHandler):
    """One connection."""

    found: Mailbox

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def handle(self) -> None:
        if self.found.is_out_of_order:
            self.say("421 out of order")
            return
        self.say("220 here")
        for line in iter(self.rfile.readline, b""):
            word, _, rest = line.decode().strip().partition(" ")
            if word.upper() == "QUIT":
                self.say("221 bye")
                return
            self.take(word.upper(), rest)

    def take(self, word: str, rest: str) -> None:
        if word == "EHLO":
            self.say("250-here")
            self.say("250 AUTH PLAIN")
        elif word == "AUTH":
            said = base64.b64decode(rest.split(" ")[1]).decode().split("\0")
            self.found.logins.append(":".join(said[1:]))
            self.say("235 welcome")
        elif word == "RCPT" and rest.split("<")[1].split(">", maxsplit=1)[0] in self.found.refused:
            self.say("550 no such mailbox")
        elif word == "RCPT":
            self.found.recipients.append(rest.split("<")[1].split(">", maxsplit=1)[0])
            self.say("250 ok")
        elif word == "DATA":
            self.say("354 go on")
            lines = list(iter(self.rfile.readline, b".\r\n"))
            parsed = message_from_bytes(b"".join(lines), policy=policy.default)
            assert isinstance(parsed, EmailMessage)
            self.found.letters.append(parsed)
            self.say("250 taken")
        else:
            self.say("250 ok")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A server on a free port of this machine."""

    class Own(Handler):
        pass

    with Server(("127.0.0.1", 0), Own) as server:
        found = Own.found = Mailbox(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()
