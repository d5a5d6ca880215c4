"""Make .venv what a lock says it is: `python3 scripts/bootstrap.py [runtime|dev|bench|spark]`.

Standard library only, because it runs before anything is installed. A second run only compares
a hash. An install that was interrupted leaves no stamp, and the next run starts from nothing.
Exit status: 0 ready, 1 something to mend (printed with its mend), 130 interrupted.
"""

import sys

OLDEST = (3, 11)

if sys.version_info < OLDEST:
    sys.exit(
        "Guazai needs Python %s.%s or newer; this is %s.%s (%s).\n"  # noqa: UP031 - old Pythons run it
        "Mend: install a newer Python and name it, as in: make start PYTHON=python3.11"
        % (OLDEST[0], OLDEST[1], sys.version_info[0], sys.version_info[1], sys.executable)
    )

import os

if os.name != "posix":
    sys.exit("Guazai runs on Linux and macOS.\nMend: on Windows, use WSL")

import contextlib
import fcntl
import hashlib
import importlib.util
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCKS = ROOT / "requirements"
PYTHON = VENV / "bin" / "python"
MADE_FOR = VENV / ".stamp-venv"
GIB = 1 << 30
# Each set with the sets that contain it, because each lock is constrained by the one before.
CONTAINED_IN = {
    "runtime": ("runtime", "dev", "bench", "spark"),
    "dev": ("dev", "bench", "spark"),
    "bench": ("bench", "spark"),
    "spark": ("spark",),
}
FREE_DISK = {"runtime": GIB // 2, "dev": 2 * GIB, "bench": 2 * GIB, "spark": 3 * GIB}


class Unmet(Exception):
    """A condition of the install does not hold; carries what is wrong and how to mend it."""

    def __init__(self, wrong: str, mend: str) -> None:
        super().__init__(f"{wrong}\nMend: {mend}")


def identity() -> str:
    """What a virtual environment is bound to: this folder and this Python."""
    return f"{ROOT}\n{sys.version}\n"


def digest(name: str) -> str:
    """The hash of all that decides what is installed for the set `name`."""
    found = hashlib.sha256(identity().encode())
    for path in (LOCKS / "bootstrap.lock", LOCKS / f"{name}.lock", ROOT / "pyproject.toml"):
        found.update(path.read_bytes())
    return found.hexdigest()


def stamp(name: str) -> Path:
    """The file that says the set `name` is installed, and from which lock."""
    return VENV / f".stamp-{name}"


def holds(path: Path, text: str) -> bool:
    """Whether the file is there and says just this."""
    try:
        return path.read_text() == text
    except FileNotFoundError:
        return False


def is_whole() -> bool:
    """Whether .venv was finished, here and by this Python."""
    return holds(MADE_FOR, identity()) and PYTHON.exists()


def is_ready(name: str) -> bool:
    """Whether the set `name`, or one that contains it, is installed from today's locks."""
    return is_whole() and any(holds(stamp(one), digest(one)) for one in CONTAINED_IN[name])


def preflight(name: str) -> None:
    """Look before the first change. Raises Unmet."""
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise Unmet(
                f"This Python has no {module} module.",
                "on Debian and Ubuntu: apt-get install python3-venv",
            )
    if not os.access(ROOT, os.W_OK):
        raise Unmet(f"{ROOT} cannot be written.", "run as its owner, or clone to a folder of yours")
    free, need = shutil.disk_usage(ROOT).free, FREE_DISK[name]
    if free < need:
        raise Unmet(
            f"{free / GIB:.1f} GiB of disk are free, {need / GIB:.1f} GiB are needed.",
            "free some space, or clone to a larger disk",
        )


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Hold the repository's folder, so that two tasks do not install at once."""
    handle = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another task is setting up; waiting for it.", flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def step(number: int, text: str, command: list[str], mend: str) -> None:
    """Run one command of the install, saying what and how long. Raises Unmet."""
    print(f"[{number}/4] {text} …", flush=True)
    began = time.monotonic()
    try:
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False)
    except OSError as error:
        raise Unmet(f"{text}: {error}", mend) from None
    if done.returncode:
        raise Unmet(f"{text}: {command[0]} ended with status {done.returncode}.", mend)
    print(f"      {time.monotonic() - began:.1f} s", flush=True)


def install(name: str) -> None:
    """Bring .venv to the lock of the set `name`. Raises Unmet."""
    preflight(name)
    began = time.monotonic()
    online = "see the message above; if the package index was not reached, check network and proxy"
    quiet = [] if sys.stderr.isatty() else ["--quiet"]
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "-qq"]
    uv = [str(VENV / "bin" / "uv"), "pip", "install", *quiet, "--python", str(PYTHON)]
    print(f"Setting up .venv ({name}) with Python {sys.version.split()[0]}", flush=True)

    if not is_whole():
        if VENV.exists():
            print("      the .venv found is unfinished, or of another place or Python: made anew")
            shutil.rmtree(VENV)
        make = [sys.executable, "-m", "venv", str(VENV)]
        step(1, "virtual environment", make, "on Debian and Ubuntu: apt-get install python3-venv")
    MADE_FOR.unlink(missing_ok=True)
    lock = str(LOCKS / "bootstrap.lock")
    step(2, "installer", [*pip, "--require-hashes", "-r", lock], online)
    lock = str(LOCKS / f"{name}.lock")
    step(3, f"packages of {name}.lock", [*uv, "--require-hashes", "-r", lock], online)
    project = [*uv, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    step(4, "Guazai itself", project, "see the message above")

    stamp(name).write_text(digest(name))
    MADE_FOR.write_text(identity())
    print(f"Ready in {time.monotonic() - began:.1f} s", flush=True)


def main(arguments: list[str]) -> int:
    """Install the set named by the arguments (runtime when none is)."""
    name = arguments[0] if arguments else "runtime"
    if len(arguments) > 1 or name not in CONTAINED_IN:
        print(f"usage: bootstrap.py [{'|'.join(CONTAINED_IN)}]", file=sys.stderr)
        return 2
    if is_ready(name):
        return 0
    try:
        with only_one():
            if not is_ready(name):
                install(name)
    except Unmet as unmet:
        print(unmet, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the next run starts anew.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
