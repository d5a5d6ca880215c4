"""How often a call may be made: for each mini program and call."""

from __future__ import annotations

from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond

#: Of most calls.
USUAL: RateLimitItem = RateLimitItemPerSecond(10)
#: Of links and schemas, which are made while a visitor waits.
LINKS: RateLimitItem = RateLimitItemPerSecond(100)
#: Of tokens: 500 in five minutes.
TOKENS: RateLimitItem = RateLimitItemPerMinute(500, 5)
