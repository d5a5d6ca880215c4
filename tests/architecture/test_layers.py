"""Every contract of import-linter in pyproject.toml breaks on code that breaks it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.rules import ROOT

CONTRACTS = {
    contract["id"]: contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
}
#: Contract → a module that breaks it, what that imports.
BREAKING = [
    ("layers", "control/binding/actions.py", "import guazai.control.landing.queries"),
    ("layers", "control/entry/actions.py", "import guazai.control.evaluation.queries"),
    ("layers", "control/kernel/clock.py", "import guazai.control.binding.actions"),
    ("layers", "control/capability/actions.py", "import guazai.control.eligibility.queries"),
    ("layers", "control/newcomer/__init__.py", ""),
    ("rooms", "control/landing/queries.py", "import guazai.control.landing.actions"),
    ("rooms", "control/eligibility/states.py", "import guazai.control.eligibility.models"),
    ("planes", "control/entry/actions.py", "import guazai.resolver.store"),
    ("pure", "feed/records.py", "import django.db"),
    ("pure", "resolver/store.py", "import guazai.control.kernel.clock"),
    ("pure", "policy/rules.py", "import guazai.control.kernel.clock"),
    ("pure", "batch/engine.py", "import django.db"),
    ("ground", "feed/records.py", "import guazai.policy.rules"),
    ("batch", "batch/engine.py", "import guazai.feed.records"),
]
PACKAGES = (
    *("delivery", "openapi", "review", "governance", "evaluation", "entry", "landing", "binding"),
    *("capability", "eligibility", "surfaces", "directory", "inbox", "journal", "kernel"),
)
MODULES = [
    *(f"control/{package}/{room}.py" for package in PACKAGES for room in ("actions", "queries")),
    "control/eligibility/models.py",
    "control/kernel/clock.py",
    "policy/rules.py",
    "batch/engine.py",
    "feed/records.py",
    "resolver/store.py",
]


def broken_contracts(folder: Path) -> set[str]:
    done = subprocess.run(
        [
            *(
                sys.executable,
                "-c",
                "from importlinter.cli import lint_imports_command as run; run()",
            ),
            *("--config", str(ROOT / "pyproject.toml"), "--no-cache", "--no-logo"),
        ],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    verdicts = {
        key: re.search(rf"^{re.escape(name)} (KEPT|BROKEN)", done.stdout, re.MULTILINE)
        for key, name in CONTRACTS.items()
    }
    assert all(verdicts.values()), done.stdout + done.stderr
    return {key for key, verdict in verdicts.items() if verdict and verdict[1] == "BROKEN"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for module in MODULES:
        put(tmp_path, module, "")
    return tmp_path


def put(tree: Path, module: str, text: str) -> None:
    path = tree / "guazai" / module
    path.parent.mkdir(parents=True, exist_ok=True)
    for folder in path.relative_to(tree).parents[:-1]:
        (tree / folder / "__init__.py").touch()
    path.write_text(f"{text}\n")


def test_a_clean_tree_keeps_all(tree: Path) -> None:
    assert broken_contracts(tree) == set()


@pytest.mark.parametrize(("contract", "module", "text"), BREAKING)
def test_contract_is_able_to_break(tree: Path, contract: str, module: str, text: str) -> None:
    put(tree, module, text)
    assert contract in broken_contracts(tree)


def test_every_contract_is_shown_able_to_break() -> None:
    assert {contract for contract, _, _ in BREAKING} == set(CONTRACTS)
