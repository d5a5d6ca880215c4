"""The control plane with four processes that each count for themselves: the broken twin.

A program: `guazai control` refuses to be started so.
"""

from __future__ import annotations

from dataclasses import replace

from guazai.control.config import Config
from guazai.control.delivery import server

if __name__ == "__main__":
    server.run(replace(Config.from_env(), web_workers=4))
