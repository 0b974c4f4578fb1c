"""The prior: what shipped public measurements say, moved by what was measured here.

The shipped runs (`profiles/predict/`) and the local ones are fitted together, as one hierarchical
model whose devices share what they have in common. A device nobody has measured is predicted from
the shipped ones; every local run pulls its own device's level and slopes towards it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import platformdirs
from threadpoolctl import threadpool_limits

from advisor.predict.columns import Columns, UnusableTableError
from advisor.predict.encoding import Knowledge
from advisor.predict.field import knowledge_in, single
from advisor.predict.fitted import LEVEL, FittedModel
from advisor.predict.fitting import fit
from advisor.predict.process import Process, Tuned
from advisor.predict.rows import Floats, measured_rows, query_rows
from advisor.predict.storing import UnusableModelFileError, current_versions, load, save
from advisor.profiles import profile_paths, read_profile
from advisor.sentences import sentence

FOLDER = "predict"
HYPERPARAMETERS = "prior.toml"
CHUNK = 2000
PRIOR_COLUMNS = Columns(
    energy="energy_j",
    energy_unit="J",
    sizes=("parameters", "flops_per_call"),
    throughput="throughput_per_s",
    device="device",
    idle_power="idle_w",
    precision="precision",
    family="family",
)
_QUERY_COLUMNS = (
    *PRIOR_COLUMNS.sizes,
    "throughput_per_s",
    "device",
    "idle_w",
    "precision",
    "family",
)
_FROM_MODEL = {"hardware": "device"}
"""Fields of the inventory's `Model` that have another name in the prior's tables."""


def shipped_runs() -> pd.DataFrame:
    """All shipped runs, one row a run, with the profile each came from in `source`."""
    parts: list[pd.DataFrame] = []
    for paths in profile_paths(FOLDER, "*.csv").values():
        for path in paths:
            profile = read_profile(path)
            part = pd.DataFrame(list(profile.rows))
            part["source"] = profile.citation
            parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    for column in ("parameters", "flops_per_call", "idle_w", "throughput_per_s", "energy_j"):
        table[column] = pd.to_numeric(table[column], errors="coerce")
    return table


def shipped_hyperparameters() -> dict[Knowledge, Tuned]:
    """Hyperparameters of the shipped runs, found once and shipped, so that nobody waits for them.

    Empty where the runs are not those they were found on; then they are searched for anew.
    """
    paths = profile_paths(FOLDER, HYPERPARAMETERS).get(HYPERPARAMETERS, [])
    if not paths:
        return {}
    document = read_profile(paths[-1]).document
    if document.get("runs_sha256") != runs_sha256():
        return {}
    return {
        Knowledge(name): Tuned(
            np.array(theta, dtype=float),
            tuple(
                (frozenset(part["without"]), np.array(part["theta"], dtype=float))
                for part in document.get("parts", [])
                if part["knowledge"] == name
            ),
        )
        for name, theta in document["theta"].items()
    }


def runs_sha256() -> str:
    """Digest of the shipped runs as read."""
    return hashlib.sha256(shipped_runs().to_csv(index=False).encode()).hexdigest()


@threadpool_limits.wrap(limits=1)  # matrices are small: threads only wait
def searched_hyperparameters(made_on: str) -> str:
    """The profile of hyperparameters, searched for on the shipped runs: text of a TOML file.

    Beside those of all runs, where predictions are crossed (see `fit`), those without each family.
    """
    rows, _, _ = measured_rows(shipped_runs(), PRIOR_COLUMNS)
    whole, parts = ["[theta]"], list[str]()
    for knowledge in knowledge_in(rows):
        process = single(knowledge, "family").fit(rows)
        whole.append(f'"{knowledge.value}" = {_listed(process.parameters.theta)}')
        if knowledge != Knowledge.DEVICE:
            continue
        encoded = process.encoder.encode(rows)
        for family in sorted(set(rows.family)):
            other = single(knowledge, "family").fit(rows.take(rows.family != family))
            parts += [
                "",
                "[[parts]]",
                f'knowledge = "{knowledge.value}"',
                f"without = {json.dumps([family])}",
                f"theta = {_listed(other.parameters.for_rows(encoded).theta)}",
            ]
    lines = [
        f'runs_sha256 = "{runs_sha256()}"',
        "",
        "[header]",
        'source = "Carbon Advisor: search by left-out families on the shipped runs of this folder"',
        f'checked = "{made_on}"',
        'licence = "Apache-2.0"',
        'unit = "natural logarithms of variances and length scales"',
        'provenance = "estimated"',
        "",
        *whole,
        *parts,
    ]
    return "\n".join(lines) + "\n"


def _listed(theta: Floats) -> str:
    return "[" + ", ".join(f"{v:.5f}" for v in theta) + "]"


@lru_cache(maxsize=1)
def prior_model() -> FittedModel:
    """The model fitted on the shipped runs alone.

    Fitting takes a minute or more, so the fitted model is kept in the user's cache, under a name
    that changes with the data, with this room's code and with the libraries; what is kept is read
    without pickle (`advisor.predict.storing`) and fitted anew where it cannot be used.
    """
    runs = shipped_runs()
    kept = _cache_folder() / f"prior-{_fingerprint(runs)}.skops"
    with suppress(UnusableModelFileError, OSError):
        return load(kept)
    fitted = fit(runs, PRIOR_COLUMNS, thorough=False, known=shipped_hyperparameters())
    with suppress(OSError):  # a read-only or full disk costs time, not the prediction
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}.part")
        save(fitted, part)
        part.replace(kept)
        for older in kept.parent.glob("prior-*.skops"):
            if older != kept:
                older.unlink()
        with suppress(UnusableModelFileError):
            return load(kept)  # as every later start reads it: the same figures from the first
    return fitted


def _cache_folder() -> Path:
    chosen = os.environ.get("CARBON_ADVISOR_CACHE")
    return Path(chosen or platformdirs.user_cache_dir("carbon-advisor", appauthor=False))


def _fingerprint(runs: pd.DataFrame) -> str:
    digest = hashlib.sha256(repr(sorted(current_versions().items())).encode())
    digest.update(runs.to_csv(index=False).encode())
    tuned = profile_paths(FOLDER, HYPERPARAMETERS).get(HYPERPARAMETERS, [])
    for source in [*tuned, *sorted(Path(__file__).parent.glob("*.py"))]:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def predict_inventory(
    models: pd.DataFrame,
    local_measurements: pd.DataFrame | None = None,
    *,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Energy per call of inventory rows, as `FittedModel.predict` gives it, and `local_share`.

    `models` has any of the columns `parameters`, `flops_per_call`, `throughput_per_s`,
    `precision`, `hardware` (or `device`), `idle_w`, `family`; what is missing is unknown.
    `local_measurements` has the same and `energy_j`; they are fitted with the shipped runs.
    `local_share` is the share of the local runs in each prediction, 0 to 1.
    """
    frame = _named(models)
    if local_measurements is None or not len(local_measurements):
        return prior_model().predict(frame, level).assign(local_share=0.0)
    local = _checked(_named(local_measurements))
    shipped = shipped_runs()
    together = pd.concat([shipped, local], ignore_index=True)
    fitted = fit(together, PRIOR_COLUMNS, thorough=False, known=shipped_hyperparameters())
    found = fitted.predict(frame, level)
    return found.assign(local_share=local_share(fitted, frame, len(shipped)))


