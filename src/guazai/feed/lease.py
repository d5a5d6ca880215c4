"""What nodes and the relay say to each other about takedowns: leases, the overlay, break-glass.

A node asks all the time. Its lease lasts LEASE_SECONDS from when it sent the request that was
answered with one, by its own monotonic clock, so that the relay knows when a lease has ended that
it granted, whether the answer arrived or not.
"""

from __future__ import annotations

import hmac

from pydantic import BaseModel, ConfigDict, Field

from guazai.feed.records import Scope
from guazai.feed.seal import EdgeKey

HEARTBEAT_SECONDS = 0.150
LEASE_SECONDS = 0.750
#: The surface of what hides an account or a mini program on every surface.
EVERY_SURFACE = ""


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Hidden(_Message):
    """One entry of the overlay: what a takedown hides until the feed says the same."""

    id: int
    scope: Scope = Field(strict=False)
    surface: str
    target: str


class OverlayVersion(_Message):
    """Which overlay: the relay's boot, and how often the overlay changed since."""

    boot: str
    count: int


class BreakGlass(_Message):
    """A deny laid while the control plane is down, signed with the edge key."""

    id: str = Field(min_length=8, max_length=64)
    scope: Scope = Field(strict=False)
    target: str = Field(max_length=64)
    reason: str = Field(min_length=1, max_length=500)
    signed_by: str = Field(min_length=1, max_length=64)
    signed_at: int
    signature: str = ""

    def message(self) -> bytes:
        """What is signed: everything but the signature."""
        return self.model_dump_json(exclude={"signature"}).encode()


class LeaseRequest(_Message):
    """What a node says of itself."""

    node: str = Field(min_length=1, max_length=128)
    #: Made anew each time that the node's follower starts.
    boot: str = Field(min_length=1, max_length=64)
    #: The overlay that its workers look at now; None before the first.
    holds: OverlayVersion | None
    #: How far its store has come; None where it is empty.
    epoch: int | None
    revision: int | None
    feed_age_ms: int | None
    drift_found: int
    drift_mended: int
    software: str
    #: Signed denies that the node holds and has not been told to drop.
    break_glass: tuple[BreakGlass, ...] = ()


class LeaseAnswer(_Message):
    """What the relay grants."""

    #: Whether the node's lease lasts LEASE_SECONDS from when it sent the request.
    granted: bool
    overlay: OverlayVersion
    #: Whether `added` is the whole overlay, or its first piece, not what came since `holds`. What
    #: the node held before stays until an answer is granted.
    is_whole: bool
    added: tuple[Hidden, ...] = ()
    removed: tuple[int, ...] = ()
    #: The node is in rotation only from this epoch and revision on; its floor never falls.
    floor_epoch: int
    floor_revision: int
    #: Ids of break-glass denies that the database has and the feed has told: drop them.
    merged: tuple[str, ...] = ()


def sign_break_glass(given: BreakGlass, edge_key: EdgeKey) -> BreakGlass:
    """The same with its signature."""
    signature = edge_key.sign("break-glass", given.message())
    return given.model_copy(update={"signature": signature})


def is_signed(given: BreakGlass, edge_key: EdgeKey) -> bool:
    """Whether somebody who has the edge key signed it."""
    expected = edge_key.sign("break-glass", given.message())
    return hmac.compare_digest(given.signature.encode(), expected.encode())
