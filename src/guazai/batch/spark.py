"""The same evaluation on a Spark cluster: Spark places, counts and repeats the tasks.

Every executor needs Guazai installed, and the feed and the masks under the same paths as here.
A task that Spark runs twice writes the same bytes twice.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from guazai.batch.engine import Runner, local

if TYPE_CHECKING:
    from pyspark import SparkContext

T = TypeVar("T")
R = TypeVar("R")

#: Tasks per core and wave: enough to even out slow ones, few enough to show progress.
TASKS_PER_CORE = 4


class EngineError(Exception):
    """The engine that was asked for cannot be used; the message says what to do."""


@contextmanager
def runner(engine: str) -> Iterator[Runner]:
    """The runner for `engine`: ``local``, or a Spark master such as ``spark://host:7077``.

    Raises `EngineError` where Spark is not installed, or the master does not answer.
    """
    if engine == "local":
        yield local
        return
    with _context(engine) as context:

        def on_spark(work: Callable[[T], R], tasks: Sequence[T]) -> Iterator[R]:
            wave = TASKS_PER_CORE * context.defaultParallelism
            for start in range(0, len(tasks), wave):
                some = tasks[start : start + wave]
                yield from context.parallelize(some, len(some)).map(work).collect()

        yield on_spark


@contextmanager
def _context(master: str) -> Iterator[SparkContext]:
    try:
        from pyspark import SparkConf, SparkContext  # noqa: PLC0415 - only with guazai[spark]
    except ImportError:
        raise EngineError(
            f"the engine {master!r} needs Spark: install guazai[spark], or use --engine local"
        ) from None
    # The Python that executors start; a cluster may have it elsewhere.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    settings = SparkConf().setMaster(master).setAppName("guazai").set("spark.ui.enabled", "false")
    try:
        context = SparkContext(conf=settings)
    except Exception as error:
        raise EngineError(f"Spark does not start on {master}: {error}") from error
    try:
        yield context
    finally:
        context.stop()
