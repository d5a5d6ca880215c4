"""What was written and what became visible at the edge, and how the one answers for the other."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from guazai.feed.codec import record_key
from guazai.feed.records import (
    ConfigRecord,
    DenyRecord,
    ProgramRecord,
    Record,
    VerdictRecord,
)


class Written(NamedTuple):
    """From `at` on, an act may have made `content` the state of `key`.

    Of content that is blank, having heard nothing tells the edge as much.
    """

    at: float
    key: str
    content: str
    is_blank: bool


class Seen(NamedTuple):
    """At `at`, `key` was seen to hold `content` with the rank `rank`, other than before."""

    at: float
    key: str
    content: str
    rank: tuple[int, int]


def key_of(record: Record) -> str:
    return record_key(record).hex()


def content_of(record: Record) -> str:
    """Everything about a record but its key and, where it has one, its version."""
    match record:
        case ConfigRecord():
            texts = [record.app_id, record.title, record.page_path, record.query]
            return json.dumps([record.live, *texts], ensure_ascii=False)
        case ProgramRecord():
            texts = [record.entity_id, record.app_name, record.icon_url, record.link]
            return json.dumps(texts, ensure_ascii=False)
        case DenyRecord():
            return json.dumps(record.denied)
        case VerdictRecord():
            return json.dumps([record.as_of.isoformat(), record.revision, record.passed])


@dataclass
class Faults:
    """What must not happen, each with the place where it did."""

    lost: list[str] = field(default_factory=list)
    duplicate: list[str] = field(default_factory=list)
    backward: list[str] = field(default_factory=list)


def judge(written: Iterable[Written], seen: Iterable[Seen], last: Mapping[str, str]) -> Faults:
    """Hold what was seen, and what was there at the end (`last`), against what was written.

    Per key, ranks only rise, and what was seen is a subsequence of what was written before it was
    seen. A state that has no place in that is a duplicate where it repeats the one before it.
    """
    history: dict[str, list[Written]] = defaultdict(list)
    for state in written:
        history[state.key].append(state)
    faults = Faults()
    for key, states in history.items():
        is_heard = last.get(key) == states[-1].content
        if not is_heard and not (states[-1].is_blank and key not in last):
            faults.lost.append(f"{key}: {last.get(key)}, not {states[-1].content}")
    before: dict[str, Seen] = {}
    place: dict[str, int] = defaultdict(int)
    for each in seen:
        known = before.get(each.key)
        if known is not None and each.rank <= known.rank:
            faults.backward.append(f"{each.key}: {each.rank} after {known.rank}")
        found = _find(history[each.key], place[each.key], each)
        if found is not None:
            place[each.key] = found + 1
        elif known is not None and known.content == each.content:
            faults.duplicate.append(f"{each.key}: {each.content} as {each.rank}")
        else:
            faults.backward.append(f"{each.key}: {each.content} as {each.rank} was not to be seen")
        before[each.key] = each
    return faults


def _find(states: list[Written], start: int, seen: Seen) -> int | None:
    for index in range(start, len(states)):
        if states[index].at > seen.at:
            return None
        if states[index].content == seen.content:
            return index
    return None
