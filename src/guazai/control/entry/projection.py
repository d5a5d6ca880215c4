"""What the edge is to hold under a key, read from the current state of all contexts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from guazai.control.directory import queries as directory
from guazai.control.eligibility import queries as eligibility
from guazai.control.entry import queries
from guazai.control.journal.keys import Key, KeyKind
from guazai.control.surfaces.registry import SURFACES, Surface
from guazai.feed.codec import entry_body
from guazai.feed.records import ConfigRecord, DenyRecord, Record, Scope, VerdictRecord

if TYPE_CHECKING:
    from guazai.control.landing.models import LandingChange


@dataclass(frozen=True, slots=True)
class Projected:
    """The content under one edge key, before it has a version.

    `content` is what a change is told by; `is_blank` content that was never told needs no telling.
    """

    key: str
    content: dict[str, Any]
    is_blank: bool = False

    def digest(self) -> str:
        """SHA-256 of the content, in hex."""
        text = json.dumps(self.content, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def record(self, epoch: int, version: int) -> Record:
        """The edge record with its version; verdicts bring their own."""
        content = self.content
        if content["kind"] == "config":
            return _config_record(content, epoch, version)
        if content["kind"] == "deny":
            return DenyRecord(
                scope=Scope(content["scope"]),
                surface=content["surface"],
                target=content["target"],
                epoch=epoch,
                version=version,
                denied=content["denied"],
            )
        return VerdictRecord(
            aweme_id=content["aweme_id"],
            as_of=content["as_of"],
            revision=content["revision"],
            passed=content["passed"],
        )


def project(key: Key) -> Iterator[Projected]:
    """What the edge is to hold for `key` now; nothing for a key that only fans out."""
    if key.kind is KeyKind.ENTRY:
        for surface in SURFACES.values():
            yield from _configs(key.key, surface)
    elif key.kind is KeyKind.VERDICT:
        yield from _verdict(key.key)
    elif key.kind is KeyKind.DENY:
        scope, _, target = key.key.partition(":")
        for surface in SURFACES.values():
            yield _deny(Scope(scope), target, surface)


def _configs(aweme_id: str, surface: Surface) -> Iterator[Projected]:
    change = queries.live_change(aweme_id, surface)
    for host in surface.hosts:
        content: dict[str, Any] = {
            "kind": "config",
            "surface": surface.key,
            "host": host,
            "aweme_id": aweme_id,
            "entry": _entry(change, surface) if change else None,
        }
        yield Projected(f"config:{surface.key}:{host}:{aweme_id}", content, is_blank=change is None)


def _entry(change: LandingChange, surface: Surface) -> dict[str, str]:
    app = change.mini_program
    return {
        "app_id": app.pk,
        "entity_id": app.entity_id,
        "app_name": app.name,
        "icon_url": app.icon_url,
        "title": change.title or app.name,
        "page_path": change.page_path,
        "query": change.query,
        "link": surface.link_to(app.pk, change.page_path, change.query),
    }


def _config_record(content: dict[str, Any], epoch: int, version: int) -> ConfigRecord:
    place = {name: content[name] for name in ("surface", "host", "aweme_id")}
    if content["entry"] is None:
        return ConfigRecord(
            **place, epoch=epoch, version=version, live=False, app_id="", entity_id="", body=b""
        )
    shown = dict(content["entry"])
    entity_id = shown.pop("entity_id")
    return ConfigRecord(
        **place,
        epoch=epoch,
        version=version,
        live=True,
        app_id=shown["app_id"],
        entity_id=entity_id,
        body=entry_body(**place, **shown, version=version),
    )


def _verdict(aweme_id: str) -> Iterator[Projected]:
    verdict = eligibility.verdict(aweme_id)
    if verdict is not None:
        yield Projected(
            f"verdict:{aweme_id}",
            {
                "kind": "verdict",
                "aweme_id": aweme_id,
                "as_of": verdict.as_of,
                "revision": verdict.revision,
                "passed": verdict.is_passed,
            },
        )


def _deny(scope: Scope, target: str, surface: Surface) -> Projected:
    denied = queries.is_denied(scope, target)
    if scope is Scope.MINI_PROGRAM:
        # One record closes all entries of a mini program, whatever closed it.
        app = directory.find_mini_program(target)
        denied = denied or app is None or bool(queries.closed_reasons(app, surface))
    content = {
        "kind": "deny",
        "surface": surface.key,
        "scope": scope.value,
        "target": target,
        "denied": denied,
    }
    return Projected(f"deny:{surface.key}:{scope}:{target}", content, is_blank=not denied)
