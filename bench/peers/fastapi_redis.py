"""FastAPI and Redis: uvloop, httptools, hiredis, one connection pool, prebuilt JSON bytes.

Several accounts are one MGET. The answer is joined from those bytes, not encoded again; `--typed`
answers by response models instead, as FastAPI's documentation teaches.
"""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, cast

import uvicorn
from fastapi import FastAPI, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from redis.asyncio import BlockingConnectionPool, Redis

from bench.entries import redis_key

IDENTIFIER = r"^[A-Za-z0-9_.-]{1,64}$"
HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
POOL = 64
MAX_IDS = 100
Place = Annotated[str, Query(pattern=IDENTIFIER)]
Identifier = Annotated[str, StringConstraints(pattern=IDENTIFIER)]


class Batch(BaseModel):
    model_config = ConfigDict(extra="forbid")

    aweme_ids: Annotated[list[Identifier], Field(max_length=MAX_IDS)]
    surface: Identifier = "profile_mount"
    host: Identifier = "douyin"


class Entry(BaseModel):
    surface: str
    host: str
    aweme_id: str
    app_id: str
    app_name: str
    icon_url: str
    title: str
    page_path: str
    query: str
    link: str
    version: int


class Entries(BaseModel):
    entries: dict[str, Entry | None]


def application(redis_port: int, *, is_typed: bool) -> FastAPI:
    pool = BlockingConnectionPool(host="127.0.0.1", port=redis_port, max_connections=POOL)
    redis = Redis(connection_pool=pool)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await redis.aclose()
        await pool.aclose()

    app = FastAPI(lifespan=lifespan, openapi_url=None)

    @app.get("/v1/entries/{aweme_id}")
    async def entry(
        aweme_id: Annotated[str, Path(pattern=IDENTIFIER)],
        surface: Place = "profile_mount",
        host: Place = "douyin",
    ) -> Response:
        body = await redis.get(redis_key(surface, host, aweme_id))
        if body is None:
            return Response(status_code=204, headers=HEADERS)
        return Response(body, media_type="application/json", headers=HEADERS)

    async def find(batch: Batch) -> list[tuple[str, bytes | None]]:
        keys = [redis_key(batch.surface, batch.host, each) for each in batch.aweme_ids]
        bodies = cast(list[bytes | None], await redis.mget(keys) if keys else [])
        return list(zip(batch.aweme_ids, bodies, strict=True))

    if is_typed:

        @app.post("/v1/entries")
        async def typed_entries(batch: Batch) -> Entries:
            found = await find(batch)
            return Entries(
                entries={
                    each: None if body is None else Entry.model_validate_json(body)
                    for each, body in found
                }
            )

    else:

        @app.post("/v1/entries")
        async def entries(batch: Batch) -> Response:
            found = await find(batch)
            members = [b'"%b":%b' % (each.encode(), body or b"null") for each, body in found]
            content = b'{"entries":{' + b",".join(members) + b"}}"
            return Response(content, media_type="application/json", headers=HEADERS)

    return app


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--redis-port", type=int, required=True)
    arguments.add_argument("--typed", action="store_true")
    given = arguments.parse_args()
    uvicorn.run(
        application(given.redis_port, is_typed=given.typed),
        host="127.0.0.1",
        port=given.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
