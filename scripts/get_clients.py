"""Get the ecosystem's clients that tests run against Guazai: `python3 -m scripts.get_clients`.

They come from locks into ignored folders of tests/clients, apart from .venv, and are part of
nothing that Guazai ships. Standard library only, and the habits of `bootstrap.py`: a second run
only compares hashes. Exit status: 0 ready, 1 something to mend (printed with its mend).
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys

from scripts.bootstrap import LOCKS, PYTHON, ROOT, VENV, Unmet, holds, only_one
from scripts.build_console import check_node

CLIENTS = ROOT / "tests" / "clients"
MODULES = CLIENTS / "node_modules"
PACKAGES = CLIENTS / "site-packages"
STAMP = CLIENTS / "node_modules" / ".stamp"
ONLINE = "if the package registry was not reached, check network, proxy and the registry's settings"


def digest() -> str:
    """The hash of what decides which packages are installed, and of where and for which Python."""
    found = hashlib.sha256(f"{ROOT}\n{sys.version}\n".encode())
    for path in (CLIENTS / "package.json", CLIENTS / "package-lock.json", LOCKS / "clients.lock"):
        found.update(path.read_bytes())
    return found.hexdigest() + "\n"


def step(text: str, command: list[str]) -> None:
    """Run one command in the clients' folder. Raises Unmet."""
    print(f"Clients: {text} …", flush=True)
    done = subprocess.run(
        command, cwd=CLIENTS, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        raise Unmet(f"{text}: {command[0]} ended with status {done.returncode}.", ONLINE)


def install() -> None:
    """Bring both folders to their locks. Raises Unmet."""
    check_node()
    step("packages of package-lock.json", ["npm", "ci", "--no-progress", "--ignore-scripts"])
    if PACKAGES.exists():
        shutil.rmtree(PACKAGES)
    uv = [str(VENV / "bin" / "uv"), "pip", "install", "--quiet", "--python", str(PYTHON)]
    lock = LOCKS / "clients.lock"
    step(
        "packages of clients.lock",
        [*uv, "--target", str(PACKAGES), "--require-hashes", "-r", str(lock)],
    )
    STAMP.write_text(digest())


def main() -> int:
    """Install what is not installed yet."""
    try:
        with only_one():
            if not holds(STAMP, digest()):
                install()
    except Unmet as unmet:
        print(unmet, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