def _checked(local: pd.DataFrame) -> pd.DataFrame:
    """Local runs with every column of the shipped ones; raises where none can be learnt from."""
    needed = ("energy_j", "throughput_per_s")
    for name in needed:
        if name not in local.columns:
            raise UnusableTableError(
                sentence(
                    "The local measurements have no column “{name}”; give {given}, and what is "
                    "known of size and device.",
                    name=str(name),
                    given=" and ".join(needed),
                )
            )
    wanted = [PRIOR_COLUMNS.energy, *_QUERY_COLUMNS]
    whole = local.reindex(columns=list(dict.fromkeys([*local.columns, *wanted])))
    rows, kept, _ = measured_rows(whole, PRIOR_COLUMNS)
    if not np.isfinite(rows.log_throughput).any():
        raise UnusableTableError(
            sentence(
                "No row of the local measurements has a positive number in “throughput_per_s”."
            )
        )
    return whole.iloc[kept]


def local_share(fitted: FittedModel, frame: pd.DataFrame, shipped: int) -> Floats:
    """Share of the runs after the first `shipped` in each prediction: their weights' part.

    Weights are those of the Gaussian process, K*(K + σ²I)⁻¹, by absolute value.
    """
    rows = query_rows(frame, fitted.columns)
    which = fitted.levels_of(rows)
    out = np.full(len(rows), np.nan)
    kept = fitted.measured["row"].to_numpy()
    for knowledge, level in fitted.levels.items():
        at = np.flatnonzero(which == knowledge.value)
        process = level.chosen
        if not len(at) or not isinstance(process, Process):
            continue
        origin = kept[process.drawn_from(len(kept))]
        for chunk in np.array_split(at, max(1, len(at) // CHUNK)):
            weights = np.abs(process.weights_of_runs(rows.take(chunk)))
            out[chunk] = weights[:, origin >= shipped].sum(axis=1) / weights.sum(axis=1)
    return out


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    missing = {
        a: b for a, b in _FROM_MODEL.items() if a in frame.columns and b not in frame.columns
    }
    return frame.rename(columns=missing)


def known_columns(frame: pd.DataFrame) -> Sequence[str]:
    """The columns of a frame that a prediction from the prior can use."""
    return [c for c in _QUERY_COLUMNS if c in _named(frame).columns]
