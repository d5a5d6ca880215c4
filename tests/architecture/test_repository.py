"""scripts/check_repository.py finds what must not be committed, and nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from scripts import check_repository

HOME = "/ho" + "me/ann/guazai"  # in two halves, as this file is checked too
BAD = {
    "src/a.py": f"HERE = '{HOME}'\n",
    "docs/a.md": f"cd {HOME}\n",
    "requirements/dev.lock": "--extra-index-url https://packages.invalid/simple\n",
    "requirements/runtime.lock": "a @ https://packages.invalid/a.whl\n",
    "console/package-lock.json": '{"a": {"resolved": "https://packages.invalid/a.tgz"}}',
    "console/.npmrc": "registry=https://packages.invalid/\n",
    "data.sqlite": "",
    "edge/data.mdb": "",
    "locale/zh/django.mo": "",
    "big.bin": "x" * (check_repository.LARGEST + 1),
}
GOOD = {
    "docs/a.md": "see https://example.invalid/home/ann and ./work/x and /var/lib/guazai\n",
    "requirements/dev.lock": "a==1 \\\n    --hash=sha256:00\n    # via b\n",
    "console/package-lock.json": '{"funding": {"url": "https://example.invalid"}}',
    "console/.npmrc": "omit-lockfile-registry-resolved=true\n",
    "zh.txt": "挂载",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    return tmp_path


def put(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def look(root: Path) -> list[str]:
    names = check_repository.files(root)
    return [fault for name in names for fault in check_repository.faults(root, name)]


@pytest.mark.parametrize("name", BAD)
def test_what_must_not_be_committed_is_found(root: Path, name: str) -> None:
    put(root, name, BAD[name])
    found = look(root)
    assert found
    assert all(fault.startswith(name) for fault in found)


@pytest.mark.parametrize("name", GOOD)
def test_the_rest_passes(root: Path, name: str) -> None:
    put(root, name, GOOD[name])
    assert look(root) == []


def test_what_git_ignores_is_not_looked_at(root: Path) -> None:
    put(root, ".gitignore", "*.sqlite\n")
    put(root, "data.sqlite", "")
    assert look(root) == []
