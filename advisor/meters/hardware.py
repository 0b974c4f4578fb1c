"""Processors and accelerators by name: power and peak figures from `profiles/hardware/`.

Names are compared by their words, without the maker's decorations: “Intel(R) Core(TM) i7-12700K CPU
@ 3.60GHz” and “Intel Core i7-12700K” are the same. A name that is not known gives None, never a
look-alike: a wrong TDP is worse than none. A GPU's name that leaves form or memory open (“A100”)
gives the variant with the shortest name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from advisor.profiles import Profile, layered_rows, profile_paths, read_profile, read_rows

FOLDER = "hardware"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class CpuRow(_Row):
    """A processor: its name and thermal design power in watts (one socket)."""

    name: str
    tdp_w: float


class GpuRow(_Row):
    """An accelerator: dense peak figures (no sparsity), None where the sources give none."""

    name: str
    maker: str
    tdp_w: float | None = None
    idle_w: float | None = None
    memory_gb: float | None = None
    bandwidth_gb_per_s: float | None = None
    fp32_tflops: float | None = None
    fp16_tflops: float | None = None
    """With tensor cores where the card has them and the source gives it."""
    int8_tops: float | None = None
    source: str


class VcpuRow(_Row):
    """Watts of one hardware thread of an architecture, idle and at full load of the machine."""

    provider: str
    architecture: str
    idle_w: float
    full_w: float


class LoadCurvePoint(_Row):
    """One point of a known curve: fraction of TDP drawn at a load (fraction of all threads)."""

    curve: str
    load: float
    power: float


class _ArchitecturePattern(_Row):
    pattern: str
    architecture: str


RowT = TypeVar("RowT", bound=BaseModel)


@dataclass(frozen=True)
class Known(Generic[RowT]):
    """A row of a profile and where it comes from, for `Quantity.source`."""

    row: RowT
    citation: str


def find_cpu(name: str) -> Known[CpuRow] | None:
    """The processor of that name, as the system reports it; None when it is not known."""
    return _by_words(_indexed("cpus.csv", CpuRow), name)


def find_gpu(name: str) -> Known[GpuRow] | None:
    """The accelerator of that name, as its driver reports it; None when it is not known."""
    return _by_words(_indexed("gpus.csv", GpuRow), name)


def known_cpus() -> list[CpuRow]:
    """All processors of the profiles, shipped and the user's own."""
    return [known.row for known in _indexed("cpus.csv", CpuRow).values()]


def known_gpus() -> list[GpuRow]:
    """All accelerators of the profiles, shipped and the user's own."""
    return [known.row for known in _indexed("gpus.csv", GpuRow).values()]


def architecture_of(cpu_name: str) -> str | None:
    """Architecture that the maker's naming scheme gives to a processor; None when not known."""
    plain = " ".join(_plain(cpu_name).split())
    for path in reversed(profile_paths(FOLDER).get("cpu_architectures.csv", [])):
        for row in read_rows(path, _ArchitecturePattern):
            if re.search(row.pattern, plain, re.IGNORECASE):
                return row.architecture
    return None


def architecture_of_model(cpu_model: str, *, or_later: bool = False) -> tuple[str, ...]:
    """Architecture by maker, family, model and stepping (`GenuineIntel 6 207 2`); empty: not known.

    `or_later`: with those of the same maker that came after it, as a virtual processor may only
    name the oldest of the machines it may move to.
    """
    known = [
        row
        for path in reversed(profile_paths(FOLDER).get("cpu_models.csv", []))
        for row in read_rows(path, _ArchitecturePattern)
    ]
    for number, row in enumerate(known):
        if re.fullmatch(row.pattern, cpu_model, re.IGNORECASE):
            maker = row.pattern.partition(" ")[0]
            later = [r for r in known[number:] if r.pattern.startswith(maker)]
            return tuple(r.architecture for r in (later if or_later else [row]))
    return ()


def vcpu_rows(architecture: str | None = None) -> list[Known[VcpuRow]]:
    """Watts per hardware thread of one architecture (all providers), or of all of them."""
    rows = layered_rows(
        FOLDER, "vcpu_power.csv", VcpuRow, lambda r: f"{r.provider}/{r.architecture}"
    )
    return [
        Known(row, profile.citation)
        for row, profile in rows.values()
        if architecture is None or row.architecture == architecture
    ]


