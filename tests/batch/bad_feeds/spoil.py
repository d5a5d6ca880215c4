"""How the feeds of feeds.json are made: a good feed, and what is then done to it, in order."""

from __future__ import annotations

import json
import math
import os
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from guazai.batch.manifest import NAME, Manifest
from tests.batch.feeds import SECRET, good_feed, remake, write

#: Values that JSON cannot write, or that would drown the table.
WORDS: dict[str, object] = {
    "NaN": math.nan,
    "Infinity": math.inf,
    "-Infinity": -math.inf,
    "64 + 1 letters": "x" * 65,
    "256 + 1 letters": "é" * 257,
}
TYPES = {
    each.__name__: each
    for each in (
        pl.Int32,
        pl.Int64,
        pl.UInt64,
        pl.Float32,
        pl.Float64,
        pl.String,
        pl.Binary,
        pl.Categorical,
        pl.Date,
    )
}


@dataclass(frozen=True)
class BadFeed:
    """One row of feeds.json."""

    name: str
    does: list[list[Any]]
    code: str
    file: str | None
    row: int | None
    is_signed_platform: bool

    def make(self, root: Path) -> Path:
        """Make it below `root`, and answer its directory."""
        spoiler = Spoiler(good_feed(root))
        for verb, *args in self.does:
            getattr(spoiler, verb)(*args)
        return spoiler.directory


def load() -> list[BadFeed]:
    """Every bad feed of the table."""
    rows = json.loads((Path(__file__).parent / "feeds.json").read_text(encoding="utf-8"))
    return [
        BadFeed(
            name=row["name"],
            does=row["does"],
            code=row["code"],
            file=row.get("file"),
            row=row.get("row"),
            is_signed_platform=row.get("platform_has_secret", False),
        )
        for row in rows
    ]


