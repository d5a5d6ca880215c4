"""Folders of its own for every test of evaluation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def feeds(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the host delivers."""
    # The connection holds the test's own transaction.
    monkeypatch.setattr("guazai.control.evaluation.jobs.close_old_connections", lambda: None)
    settings.CONFIG = replace(settings.CONFIG, state=tmp_path, feeds=tmp_path / "feeds")
    return Path(settings.CONFIG.feeds)