def load_curves() -> dict[str, tuple[tuple[float, float], ...]]:
    """The known load-power curves: name → (load, fraction of TDP), rising in load."""
    rows = layered_rows(FOLDER, "load_curves.csv", LoadCurvePoint, lambda r: f"{r.curve}@{r.load}")
    curves: dict[str, list[tuple[float, float]]] = {}
    for row, _ in rows.values():
        curves.setdefault(row.curve, []).append((row.load, row.power))
    return {name: tuple(sorted(points)) for name, points in curves.items()}


def load_curves_citation() -> str:
    """Where the load-power curves come from."""
    return read_profile(profile_paths(FOLDER)["load_curves.csv"][-1]).citation


# -- names ------------------------------------------------------------------------------------

_DECORATION = re.compile(
    r"\((?:r|tm|c)\)|®|™|@.*$|\b\d+th gen\b|\b(?:with|w/)\s.*\b(?:graphics|radeon)\b.*$|"
    r"\b\d+-cores?\b|\b(?:cpu|processor|gpu|graphics|accelerator)\b",
    re.IGNORECASE,
)
_MAKERS = frozenset(
    [
        "intel",
        "amd",
        "nvidia",
        "tesla",
        "geforce",
        "quadro",
        "radeon",
        "instinct",
        "apple",
        "corporation",
    ]
)
_FORM = frozenset(
    ["pcie", "sxm", "sxm2", "sxm3", "sxm4", "sxm5", "hbm2", "hbm2e", "hbm3", "hbm3e", "dgxs", "nvl"]
)
_SIZE = re.compile(r"^(\d+)gb$")


def _plain(name: str) -> str:
    return _DECORATION.sub(" ", name)


def words(name: str) -> frozenset[str]:
    """The words of a device's name that tell it from others."""
    joined = re.sub(r"\b(\d+)\s+gb\b", r"\1gb", _plain(name).lower())
    joined = re.sub(r"-(?=(?:sxm\d?|pcie|nvl|dgxs|hbm\de?)\b)|-(?=\d+gb\b)", " ", joined)
    return frozenset(w for w in re.split(r"[\s,/]+", joined) if w and w not in _MAKERS)


@lru_cache(maxsize=8)
def _index(
    file_name: str, row_type: type[BaseModel], stamp: tuple[tuple[str, int], ...]
) -> dict[frozenset[str], Known[BaseModel]]:
    del stamp  # part of the cache's key only: a changed profile is read again
    rows: Iterable[tuple[BaseModel, Profile]] = layered_rows(
        FOLDER, file_name, row_type, lambda r: str(getattr(r, "name", ""))
    ).values()
    return {words(getattr(row, "name", "")): Known(row, p.citation) for row, p in rows}


def _indexed(file_name: str, row_type: type[RowT]) -> dict[frozenset[str], Known[RowT]]:
    paths = profile_paths(FOLDER).get(file_name, [])
    stamp = tuple((str(path), path.stat().st_mtime_ns) for path in paths)
    return _index(file_name, row_type, stamp)  # pyright: ignore[reportReturnType]


def _by_words(index: dict[frozenset[str], Known[RowT]], name: str) -> Known[RowT] | None:
    asked = words(name)
    if not asked:
        return None
    if asked in index:
        return index[asked]
    # The driver may say less (“A100”) or more (“H100 80GB HBM3”) than the table: form and memory
    # size may differ in presence, never in value; the model's own words must be the same.
    candidates = [(len(asked & known), known) for known in index if _same_model(asked, known)]
    if not candidates:
        return None
    best = max(count for count, _ in candidates)
    closest = [known for count, known in candidates if count == best]
    return index[min(closest, key=lambda known: (len(known), sorted(known)))]


@lru_cache(maxsize=8192)
def _core(name: frozenset[str]) -> frozenset[str]:
    """The model's own words; kept, since an inventory asks for many names of the same tables."""
    return frozenset(w for w in name if w not in _FORM and not _SIZE.match(w))


def _same_model(asked: frozenset[str], known: frozenset[str]) -> bool:
    def variants(name: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
        return (
            frozenset(
                w.rstrip("12345") for w in name if w.startswith(("sxm", "pcie", "nvl", "dgxs"))
            ),
            frozenset(w for w in name if _SIZE.match(w)),
        )

    mine = _core(asked)
    if mine != _core(known) or not any(any(c.isdigit() for c in w) for w in mine):
        return False
    for a, b in zip(variants(asked), variants(known), strict=True):
        if a and b and not (a & b):
            return False
    return True
