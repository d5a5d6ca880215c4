"""The platform's settings for a bare view: the same database, and no middleware at all."""

from __future__ import annotations

from guazai.control.settings import *  # noqa: F403 - a peer differs in these two alone

MIDDLEWARE = []
ROOT_URLCONF = "bench.peers.bare_relations"
