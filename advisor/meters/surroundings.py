"""Where the program runs: processor, threads, virtual machine, WSL, container.

Read from `/proc` and `/sys` on Linux (`root` stands for `/`, so that a test can make a machine out
of a directory tree), asked of the registry on Windows and of `sysctl` on macOS.
"""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict

ARM_CORES = {
    ("0x41", "0xd0c"): "Arm Neoverse-N1",
    ("0x41", "0xd49"): "Arm Neoverse-N2",
    ("0x41", "0xd40"): "Arm Neoverse-V1",
    ("0x41", "0xd4f"): "Arm Neoverse-V2",
    ("0xc0", "0xac3"): "AmpereOne",
}
"""Names by implementer and part, which is all that Linux on Arm tells of its processor (from the
kernel's `arch/arm64/include/asm/cputype.h`)."""
_HOSTED = re.compile(
    r"virtual|vmware|kvm|qemu|xen|hvm domu|bochs|openstack|amazon ec2|google compute|parallels",
    re.IGNORECASE,
)
"""Makers and products by which a virtual machine names its board."""


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
    cpu_model: str = ""
    """Maker, family, model and stepping of an x86 processor (`GenuineIntel 6 207 2`): they tell
    the architecture where a virtual machine gives its processor a name without meaning."""


def look_around(root: Path = Path("/")) -> Surroundings:
    """Read this machine; never raises, unknown parts are empty or 1."""
    info = _text(root / "proc/cpuinfo")
    version = _text(root / "proc/version").lower()
    wsl = "microsoft" in version
    sockets = set(_values(info, "physical id"))
    threads = len(_values(info, "processor"))
    board = " ".join(_text(root / f"sys/class/dmi/id/{n}") for n in ("sys_vendor", "product_name"))
    hypervisor = bool(re.search(r"^flags\s*:.*\bhypervisor\b", info, re.MULTILINE))
    return Surroundings(
        system=sys.platform,
        cpu_name=_linux_name(info) or _asked_name() or platform.processor() or platform.machine(),
        threads=threads or psutil.cpu_count(logical=True) or 1,
        sockets=max(len(sockets), 1),
        virtual=wsl or hypervisor or bool(_HOSTED.search(board or _windows_board())),
        wsl=wsl,
        container=_in_container(root),
        cpu_model=_linux_model(info) or windows_model(platform.processor()),
    )


def windows_model(said: str) -> str:
    """`Intel64 Family 6 Model 158 Stepping 10, GenuineIntel`, as Windows says it, in our form."""
    found = re.search(r"Family (\d+) Model (\d+) Stepping (\d+), (\w+)", said)
    return f"{found[4]} {found[1]} {found[2]} {found[3]}" if found else ""


def _linux_name(info: str) -> str:
    names = _values(info, "model name")
    if names:
        return names[0]
    cores = zip(_values(info, "CPU implementer"), _values(info, "CPU part"), strict=False)
    return next((ARM_CORES[core] for core in cores if core in ARM_CORES), "")


def _linux_model(info: str) -> str:
    keys = ("vendor_id", "cpu family", "model", "stepping")
    found = [values[0] for key in keys if (values := _values(info, key))]
    return " ".join(found) if len(found) == len(keys) else ""


def _values(info: str, key: str) -> list[str]:
    return [v.strip() for v in re.findall(rf"^{key}[ \t]*:(.*)$", info, re.MULTILINE)]


def _asked_name() -> str:
    """The processor's name where no `/proc` tells it."""
    if sys.platform == "win32":
        return _registry(r"HARDWARE\DESCRIPTION\System\CentralProcessor\0", "ProcessorNameString")
    if sys.platform == "darwin":
        try:
            return subprocess.run(
                ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"],
                capture_output=True,
                text=True,
                timeout=5,
                check=True,
            ).stdout.strip()
        except (OSError, subprocess.SubprocessError):
            return ""
    return ""


def _windows_board() -> str:
    key = r"HARDWARE\DESCRIPTION\System\BIOS"
    return f"{_registry(key, 'SystemManufacturer')} {_registry(key, 'SystemProductName')}".strip()


def _registry(key: str, value: str) -> str:
    if sys.platform != "win32":
        return ""
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as opened:
            return str(winreg.QueryValueEx(opened, value)[0]).strip()
    except OSError:
        return ""


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
