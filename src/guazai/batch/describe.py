"""Making the manifest of Parquet files that lie ready: what is there, none of it checked."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from guazai.batch import manifest, parquet
from guazai.batch.check import file_schema, readable
from guazai.batch.errors import FeedError
from guazai.batch.manifest import COLUMN_TYPE, Column, File, Manifest, Progress


def describe(directory: Path, as_of: date, progress: Progress | None = None) -> Manifest:
    """The unsigned manifest of the Parquet files in `directory`, in the order of their names.

    `progress` gets the bytes read. Raises `FeedError` for files that cannot be read, and for
    columns that no feed has; `check` says the rest.
    """
    paths = sorted(directory.glob("*.parquet"), key=lambda path: path.name)
    if not paths:
        raise FeedError("feed_empty", f"there are no .parquet files in {directory}")
    found = tuple(_describe_file(path, progress) for path in paths)
    with readable(paths[0].name):
        schema = file_schema(paths[0])
    for name, kind in schema.items():
        if kind not in COLUMN_TYPE.values():
            message = f"the column {name} is {kind}; use one of {', '.join(COLUMN_TYPE.values())}"
            raise FeedError("column_type_wrong", message, file=paths[0].name)
    return Manifest(
        as_of=as_of,
        rows=sum(file.rows for file in found),
        schema=tuple(Column(name, kind) for name, kind in schema.items()),
        files=found,
    )


def _describe_file(path: Path, progress: Progress | None) -> File:
    with readable(path.name):
        manifest.check_regular(path.name, path.lstat())
        return File(
            path.name,
            rows=sum(group.rows for group in parquet.read_row_groups(path)),
            bytes=path.stat().st_size,
            sha256=manifest.sha256_of(path, progress),
        )
