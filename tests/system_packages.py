"""Programs that tests need and pip cannot give: `python -m tests.system_packages chromium …`.

As root on Debian or Ubuntu they are installed with apt-get; anyone else is told what to install.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys


class MissingPackageError(Exception):
    """System packages are missing and cannot be installed from here; says what to do."""


def is_installed(package: str) -> bool:
    """Whether dpkg has the package installed."""
    done = subprocess.run(
        ["dpkg-query", "--show", "--showformat", "${Status}", package],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.endswith(" installed")


def install(packages: list[str]) -> None:
    """Install what is missing of `packages`. Raises MissingPackageError."""
    command = "apt-get install --yes --no-install-recommends"
    # A program of the package's name may also have come by another way.
    packages = [package for package in packages if shutil.which(package) is None]
    if not packages:
        return
    if shutil.which("apt-get") is None or shutil.which("dpkg-query") is None:
        raise MissingPackageError(
            f"Install with this system's package manager: {', '.join(packages)}"
        )
    missing = [package for package in packages if not is_installed(package)]
    if not missing:
        return
    if os.geteuid() != 0:
        raise MissingPackageError(f"Run as root: {command} {' '.join(missing)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "update", "--quiet"], [*command.split(), "--quiet", *missing]):
        print("+", " ".join(step), flush=True)
        done = subprocess.run(step, env=environment, stdin=subprocess.DEVNULL, check=False)
        if done.returncode:
            raise MissingPackageError(f"{' '.join(step)} ended with status {done.returncode}")


def main(packages: list[str]) -> int:
    """Install the named packages; 1 and a message when that cannot be done."""
    try:
        install(packages)
    except MissingPackageError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
