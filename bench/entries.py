"""Entries to measure with: every account is shown, every answer of the same size."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

from redis import Redis
from rich.progress import track

from guazai.feed import ConfigRecord, EdgeKey, ProgramRecord, Sealed, VerdictRecord, Watermark, seal
from guazai.resolver.node import Node

SURFACE, HOST = "profile_mount", "douyin"
APPS = 10_000
NAME, TITLE, PAGE = "挂载咖啡", "在线点单", "pages/index/index"
_BATCH = 20_000
_KEY = EdgeKey("an edge key of benchmarks alone " * 2)


def account(number: int) -> str:
    return f"dy_{number:012d}"


def app(number: int) -> str:
    return f"tt{number % APPS:016d}"


def _icon(app_id: str) -> str:
    return f"https://cdn.example.com/icons/{app_id}.png"


def body_of(number: int) -> bytes:
    """Write the answer for an entry as a JSON encoder does."""
    app_id = app(number)
    fields = {
        "surface": SURFACE,
        "host": HOST,
        "aweme_id": account(number),
        "app_id": app_id,
        "app_name": NAME,
        "icon_url": _icon(app_id),
        "title": TITLE,
        "page_path": PAGE,
        "query": "from=profile",
        "link": f"sslocal://microapp?app_id={app_id}"
        "&start_page=pages%2Findex%2Findex%3Ffrom%3Dprofile",
        "version": 1,
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def _numbers(start: int, entries: int) -> Iterator[int]:
    """Count the entries, with a progress bar."""
    for first in track(range(start, entries, _BATCH), description="", transient=True):
        yield from range(first, min(first + _BATCH, entries))


def records(entries: int, edge_key: EdgeKey) -> Iterator[Sealed]:
    """Make everything that so many entries need, in the order of their keys."""
    for number in _numbers(0, entries):
        aweme_id = account(number)
        config = ConfigRecord(
            SURFACE,
            HOST,
            aweme_id,
            epoch=1,
            version=1,
            live=True,
            app_id=app(number),
            title=TITLE,
            page_path=PAGE,
            query="from=profile",
        )
        yield seal(config, edge_key)
        yield seal(VerdictRecord(aweme_id, date(2024, 8, 15), 1, passed=True), edge_key)
    for number in range(min(entries, APPS)):
        app_id = app(number)
        link = f"sslocal://microapp?app_id={app_id}&start_page={{start_page}}"
        yield seal(
            ProgramRecord(
                SURFACE,
                app_id,
                epoch=1,
                version=1,
                entity_id=f"le{number:016d}",
                app_name=NAME,
                icon_url=_icon(app_id),
                link=link,
            ),
            edge_key,
        )


def fill_node(folder: Path, entries: int) -> None:
    """Fill the folder of a resolver node."""
    with closing(Node(folder)) as node:
        node.store.load(records(entries, _KEY), Watermark(1, entries, int(time.time() * 1000)))


def redis_key(surface: str, host: str, aweme_id: str) -> str:
    return f"entry:{surface}:{host}:{aweme_id}"


def fill_redis(port: int, entries: int, start: int = 0) -> None:
    """Fill Redis with the answers themselves, under one key an account, from `start` on."""
    with Redis(host="127.0.0.1", port=port) as redis:
        pipeline = redis.pipeline(transaction=False)
        for number in _numbers(start, entries):
            pipeline.set(redis_key(SURFACE, HOST, account(number)), body_of(number))
            if len(pipeline) >= _BATCH:
                pipeline.execute()
        pipeline.execute()
