"""Set everything up on a fresh machine, then run the program or its tests.

    python installer/bootstrap.py run [--headless] [--gpu] [arguments of carbon-advisor …]
    python installer/bootstrap.py test [arguments of pytest …]

Needs nothing but Python 3.11 or newer. Safe to run again: what is in place is left alone.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
CONSTRAINTS = ROOT / "installer" / "constraints.txt"
STAMP = VENV / "carbon-advisor.stamp"
OLDEST_PYTHON = (3, 11)

# The libraries Qt itself loads, and the Debian package each comes from. The libraries are looked
# for, not the packages: another distribution has them under other names.
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
}
QT_SCREEN_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}


class CannotContinueError(Exception):
    """Set-up cannot go on. The text is one sentence: what is missing and what to type."""


def main(arguments: list[str]) -> int:
    """Set up, then do what was asked. Returns the exit code."""
    if not arguments or arguments[0] not in ("run", "test"):
        print(__doc__, file=sys.stderr)
        return 2
    verb, rest = arguments[0], arguments[1:]
    try:
        check_python()
        gpu = "--gpu" in rest
        rest = [a for a in rest if a != "--gpu"]
        headless = "--headless" in rest or not has_display()
        rest = [a for a in rest if a != "--headless"]
        install_python_packages(["gpu" if gpu else "cpu", *(["dev"] if verb == "test" else [])])
        if verb == "test":
            install_qt_libraries(QT_LIBRARIES)
            return run_tests(rest)
        if not headless:
            install_qt_libraries(QT_LIBRARIES | QT_SCREEN_LIBRARIES)
        return run_program(rest, headless=headless)
    except CannotContinueError as error:
        print(f"bootstrap: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("bootstrap: stopped; run the same command again to go on.", file=sys.stderr)
        return 1


def check_python() -> None:
    """Raises `CannotContinueError` for a Python that is too old."""
    if sys.version_info[:2] < OLDEST_PYTHON:
        have = ".".join(map(str, sys.version_info[:3]))
        raise CannotContinueError(
            f"this is Python {have}, and 3.11 or newer is needed; install it and start this file "
            "with it."
        )


def has_display() -> bool:
    """Whether a window can be shown."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def venv_python() -> Path:
    """The Python of the environment."""
    return VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def install_python_packages(extras: list[str]) -> None:
    """Make `.venv` and install the pinned packages, unless a stamp says that this was done."""
    have = STAMP.read_text("utf-8").split() if STAMP.is_file() else []
    current = fingerprint()
    if have[:1] == [current] and set(extras) <= set(have[1:]) and venv_python().is_file():
        return
    make_venv()
    say("installing the pinned packages (once, a minute or two)")
    # Without build isolation the build backend too comes pinned, from the line before.
    pip("hatchling", "editables")
    pip("--no-build-isolation", "-e", f"{ROOT}[{','.join(extras)}]")
    earlier = have[1:] if have[:1] == [current] else []
    STAMP.write_text(" ".join([current, *earlier, *extras]), "utf-8")


def fingerprint() -> str:
    """What the environment depends on; another fingerprint means installing again."""
    digest = hashlib.sha256()
    for path in (CONSTRAINTS, ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    digest.update(f"{sys.version_info[:2]} {ROOT}".encode())
    return digest.hexdigest()


def make_venv() -> None:
    """Create `.venv` if it is missing or was left half made."""
    if venv_python().is_file() and succeeds([str(venv_python()), "-m", "pip", "--version"]):
        return None
    say("creating .venv")
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode == 0:
        return None
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if "ensurepip" in made.stdout + made.stderr and apt_install([package]):
        return make_venv()
    raise CannotContinueError(
        f"a virtual environment cannot be made; type “sudo apt-get install -y {package}” and run "
        f"this again. ({(made.stderr or made.stdout).strip()[-200:]})"
    )


def pip(*arguments: str) -> None:
    """Install with the constraints. Raises `CannotContinueError` with pip's last words."""
    command = [str(venv_python()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, "-c", str(CONSTRAINTS), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = [line for line in done.stderr.splitlines() if line.strip()][-3:]
        raise CannotContinueError(
            "the packages could not be installed; check the network and pip's settings, then run "
            f"this again. pip said: {' '.join(last)}"
        )


def install_qt_libraries(libraries: dict[str, str]) -> None:
    """See that the system libraries Qt loads are there; install them where that is allowed."""
    if not sys.platform.startswith("linux"):
        return
    missing = missing_packages(libraries)
    if not missing:
        return
    if apt_install(missing) and not missing_packages(libraries):
        return
    raise CannotContinueError(
        "Qt needs system libraries that are missing; type “sudo apt-get install -y "
        f"{' '.join(missing)}” (or your system's packages for {', '.join(libraries)}) and run "
        "this again."
    )


def missing_packages(libraries: dict[str, str]) -> list[str]:
    """Debian packages of the libraries that cannot be loaded."""
    missing: list[str] = []
    for library, package in libraries.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    return missing


def apt_install(packages: list[str]) -> bool:
    """Install Debian packages when this is root on Debian or Ubuntu; False when it is not."""
    if not (hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get")):
        return False
    say(f"installing {' '.join(packages)}")
    quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    if succeeds(install, quiet):
        return True
    return succeeds(["apt-get", "update", "-q"], quiet) and succeeds(install, quiet)


def succeeds(command: list[str], environment: dict[str, str] | None = None) -> bool:
    """Whether a command ends with 0; what it prints is not shown."""
    try:
        done = subprocess.run(command, capture_output=True, env=environment, check=False)
    except OSError:
        return False
    return done.returncode == 0


def run_program(arguments: list[str], *, headless: bool) -> int:
    """Open the program on the sample, or do the same job on the terminal."""
    if arguments:
        command = arguments
    elif headless:
        command = ["sample"]
    else:
        command = ["window", "--sample"]
    return subprocess.run(
        [str(venv_python()), "-m", "advisor.cli", *command], check=False
    ).returncode


def run_tests(arguments: list[str]) -> int:
    """The tests, without a screen; the whole suite runs one process a core, at most four."""
    environment = dict(os.environ, QT_QPA_PLATFORM="offscreen")
    cores = min(4, os.cpu_count() or 1)
    if not arguments and cores > 1:
        arguments = ["-n", str(cores), "--dist", "loadfile"]
        environment.setdefault("OMP_NUM_THREADS", "1")
    return subprocess.run(
        [str(venv_python()), "-m", "pytest", *arguments], cwd=ROOT, env=environment, check=False
    ).returncode


def say(what: str) -> None:
    """A word on what takes long."""
    print(f"bootstrap: {what} …", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
