"""What was measured here, as runs to learn from beside the shipped ones.

Only figures read from a meter (or imported from one) are runs: an estimate is the outcome of
another model, and to learn from it would feign knowledge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from advisor.bench import Measurement
from advisor.candidates import Candidate
from advisor.predict.fitted import LEVEL, FittedModel
from advisor.predict.fitting import fit
from advisor.predict.grade import Grade
from advisor.predict.prior import (
    PRIOR_COLUMNS,
    local_share,
    prior_model,
    shipped_hyperparameters,
    shipped_runs,
)
from advisor.predict.reach import reason_of
from advisor.predict.rows import PRECISIONS
from advisor.quantities import Provenance, Quantity
from advisor.sentences import Sentence

READ = (Provenance.MEASURED, Provenance.IMPORTED)
"""Provenances of figures that were read from a meter."""
_FROM_INVENTORY = {"hardware": "device", "idle_power_w": "idle_w"}
COLUMNS = (
    "key",
    "model",
    "family",
    "parameters",
    "flops_per_call",
    "precision",
    "device",
    "idle_w",
    "throughput_per_s",
    "energy_j",
    "source",
)


def local_runs(
    measurements: Iterable[Measurement], candidates: Mapping[str, Candidate]
) -> pd.DataFrame:
    """Measurements whose energy was read from a meter, one row each, columns `COLUMNS`.

    `candidates` by key; energy in J per inference, throughput in inferences per second, idle power
    in W (total minus above idle, times throughput; NaN where the meter could not tell).
    """
    records = [
        _run(m, candidates[m.candidate], candidates)
        for m in measurements
        if m.candidate in candidates and m.energy_j.provenance in READ
    ]
    return pd.DataFrame.from_records(records, columns=list(COLUMNS))


def from_inventory(inventory: pd.DataFrame) -> pd.DataFrame:
    """An inventory with its device and idle power under the names of the shipped runs."""
    return inventory.rename(
        columns={
            old: new
            for old, new in _FROM_INVENTORY.items()
            if old in inventory and new not in inventory
        }
    )


@dataclass(frozen=True)
class Learnt:
    """A fitted model beside the runs it was learnt from: the shipped first, then the local."""

    model: FittedModel
    runs: pd.DataFrame
    shipped: int

    @property
    def local(self) -> int:
        """How many local runs took part."""
        return len(self.runs) - self.shipped

    @property
    def used(self) -> str:
        """Contender and best state of knowledge, as the scores of a judgement name them."""
        knowledge, level = list(self.model.levels.items())[-1]
        return f"{level.chosen.name}: {knowledge.value}"

    def devices(self) -> pd.DataFrame:
        """Columns device, runs, idle_w (median, W), local; own devices first, then by name."""
        grouped = self.runs.assign(local=np.arange(len(self.runs)) >= self.shipped).groupby(
            "device"
        )
        made = pd.DataFrame(
            {
                "runs": grouped.size(),
                "idle_w": grouped["idle_w"].median(),
                "local": grouped["local"].any(),
            }
        ).reset_index()
        made["order"] = made["device"].str.casefold()
        made = made.sort_values(["local", "order"], ascending=[False, True])
        return made.drop(columns="order").reset_index(drop=True)

    def precisions(self) -> list[str]:
        """The number formats among the runs, the most frequent first."""
        return [str(p) for p in self.runs["precision"].dropna().value_counts().index]

    def predict(
        self, frame: pd.DataFrame, level: float = LEVEL, *, shares: int | None = None
    ) -> pd.DataFrame:
        """As `FittedModel.predict`, with `local_share` (0 to 1) of the first `shares` rows or all.

        Rows of which neither a size nor the throughput is known stay empty, `used` too.
        """
        found = self.model.predict(frame, level).assign(local_share=0.0)
        known = found["energy_j"].notna()
        if self.local:
            first = frame.iloc[:shares]
            found["local_share"] = np.nan
            found.loc[first.index, "local_share"] = local_share(self.model, first, self.shipped)
        found.loc[~known, "local_share"] = np.nan
        found.loc[~known, ["energy_j_provenance", "model_id", "used", "grade"]] = None
        return found

    def predict_one(self, **known: float | str | None) -> Prediction:
        """One model, described by columns of the runs; raises `ValueError` where nothing fits."""
        frame = pd.DataFrame([{k: v for k, v in known.items() if v is not None}])
        return Prediction.of(self.predict(frame).iloc[0])


@dataclass(frozen=True)
class Prediction:
    """Energy of one call, and how it was come by."""

    energy: Quantity
    used: str
    """State of knowledge and contender."""
    grade: Grade
    distance: float
    reason: Sentence
    """How far it lies from what was measured, and why."""
    local_share: float
    model_id: str

    @staticmethod
    def of(row: Any) -> Prediction:
        """A row of `Learnt.predict`; raises `ValueError` where nothing was known."""
        if pd.isna(row["energy_j"]):
            raise ValueError("Give a size or the throughput: nothing else says what a call uses.")
        return Prediction(
            Quantity(
                value=float(row["energy_j"]),
                low=float(row["energy_j_low"]),
                high=float(row["energy_j_high"]),
                unit="J",
                provenance=Provenance.PREDICTED,
                source=f"{row['used']} ({row['model_id']})",
            ),
            str(row["used"]),
            Grade(row["grade"]),
            float(row["distance"]),
            reason_of(row),
            float(row["local_share"]),
            str(row["model_id"]),
        )

    @property
    def extrapolated(self) -> bool:
        """Whether it reaches beyond what was measured."""
        return self.grade != Grade.INSIDE

    @property
    def state(self) -> str:
        """The state of knowledge alone, as `Knowledge` names it."""
        return self.used.partition(": ")[0]


def learnt_from(local: pd.DataFrame) -> Learnt:
    """The shipped runs and the local ones (as `local_runs` gives them), fitted together.

    Seconds where the shipped runs alone were fitted before, some ten seconds otherwise.
    """
    shipped = shipped_runs()
    if local.empty:
        return Learnt(prior_model(), shipped, len(shipped))
    together = pd.concat([shipped, local], ignore_index=True)
    known = shipped_hyperparameters()
    fitted = fit(together, PRIOR_COLUMNS, thorough=False, known=known)
    return Learnt(fitted, together, len(shipped))


def _run(
    measurement: Measurement, candidate: Candidate, candidates: Mapping[str, Candidate]
) -> dict[str, object]:
    facts, above = candidate.facts, measurement.energy_above_idle_j
    flops = facts.flops_per_inference
    rate = measurement.throughput_per_s.value
    idle = (measurement.energy_j.value - above.value) * rate if above is not None else 0.0
    return {
        "key": candidate.key,
        "model": candidate.name,
        "family": _family(candidate, candidates),
        "parameters": float(facts.parameters),
        "flops_per_call": flops.value if flops is not None else np.nan,
        "precision": PRECISIONS.get(facts.precision, facts.precision),
        "device": measurement.device,
        "idle_w": idle if idle > 0 else np.nan,
        "throughput_per_s": rate,
        "energy_j": measurement.energy_j.value,
        "source": f"measured here, run {measurement.run_id}",
    }


def _family(candidate: Candidate, candidates: Mapping[str, Candidate]) -> str:
    """The family as stated, else the name of the model from which all its variants descend."""
    root, seen = candidate, {candidate.key}
    while not root.family:
        parent = candidates.get(root.parent_key or "")
        if parent is None or parent.key in seen:
            break
        root = parent
        seen.add(root.key)
    return root.family or root.name
