"""A hand in a node's store: `python -m tests.faults.drifting FOLDER EPOCH SEED NUMBER:KIND …`.

A program, in the environment of a node. It changes the current store behind the follower's back,
for each NUMBER of `tests.faults.entries`, as the KIND of damage says, in one transaction.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import cast

import lmdb

from guazai.control.config import Node
from guazai.feed.codec import CONFIG_LENGTHS, FLAG, HEAD_BYTES, record_key, seal
from guazai.feed.records import DenyRecord, Record, Scope, VerdictRecord
from guazai.feed.seal import MAC_BYTES, EdgeKey
from guazai.resolver.node import current_store
from guazai.resolver.store import Row, Store, Tags, split_key
from tests.faults.entries import (
    APP_DENIED,
    AS_OF,
    DENIED,
    DENIED_APP,
    FAILING,
    SURFACE,
    app_of,
    config,
    name_of,
    program,
    verdict,
)

#: A version that no log has come to.
FAR = 2**40
#: Where a row's first component begins, and what stands there: tag, length, then the value.
COMPONENT = HEAD_BYTES
VALUE = COMPONENT + 3
TEXTS = VALUE + HEAD_BYTES + CONFIG_LENGTHS.size
#: Regions of the row of a shown account, by where they begin and end.
REGIONS = {
    "verdict's MAC": (0, MAC_BYTES),
    "verdict's rank": (MAC_BYTES, FLAG),
    "verdict's flag": (FLAG, HEAD_BYTES),
    "tag": (COMPONENT, COMPONENT + 1),
    "length": (COMPONENT + 1, VALUE),
    "MAC": (VALUE, VALUE + MAC_BYTES),
    "rank": (VALUE + MAC_BYTES, VALUE + FLAG),
    "flag": (VALUE + FLAG, VALUE + HEAD_BYTES),
    "lengths": (VALUE + HEAD_BYTES, TEXTS),
    "texts": (TEXTS, None),
}


@dataclass
class Hand:
    """What a damage is done with."""

    transaction: lmdb.Transaction
    edge_key: EdgeKey
    epoch: int
    rng: random.Random

    def row_key(self, number: int) -> bytes:
        return b"a" + name_of(number).encode()

    def get(self, key: bytes) -> bytes:
        found = cast(bytes | None, self.transaction.get(key))
        assert found is not None, key
        return found

    def hold(self, record: Record, mac: bytes | None = None) -> None:
        """Hold a record whatever is held, genuine unless a MAC is given."""
        key, value = seal(record, self.edge_key)
        self.hold_value(key, value if mac is None else mac + value[MAC_BYTES:])

    def hold_value(self, key: bytes, value: bytes) -> None:
        if not key.startswith(b"a"):
            self.transaction.put(key, value)
            return
        name, suffix = split_key(key)
        held = cast(bytes | None, self.transaction.get(name))
        row = Row() if held is None else Row.read(held)
        if suffix == b"\0v":
            row.verdict = value
        else:
            tags = Tags(cast(Callable[[bytes], bytes | None], self.transaction.get))
            row.components[tags.make(suffix)] = value
        self.transaction.put(name, row.write())

    def flip(self, number: int, begin: int, end: int | None) -> None:
        """Flip one bit between two places of an account's row."""
        key = self.row_key(number)
        row = bytearray(self.get(key))
        at = self.rng.randrange(begin, len(row) if end is None else end)
        is_flag = end is not None and end - begin == 1
        row[at] ^= 1 if is_flag else 1 << self.rng.randrange(8)
        self.transaction.put(key, bytes(row))

    def wide_deny(self, *, denied: bool) -> DenyRecord:
        return DenyRecord(Scope.MINI_PROGRAM, SURFACE, DENIED_APP, self.epoch, FAR, denied=denied)

    def deny(self, number: int, *, denied: bool) -> DenyRecord:
        target = name_of(number)
        return DenyRecord(Scope.ACCOUNT, SURFACE, target, self.epoch, FAR, denied=denied)


def delete_row(hand: Hand, number: int) -> None:
    hand.transaction.delete(hand.row_key(number))


def replay_older(hand: Hand, number: int) -> None:
    hand.hold(config(number, hand.epoch, 1, "pages/old/old"))


def newer_with_bad_mac(hand: Hand, number: int) -> None:
    hand.hold(config(number, hand.epoch, FAR, "pages/evil/evil"), b"forgery!")


def newer_with_leaked_key(hand: Hand, number: int) -> None:
    hand.hold(config(number, hand.epoch, FAR, "pages/evil/evil"))


def turn_verdict(hand: Hand, number: int) -> None:
    row = bytearray(hand.get(hand.row_key(number)))
    row[FLAG] ^= 1
    hand.transaction.put(hand.row_key(number), bytes(row))


def replay_verdict(hand: Hand, number: int) -> None:
    hand.hold(VerdictRecord(name_of(number), AS_OF - timedelta(1), 1, passed=True))


