"""What a reviewer sees of a change, in one number: approving names it (L3, R8). Pure."""

from __future__ import annotations

import hashlib
import json


def content_hash(
    *,
    app_id: str,
    aweme_id: str,
    surface: str,
    page_path: str,
    query: str,
    title: str,
    version: str,
) -> str:
    """SHA-256, in hex, over canonical JSON of everything that decides what a visitor opens."""
    content = {
        "app_id": app_id,
        "aweme_id": aweme_id,
        "surface": surface,
        "page_path": page_path,
        "query": query,
        "title": title,
        "version": version,
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
