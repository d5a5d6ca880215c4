"""Guazai (挂载): an open platform for mounting mini program entries on Douyin profile pages."""

__version__ = "0.1.0"
