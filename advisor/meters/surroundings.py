"""Where the program runs: processor, threads, virtual machine, WSL, container.

Read from `/proc` and `/sys` (Linux) or asked of `platform` and psutil elsewhere. `root` stands for
`/`, so that a test can make a machine out of a directory tree.
"""

from __future__ import annotations

import platform
import re
import sys
from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict


class Surroundings(BaseModel):
    """What the estimate and the explanations need to know of this machine."""

    model_config = ConfigDict(frozen=True)

    system: str
    cpu_name: str
    threads: int
    """Logical processors that this system sees."""
    sockets: int
    virtual: bool
    wsl: bool
    container: bool


def look_around(root: Path = Path("/")) -> Surroundings:
    """Read this machine; never raises, unknown parts are empty or 1."""
    info = _text(root / "proc/cpuinfo")
    version = _text(root / "proc/version").lower()
    wsl = "microsoft" in version
    names = re.findall(r"^model name\s*:\s*(.+)$", info, re.MULTILINE)
    sockets = set(re.findall(r"^physical id\s*:\s*(\d+)$", info, re.MULTILINE))
    threads = len(re.findall(r"^processor\s*:", info, re.MULTILINE))
    return Surroundings(
        system=sys.platform,
        cpu_name=(names[0].strip() if names else platform.processor() or platform.machine()),
        threads=threads or psutil.cpu_count(logical=True) or 1,
        sockets=max(len(sockets), 1),
        virtual=wsl or bool(re.search(r"^flags\s*:.*\bhypervisor\b", info, re.MULTILINE)),
        wsl=wsl,
        container=_in_container(root),
    )


def _in_container(root: Path) -> bool:
    if (root / ".dockerenv").exists() or (root / "run/.containerenv").exists():
        return True
    groups = _text(root / "proc/1/cgroup")
    return any(word in groups for word in ("docker", "kubepods", "containerd", "lxc"))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError:
        return ""
