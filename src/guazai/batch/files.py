"""Files that are whole or absent, also after a power cut."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def sync(path: Path) -> None:
    """Wait until the file or directory `path` is on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def making(path: Path) -> Iterator[Path]:
    """A new directory to fill, which becomes `path` in one step when the block ends.

    By then all of it is on disk. Takes the place of a directory of that name; a block that fails
    leaves nothing.
    """
    unfinished = path.with_name(f"{path.name}.making")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        yield unfinished
        for each in sorted(unfinished.rglob("*")):
            sync(each)
        sync(unfinished)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    shutil.rmtree(path, ignore_errors=True)
    unfinished.rename(path)
    sync(path.parent)
