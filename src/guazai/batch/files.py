"""Files that are whole or absent, also after a power cut."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def sync(path: Path) -> None:
    """Wait until the file or directory `path` is on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def fresh(path: Path) -> Path:
    """An empty directory beside `path`, to be filled and then published as `path`."""
    making = path.with_name(f"{path.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    return making


def publish(making: Path, path: Path) -> None:
    """Give the directory `making` its name `path` in one step, once all of it is on disk.

    Takes the place of a directory of that name.
    """
    for each in sorted(making.rglob("*")):
        sync(each)
    sync(making)
    shutil.rmtree(path, ignore_errors=True)
    making.rename(path)
    sync(path.parent)
