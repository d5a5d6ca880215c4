"""Denies by break-glass: laid on a node directly while the control plane is down.

A worker takes one and writes it to a file; the follower sees the file, hides what it names, and
hands it in with every lease request until the relay says that the database has it.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from pathlib import Path

import structlog
from pydantic import ValidationError

from guazai.feed import EdgeKey, Scope
from guazai.feed.lease import BreakGlass, is_signed
from guazai.resolver.problems import Problem, bad_request
from guazai.resolver.requests import is_identifier

FOLDER = "break-glass"
MAX_HELD = 1000
MAX_BODY_BYTES = 8 * 1024
#: A signed deny is taken only around when it was signed, so that an old one cannot be replayed.
MAX_AGE_SECONDS = 24 * 3600
_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_SUFFIX = ".json"
log = structlog.get_logger(__name__)


class Box:
    """The denies by break-glass that a node holds, one file each."""

    def __init__(self, node: Path) -> None:
        self._folder = node / FOLDER
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._seen_at: int | None = None
        self._held: dict[str, BreakGlass] = {}

    def put(self, given: BreakGlass) -> bool:
        """Keep a deny, on the disk when this returns; whether it was new. Raises Problem."""
        path = self._folder / f"{given.id}{_SUFFIX}"
        if path.exists():
            if path.read_text() != given.model_dump_json():
                raise Problem(
                    HTTPStatus.CONFLICT, "break_glass_conflict", "another deny has this id"
                )
            return False
        if len(self._files()) >= MAX_HELD:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "break_glass_full",
                f"a node holds at most {MAX_HELD} denies by break-glass",
            )
        new = path.with_suffix(f".{os.getpid()}")
        with new.open("w") as file:
            file.write(given.model_dump_json())
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        _sync(self._folder)
        return True

    def look(self) -> bool:
        """Read what is held, if it changed since; whether it did."""
        changed_at = self._folder.stat().st_mtime_ns
        if changed_at == self._seen_at:
            return False
        held = {}
        for path in self._files():
            try:
                given = BreakGlass.model_validate_json(path.read_bytes())
            except FileNotFoundError:
                continue
            except ValidationError:
                log.exception("break_glass.unreadable", file=path.name)
                continue
            held[given.id] = given
        with self._lock:
            self._held = held
        # A change within the clock's grain of the last look would not be seen later.
        self._seen_at = changed_at if _is_settled(changed_at) else None
        return True

    def held(self) -> Mapping[str, BreakGlass]:
        """What is held, as of the last look."""
        with self._lock:
            return self._held

    def drop(self, ids: Iterable[str]) -> None:
        """Hold these no more."""
        with self._lock:
            gone = [each for each in ids if each in self._held]
            self._held = {each: given for each, given in self._held.items() if each not in gone}
        for each in gone:
            (self._folder / f"{each}{_SUFFIX}").unlink(missing_ok=True)
            log.info("break_glass.merged", id=each)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{_SUFFIX}"))


def read(body: bytes, edge_key: EdgeKey) -> BreakGlass:
    """Take the body of `POST /v1/break-glass`. Raises Problem where it is not to be obeyed."""
    if len(body) > MAX_BODY_BYTES:
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "body_too_large",
            f"the body is over {MAX_BODY_BYTES} bytes",
        )
    try:
        given = BreakGlass.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(each) for each in first["loc"]) or "body"
        raise bad_request("break_glass_malformed", first["msg"], place[:64]) from None
    if not is_signed(given, edge_key):
        raise Problem(
            HTTPStatus.FORBIDDEN, "signature_invalid", "it is not signed with this node's edge key"
        )
    if abs(time.time() - given.signed_at) > MAX_AGE_SECONDS:
        raise Problem(
            HTTPStatus.FORBIDDEN, "signature_expired", "it was not signed within 24 hours of now"
        )
    if _ID.fullmatch(given.id) is None:
        raise bad_request("break_glass_malformed", "an id has A-Z a-z 0-9 _ -", "id")
    if given.scope is Scope.GLOBAL:
        if given.target:
            raise bad_request("break_glass_malformed", "a global deny has no target", "target")
    elif is_identifier(given.target) is None:
        raise bad_request("break_glass_malformed", "the target is not an identifier", "target")
    return given


def _is_settled(changed_at: int) -> bool:
    return abs(time.time_ns() - changed_at) > 100_000_000


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
