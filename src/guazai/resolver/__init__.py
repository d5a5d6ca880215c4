"""The read path: which entry, if any, is shown on an account? No Django, no database.

`Resolver` reads a node's folder from within any Python process on that node:

    from guazai.resolver import Resolver

    resolver = Resolver(".guazai/edge")
    entry = resolver.get("dy_123")  # JSON as bytes, or None
"""

from guazai.resolver.reading import Resolver

__all__ = ["Resolver"]
