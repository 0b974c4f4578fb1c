"""The power law's exponents with their intervals, in plain text.

Intervals: cluster bootstrap over the groups (whole families drawn with replacement), so that many
runs of one family do not feign certainty (Cameron, Gelbach and Miller 2008).
"""

from __future__ import annotations

import math

import numpy as np
from pydantic import BaseModel, ConfigDict

from advisor.predict.contender import Groups
from advisor.predict.encoding import Knowledge
from advisor.predict.power_law import PowerLaw
from advisor.predict.rows import Floats, Rows

DRAWS = 60


class Exponent(BaseModel):
    """One factor of the power law; `constant` is the logarithm of joules at all figures 1."""

    model_config = ConfigDict(frozen=True)

    name: str
    value: float
    low: float
    high: float


def power_law_exponents(
    rows: Rows, knowledge: Knowledge, groups: Groups, seed: int = 0
) -> list[Exponent]:
    """Exponents of the robust power law with 95 % intervals over groups."""
    law = PowerLaw(knowledge).fit(rows)
    central = law.coefficients()
    rng = np.random.default_rng(seed)
    drawn: list[Floats] = []
    for _ in range(DRAWS if len(groups) > 1 else 0):
        times = np.bincount(rng.integers(0, len(groups), len(groups)), minlength=len(groups))
        weight = np.zeros(len(rows))
        for group, count in zip(groups, times, strict=True):
            weight[group] = count
        drawn.append(weight)
    draws: dict[str, list[float]] = {name: [] for name in central}
    for found in law.reweighted(rows, drawn):
        for name, value in found.items():
            draws[name].append(value)
    out: list[Exponent] = []
    for name, value in central.items():
        low, high = np.quantile(draws[name], [0.025, 0.975]) if draws[name] else (-np.inf, np.inf)
        out.append(Exponent(name=name, value=value, low=min(value, low), high=max(value, high)))
    return out


def formula(exponents: list[Exponent]) -> str:
    """“E = 0.0031 J · macs^0.42 [0.31; 0.55] · throughput^−0.97 [−1.02; −0.93]”."""
    constant = next((e.value for e in exponents if e.name == "constant"), 0.0)
    factors = [
        f"{e.name}^{_number(e.value)} [{_number(e.low)}; {_number(e.high)}]"
        for e in exponents
        if e.name != "constant"
    ]
    return " · ".join([f"E = {math.exp(constant):.3g} J", *factors])


def _number(value: float) -> str:
    return ("∞" if value > 0 else "−∞") if math.isinf(value) else f"{value:.2f}".replace("-", "−")
