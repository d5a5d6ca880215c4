"""What must never be committed: `python scripts/check_repository.py`.

Addresses of package registries in locks, absolute paths of somebody's machine, files over 1 MiB,
and files that a running or built Guazai makes. Looks at every file that git tracks or would add.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LARGEST = 1 << 20
MADE = frozenset({".mo", ".sqlite", ".sqlite3", ".mdb", ".pyc", ".log"})
LOCK = re.compile(r"\.lock$|(^|/)requirements.*\.(txt|in)$")
NPM = re.compile(r"(^|/)(package-lock\.json|\.npmrc)$")
IN_LOCK = re.compile(r"://|index-url|find-links|trusted-host")
IN_NPM = re.compile(r'"resolved"|^\s*(@\w+:)?registry\s*=|index-url|find-links', re.MULTILINE)
MACHINE_PATH = re.compile(r"(?<![\w./:~}-])/(?:root|home|work|Users)/[\w.]")


def files(root: Path) -> list[str]:
    """Paths, from the root, of what git tracks or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=root,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return sorted(name for name in listed.stdout.split("\0") if name and (root / name).is_file())


def faults(root: Path, name: str) -> Iterator[str]:
    """What is wrong with one file."""
    path = root / name
    if path.suffix in MADE:
        yield f"{name}: made by a run or a build, not written"
    size = path.stat().st_size
    if size > LARGEST:
        yield f"{name}: {size / LARGEST:.1f} MiB, at most 1"
        return
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return  # a picture or a font has no lines
    patterns = [(MACHINE_PATH, "an absolute path of one machine")]
    if LOCK.search(name):
        patterns.append((IN_LOCK, "a lock says where packages come from"))
    if NPM.search(name):
        patterns.append((IN_NPM, "a lock says where packages come from"))
    for pattern, what in patterns:
        for found in pattern.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            yield f"{name}:{line}: {what}"


def main() -> int:
    """Print every fault; 1 when there is one."""
    found = [fault for name in files(ROOT) for fault in faults(ROOT, name)]
    print("\n".join(found) or "repository: nothing that must not be committed")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
