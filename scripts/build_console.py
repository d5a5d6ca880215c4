"""Make the console what its sources say it is: `python3 -m scripts.build_console [install|build]`.

Standard library only, like `bootstrap.py`, whose habits it shares: a second run only compares
hashes, and what was interrupted is done again. `install` (packages and generated types, for lint
and tests) is part of `build`. Exit status: 0 ready, 1 something to mend (printed with its mend),
130 interrupted.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from scripts.bootstrap import ROOT, Unmet, holds, only_one

CONSOLE = ROOT / "console"
MODULES = CONSOLE / "node_modules"
INSTALLED = MODULES / ".stamp-install"
TYPES = CONSOLE / "src" / "api" / "schema.d.ts"
DIST = ROOT / "src" / "guazai" / "control" / "delivery" / "console" / "dist"
BUILT = DIST / ".stamp-build"
DOCUMENT = ROOT / "docs" / "reference" / "openapi.json"
OLDEST = (20, 19)
GET_NODE = "install Node.js %d.%d or newer with npm (https://nodejs.org), then run this again"


def digest(files: Iterable[Path]) -> str:
    """The hash of the names and contents of files."""
    found = hashlib.sha256(str(ROOT).encode())
    for path in sorted(files):
        found.update(str(path.relative_to(ROOT)).encode() + b"\0")
        found.update(path.read_bytes())
    return found.hexdigest() + "\n"


def packages() -> str:
    """What decides which packages are installed."""
    return digest([CONSOLE / "package.json", CONSOLE / "package-lock.json", CONSOLE / ".npmrc"])


def sources() -> str:
    """What decides what is built."""
    files = [path for path in (CONSOLE / "src").rglob("*") if path.is_file() and path != TYPES]
    top = [path for path in CONSOLE.iterdir() if path.is_file()]
    return digest([*files, *top, DOCUMENT])


def check_node() -> None:
    """Look before the first change. Raises Unmet."""
    mend = GET_NODE % OLDEST
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise Unmet("The console is built with Node.js, and node or npm is not there.", mend)
    told = subprocess.run(
        ["node", "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    ).stdout.strip()
    version = tuple(int(part) for part in told.lstrip("v").split(".")[:2] if part.isdigit())
    if version < OLDEST:
        raise Unmet(f"The console needs a newer Node.js than {told or 'the one found'}.", mend)


def step(text: str, command: list[str], mend: str) -> None:
    """Run one command in the console's folder, saying what and how long. Raises Unmet."""
    print(f"Console: {text} …", flush=True)
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=CONSOLE, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        raise Unmet(f"{text}: {command[0]} ended with status {done.returncode}.", mend)
    print(f"         {time.monotonic() - began:.1f} s", flush=True)


def install() -> None:
    """Bring node_modules to the lock, and the types to the OpenAPI document. Raises Unmet."""
    if not holds(INSTALLED, packages()):
        check_node()
        online = "if the package registry was not reached, check network, proxy and npm's settings"
        step("packages of package-lock.json", ["npm", "ci", "--no-progress"], online)
        INSTALLED.write_text(packages())
    made_from = MODULES / ".stamp-types"
    if not TYPES.exists() or not holds(made_from, digest([DOCUMENT])):
        step("types of the API", ["npm", "run", "generate"], "see the message above")
        made_from.write_text(digest([DOCUMENT]))


def build() -> None:
    """Build the console from its sources, where they changed. Raises Unmet."""
    if holds(BUILT, sources()):
        return
    install()
    step("building", ["npm", "run", "build"], "see the message above")
    BUILT.write_text(sources())


def main(arguments: list[str]) -> int:
    """Do what the argument names (build when none is)."""
    what = {"install": install, "build": build}.get(arguments[0] if arguments else "build")
    if what is None or len(arguments) > 1:
        print("usage: python3 -m scripts.build_console [install|build]", file=sys.stderr)
        return 2
    try:
        with only_one():
            what()
    except Unmet as unmet:
        print(unmet, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the next run goes on.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