class Spoiler:
    """The verbs of the table. Those on rows and columns make the manifest anew; others do not."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    # --- the folder and its files ---

    def rename_folder(self, name: str) -> None:
        self.directory = self.directory.rename(self.directory.with_name(name))

    def link_folder(self) -> None:
        real = self.directory.rename(self.directory.with_name("elsewhere"))
        self.directory.symlink_to(real, target_is_directory=True)

    def remove_folder(self) -> None:
        shutil.rmtree(self.directory)

    def make_folder_a_file(self) -> None:
        self.remove_folder()
        self.directory.write_text("not a folder")

    def delete(self, name: str) -> None:
        (self.directory / name).unlink()

    def add(self, name: str, text: str) -> None:
        (self.directory / name).write_text(text)

    def copy(self, source: str, target: str) -> None:
        shutil.copyfile(self.directory / source, self.directory / target)

    def swap(self, one: str, other: str) -> None:
        first, second = self.directory / one, self.directory / other
        kept = first.read_bytes()
        first.write_bytes(second.read_bytes())
        second.write_bytes(kept)

    def link(self, name: str) -> None:
        real = (self.directory / name).rename(self.directory.parent / name)
        (self.directory / name).symlink_to(real)

    def make_a_folder(self, name: str) -> None:
        (self.directory / name).unlink(missing_ok=True)
        (self.directory / name).mkdir()

    def make_a_pipe(self, name: str) -> None:
        (self.directory / name).unlink()
        os.mkfifo(self.directory / name)

    def cut(self, name: str, size: int) -> None:
        """Keep the first `size` bytes; where negative, all but the last."""
        path = self.directory / name
        path.write_bytes(path.read_bytes()[:size])

    def append(self, name: str, text: str) -> None:
        with (self.directory / name).open("ab") as handle:
            handle.write(text.encode())

    def put(self, name: str, at: int, hexed: str) -> None:
        """Write bytes over those at `at`, from the end where negative."""
        path = self.directory / name
        raw = bytearray(path.read_bytes())
        new = bytes.fromhex(hexed)
        start = at % len(raw)
        raw[start : start + len(new)] = new
        path.write_bytes(raw)

    def replace_bytes(self, name: str, old: str, new: str) -> None:
        """Write other bytes wherever the text `old` is; `new` is in hex."""
        path = self.directory / name
        raw = path.read_bytes()
        assert old.encode() in raw
        path.write_bytes(raw.replace(old.encode(), bytes.fromhex(new)))

    # --- the manifest ---

    def remake(self) -> None:
        remake(self.directory)

    def set_manifest(self, path: list[str | int], value: object) -> None:
        manifest = self._manifest()
        at = manifest
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value
        self._write_manifest(manifest)

    def remove_from_manifest(self, path: list[str | int]) -> None:
        manifest = self._manifest()
        at = manifest
        for step in path[:-1]:
            at = at[step]
        del at[path[-1]]
        self._write_manifest(manifest)

    def repeat_in_manifest(self, name: str, index: int) -> None:
        manifest = self._manifest()
        manifest[name].append(manifest[name][index])
        self._write_manifest(manifest)

    def exchange_in_manifest(self, name: str, one: int, other: int) -> None:
        manifest = self._manifest()
        rows = manifest[name]
        rows[one], rows[other] = rows[other], rows[one]
        self._write_manifest(manifest)

    def replace_in_manifest(self, old: str, new: str) -> None:
        path = self.directory / NAME
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    def pad_manifest(self, size: int) -> None:
        with (self.directory / NAME).open("ab") as handle:
            handle.write(b" " * size)

    def sign(self, secret: str | None = None) -> None:
        key = SECRET if secret is None else secret.encode()
        Manifest.read(self.directory).signed(key).write(self.directory)

    def empty(self) -> None:
        """A feed of no rows in no files."""
        for path in self.directory.glob("*.parquet"):
            path.unlink()
        self.set_manifest(["files"], [])
        self.set_manifest(["rows"], 0)

    # --- rows and columns ---

    def set(self, name: str, row: int, column: str, value: object) -> None:
        rows = self._read(name)
        values = rows[column].to_list()
        values[row] = WORDS.get(value, value) if isinstance(value, str) else value
        new = pl.Series(column, values, rows[column].dtype, strict=False)
        self._write(name, rows.with_columns(new))

    def set_all(self, name: str, column: str, value: object) -> None:
        rows = self._read(name)
        self._write(name, rows.with_columns(pl.lit(value, rows[column].dtype).alias(column)))

    def exchange_rows(self, name: str, one: int, other: int) -> None:
        order = list(range(self._read(name).height))
        order[one], order[other] = order[other], order[one]
        self._write(name, self._read(name)[order])

    def reverse_rows(self, name: str) -> None:
        self._write(name, self._read(name).reverse())

    def repeat_row(self, name: str, row: int) -> None:
        rows = self._read(name)
        self._write(name, pl.concat([rows[: row + 1], rows[row:]]))

    def keep_rows(self, name: str, count: int) -> None:
        self._write(name, self._read(name)[:count])

    def cast(self, name: str, column: str, kind: str) -> None:
        self._write(name, self._read(name).with_columns(pl.col(column).cast(TYPES[kind])))

    def wrap_in_list(self, name: str, column: str) -> None:
        self._write(name, self._read(name).with_columns(pl.concat_list(column)))

    def drop_column(self, name: str, column: str) -> None:
        self._write(name, self._read(name).drop(column))

    def rename_column(self, name: str, old: str, new: str) -> None:
        self._write(name, self._read(name).rename({old: new}))

    def swap_names(self, name: str, one: str, other: str) -> None:
        """Each column with the values of the other."""
        self._write(name, self._read(name).rename({one: other, other: one}))

    def exchange_columns(self, name: str, one: str, other: str) -> None:
        rows = self._read(name)
        swapped = {one: other, other: one}
        self._write(name, rows.select([swapped.get(each, each) for each in rows.columns]))

    def add_column(self, name: str, column: str) -> None:
        self._write(name, self._read(name).with_columns(pl.lit("x").alias(column)))

    def one_group(self, name: str, rows: int) -> None:
        """So many rows, all the same, in one row group."""
        same = self._read(name)[:1]
        big = pl.select(at=pl.int_range(rows)).join(same, how="cross").drop("at")
        write(self.directory / name, big, group_rows=rows)
        remake(self.directory)

    def write_csv(self, name: str) -> None:
        self._read(name).write_csv(self.directory / name)

    def _manifest(self) -> Any:
        return json.loads((self.directory / NAME).read_bytes())

    def _write_manifest(self, obj: object) -> None:
        (self.directory / NAME).write_text(json.dumps(obj, default=date.isoformat))

    def _read(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.directory / name)

    def _write(self, name: str, rows: pl.DataFrame) -> None:
        write(self.directory / name, rows)
        remake(self.directory)