def drop_deny(hand: Hand, number: int) -> None:
    row = Row.read(hand.get(hand.row_key(number)))
    tags = Tags(cast(Callable[[bytes], bytes | None], hand.transaction.get))
    tag = tags.find(split_key(record_key(hand.deny(number, denied=True)))[1])
    assert tag is not None
    del row.components[tag]
    hand.transaction.put(hand.row_key(number), row.write())


def lift_deny_with_leaked_key(hand: Hand, number: int) -> None:
    hand.hold(hand.deny(number, denied=False))


def drop_wide_deny(hand: Hand, _: int) -> None:
    hand.transaction.delete(record_key(hand.wide_deny(denied=True)))


def lift_wide_deny_with_leaked_key(hand: Hand, _: int) -> None:
    hand.hold(hand.wide_deny(denied=False))


def deny_with_leaked_key(hand: Hand, number: int) -> None:
    hand.hold(hand.deny(number, denied=True))


def replace_program(hand: Hand, number: int) -> None:
    hand.hold(program(app_of(number), hand.epoch, FAR, "sslocal://evil"))


def delete_program(hand: Hand, number: int) -> None:
    hand.transaction.delete(record_key(program(app_of(number), hand.epoch, 1)))


def add_account(hand: Hand, number: int) -> None:
    hand.hold(config(number, hand.epoch, 1))
    hand.hold(verdict(number, 1))


def add_account_with_bad_macs(hand: Hand, number: int) -> None:
    hand.hold(config(number, hand.epoch, 1), b"forgery!")
    hand.hold(verdict(number, 1), b"forgery!")


def damage_tags(hand: Hand, _: int) -> None:
    suffixes = json.loads(hand.get(b"g"))
    hand.rng.shuffle(suffixes)
    suffixes[hand.rng.randrange(len(suffixes))] = "\0cprofile_mount\0elsewhere"
    hand.transaction.put(b"g", json.dumps(suffixes).encode())


def delete_tags(hand: Hand, _: int) -> None:
    hand.transaction.delete(b"g")


def advance_watermark(hand: Hand, _: int) -> None:
    mark = bytearray(hand.get(b"w"))
    mark[4] ^= 1
    hand.transaction.put(b"w", bytes(mark))


@dataclass(frozen=True)
class Damage:
    """A kind of damage: done to a shown account, or to one that is not shown for a reason.

    It shows too much where it makes a hidden account shown.
    """

    do: Callable[[Hand, int], None]
    account: int | None = None
    is_extra: bool = False
    is_of_all: bool = False

    @property
    def shows_too_much(self) -> bool:
        return self.account is not None or self.is_extra


def _flip(begin: int, end: int | None) -> Callable[[Hand, int], None]:
    return lambda hand, number: hand.flip(number, begin, end)


KINDS = {
    "deleted row": Damage(delete_row),
    **{f"bit of the {name}": Damage(_flip(*region)) for name, region in REGIONS.items()},
    "older record": Damage(replay_older),
    "newer with a bad MAC": Damage(newer_with_bad_mac),
    "newer with the leaked key": Damage(newer_with_leaked_key),
    "verdict turned": Damage(turn_verdict, FAILING),
    "older verdict": Damage(replay_verdict, FAILING),
    "deny dropped": Damage(drop_deny, DENIED),
    "deny lifted with the leaked key": Damage(lift_deny_with_leaked_key, DENIED),
    "denied with the leaked key": Damage(deny_with_leaked_key),
    "wide deny dropped": Damage(drop_wide_deny, APP_DENIED),
    "wide deny lifted with the leaked key": Damage(lift_wide_deny_with_leaked_key, APP_DENIED),
    "program replaced": Damage(replace_program),
    "program deleted": Damage(delete_program),
    "extra account": Damage(add_account, is_extra=True),
    "extra account with bad MACs": Damage(add_account_with_bad_macs, is_extra=True),
    "tags damaged": Damage(damage_tags, is_of_all=True),
    "tags deleted": Damage(delete_tags, is_of_all=True),
    "watermark advanced": Damage(advance_watermark, is_of_all=True),
}


def main(folder: Path, epoch: int, seed: str, damages: list[tuple[int, str]]) -> None:
    """Do the damage."""
    reader = current_store(folder)
    assert reader is not None
    reader.close()
    store = Store.open(reader.path, writable=True)
    with store.environment.begin(write=True) as transaction:
        hand = Hand(transaction, Node.from_env().edge_key, epoch, random.Random(seed))
        for number, kind in damages:
            KINDS[kind].do(hand, number)
    store.close()
    print(json.dumps({"done": len(damages)}))


if __name__ == "__main__":
    given = (each.partition(":") for each in sys.argv[4:])
    wanted = [(int(number), kind) for number, _, kind in given]
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], wanted)
