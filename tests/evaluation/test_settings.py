"""The settings of evaluation, and how wrong ones are refused."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from guazai.control.config import Config, ConfigError


def configured(state: Path, **values: str) -> Config:
    names = {f"GUAZAI_{name.upper()}": value for name, value in values.items()}
    return Config.from_env({"GUAZAI_STATE": str(state), "GUAZAI_SECRET_KEY": "s" * 32, **names})


def test_what_holds_where_nothing_is_said(tmp_path: Path) -> None:
    found = configured(tmp_path)
    assert (found.feeds, found.masks) == (tmp_path / "feeds", tmp_path / "masks")
    assert (found.feed_due, found.evaluation_engine) == (time(9), "local")
    assert found.feed_secret is None


def test_what_is_said(tmp_path: Path) -> None:
    found = configured(tmp_path, feeds="/srv/in", feed_due="07:30", engine="spark://host:7077")
    assert (found.feeds, found.feed_due) == (Path("/srv/in"), time(7, 30))
    assert found.evaluation_engine == "spark://host:7077"


@pytest.mark.parametrize(
    ("name", "value"),
    [("feed_due", "9"), ("feed_due", "25:00"), ("engine", "cluster"), ("feed_secret", "short")],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"GUAZAI_{name.upper()} .*use"):
        configured(tmp_path, **{name: value})
