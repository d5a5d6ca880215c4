"""scripts/bootstrap.py knows when .venv is what the locks say, and when it is not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scripts import bootstrap
from tests.architecture.rules import ROOT


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished environment with the set dev, in a repository of its own."""
    folder = tmp_path / ".venv"
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "LOCKS", tmp_path / "requirements")
    monkeypatch.setattr(bootstrap, "VENV", folder)
    monkeypatch.setattr(bootstrap, "PYTHON", folder / "bin" / "python")
    monkeypatch.setattr(bootstrap, "MADE_FOR", folder / ".stamp-venv")
    (tmp_path / "requirements").mkdir()
    (tmp_path / "pyproject.toml").write_text("")
    for name in ("bootstrap", "runtime", "dev", "bench", "spark"):
        (tmp_path / "requirements" / f"{name}.lock").write_text(f"{name}==1\n")
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    bootstrap.stamp("dev").write_text(bootstrap.digest("dev"))
    bootstrap.MADE_FOR.write_text(bootstrap.identity())
    return folder


def test_a_finished_set_holds_those_within_it(venv: Path) -> None:
    ready = [name for name in bootstrap.CONTAINED_IN if bootstrap.is_ready(name)]
    assert ready == ["runtime", "dev"]


def test_an_interrupted_install_is_redone(venv: Path) -> None:
    (venv / ".stamp-venv").unlink()
    assert not bootstrap.is_ready("dev")
    assert not bootstrap.is_whole()


@pytest.mark.parametrize(
    "name", ["requirements/dev.lock", "requirements/bootstrap.lock", "pyproject.toml"]
)
def test_a_changed_lock_is_installed(venv: Path, name: str) -> None:
    (venv.parent / name).write_text("changed")
    assert not bootstrap.is_ready("dev")
    assert bootstrap.is_whole()


def test_a_moved_folder_or_a_lost_python_means_anew(
    venv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as moved:
        moved.setattr(bootstrap, "ROOT", venv.parent.parent)
        assert not bootstrap.is_whole()
    (venv / "bin" / "python").unlink()
    assert not bootstrap.is_whole()


def test_a_full_disk_is_told_with_its_mend(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bootstrap.FREE_DISK, "dev", 1 << 60)
    with pytest.raises(bootstrap.Unmet, match=r"GiB are needed(.|\n)+Mend: "):
        bootstrap.preflight("dev")


def test_a_failing_step_is_told_with_its_mend(venv: Path) -> None:
    with pytest.raises(bootstrap.Unmet, match=r"status 3(.|\n)+Mend: do this"):
        bootstrap.step(1, "try", [sys.executable, "-c", "exit(3)"], "do this")


def test_locks_agree_with_each_other() -> None:
    pins = {
        name: {
            line.partition(" ")[0].partition(";")[0]
            for line in (ROOT / "requirements" / f"{name}.lock").read_text().splitlines()
            if "==" in line and line[0].isalnum()
        }
        for name in bootstrap.CONTAINED_IN
    }
    assert pins["runtime"] < pins["dev"] < pins["bench"] < pins["spark"]
