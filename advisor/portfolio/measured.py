"""What this project measured about models of the inventory: their energy, and their variants.

A row is linked to a candidate by its field `candidate` (key, at least eight characters of it, or
name), or where its id is the candidate's name. The measured energy per call takes the place of
what the row states when the row names no other hardware; the variants measured on the same data in
place of expected effects. On other hardware the *relative* saving is applied to the model's own
energy, and the option says so by its weaker provenance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from advisor.bench import Measurement
from advisor.candidates import Candidate
from advisor.carbon import grid_intensity
from advisor.quantities import Provenance, Quantity
from advisor.rank import kind_of, options_from_measurements
from advisor.rank.option import Option

SHORTEST_KEY = 8
_ENERGY = ["energy_j", "energy_j_low", "energy_j_high"]


def linked(inventory: pd.DataFrame, candidates: Sequence[Candidate]) -> dict[str, str]:
    """Model id → key of the candidate that is this model, where there is one."""
    if not candidates:
        return {}
    by_word = {c.name: c.key for c in candidates} | {c.key: c.key for c in candidates}
    found: dict[str, str] = {}
    for model, word in zip(inventory["id"], inventory["candidate"], strict=True):
        key = by_word.get(word) if isinstance(word, str) else by_word.get(model)
        if key is None and isinstance(word, str) and len(word) >= SHORTEST_KEY:
            starting = [c.key for c in candidates if c.key.startswith(word)]
            key = starting[0] if len(starting) == 1 else None
        if key is not None:
            found[str(model)] = key
    return found


def measured_energy(
    inventory: pd.DataFrame, measurements: Iterable[Measurement], candidates: Sequence[Candidate]
) -> pd.DataFrame:
    """Joules per call of linked models, in the inventory's index; columns `energy_j` with bounds.

    Left out where the row names hardware other than the one that was measured.
    """
    newest = {m.candidate: m for m in measurements}
    rows: dict[object, list[float]] = {}
    models = linked(inventory, candidates)
    for label, model, hardware in zip(
        inventory.index, inventory["id"], inventory["hardware"], strict=True
    ):
        found = newest.get(models.get(str(model), ""))
        if found is not None and _same_hardware(hardware, found.device):
            rows[label] = [found.energy_j.value, found.energy_j.low, found.energy_j.high]
    return pd.DataFrame.from_dict(rows, orient="index", columns=_ENERGY)


def measured_options(
    inventory: pd.DataFrame,
    footprint: pd.DataFrame,
    measurements: Sequence[Measurement],
    candidates: Sequence[Candidate],
) -> dict[str, list[Option]]:
    """Options by model id from the variants measured on the same data as the model itself.

    Only for models whose production carbon is known. Raises `RankError`, `CarbonError`.
    """
    newest = {m.candidate: m for m in measurements}
    names = {c.key: c.name for c in candidates}
    kinds = {c.key: kind_of(c) for c in candidates}
    models = linked(inventory, candidates)
    wanted = footprint[footprint["id"].isin(list(models))]
    rows = {str(r["id"]): r for r in wanted.to_dict("records")}
    made: dict[str, list[Option]] = {}
    for model, key in models.items():
        baseline = newest.get(key)
        row = rows[model]
        if baseline is None or not row["production_kg"] > 0 or pd.isna(row["grid_g_per_kwh"]):
            continue
        alike = [m for m in newest.values() if m.workload_sha256 == baseline.workload_sha256]
        found = options_from_measurements(
            alike,
            key,
            _calls(row),
            Quantity.exact(float(row["pue"]), "1", Provenance.DECLARED, "PUE of the inventory"),
            grid_intensity(str(row["region"])),
            names=names,
            kinds=kinds,
            model_id=model,
        )
        made[model] = [_for_row(o, found[0], row, baseline.device) for o in found]
    return made


def _calls(row: Mapping[Any, Any]) -> Quantity:
    calls = float(row["calls_per_year"])
    sigma = calls * float(np.sqrt(row["rv_volume"]))
    return Quantity.from_spread(
        calls, "inference/year", Provenance.DECLARED, "calls of the inventory", {"calls": sigma}
    )


def _for_row(option: Option, keep: Option, row: Mapping[Any, Any], device: str) -> Option:
    """The option with its saving in proportion to the row's own production carbon."""
    base = keep.carbon_kg.value if keep.carbon_kg is not None else 0.0
    ratio = float(row["production_kg"]) / base if base else 1.0
    same = bool(np.isclose(ratio, 1.0, rtol=1e-6))
    effect = Provenance.MEASURED
    if not same:
        effect = Provenance.weakest([effect, Provenance(row["energy_per_call_j_provenance"])])
    saved = (option.carbon_saved_kg * ratio).named(
        device if same else f"{device}; relative saving applied to the model's own energy"
    )
    return option.model_copy(
        update={"carbon_saved_kg": saved.model_copy(update={"provenance": effect})}
    )


def _same_hardware(stated: object, device: str) -> bool:
    if not isinstance(stated, str) or not stated.strip():
        return True
    a, b = stated.casefold(), device.casefold()
    return a in b or b in a
