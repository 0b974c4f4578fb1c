"""The energy of a shared machine, split among the models that run on it.

Every method hands out exactly what the meter counted: dynamic energy D (above idle) and idle energy
I of the machine, and what is left over by rounding goes to the largest share, so that the parts add
up to the machine's total exactly, in real arithmetic.

reservation   E_i = (D + I) · r_i / Σr
proportional  E_i = D · u_i / Σu + I · r_i / Σr                       (idle split by reservation)
shapley       E_i = D · u_i / Σu + Shapley value of the standing part

with u_i what a model was seen to use and r_i what is held for it. For the standing part the
characteristic function is the capacity a coalition needs: with r sorted upwards and c_0 = 0,
φ_i = I/c_n · Σ_{k ≤ i} (c_k − c_{k−1}) / (n − k + 1) (the airport game; Littlechild & Owen 1973).
With equal reservations this is I / n, the value of "the machine is on as soon as anybody is there".

The three answers differ because they answer different questions; their spread is the uncertainty of
allocation and is published beside the figure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from advisor.carbon.errors import CarbonError
from advisor.quantities import Quantity
from advisor.sentences import sentence


class Allocation(StrEnum):
    """How a machine's energy is split."""

    RESERVATION = "reservation"
    PROPORTIONAL = "proportional"
    SHAPLEY = "shapley"


class Tenant(BaseModel):
    """A model on a shared machine: what it used and what is held for it, in any one unit each."""

    model_config = ConfigDict(frozen=True)

    model_id: str
    used: float = Field(ge=0)
    reserved: float = Field(ge=0)


def allocate(
    dynamic_kwh: float,
    idle_kwh: float,
    tenants: Sequence[Tenant],
    method: Allocation = Allocation.PROPORTIONAL,
) -> dict[str, float]:
    """kWh by model id; `math.fsum` of the parts equals `dynamic_kwh + idle_kwh` exactly.

    Raises `CarbonError` when the machine has energy but no tenant, or nobody used or reserved
    anything (then there is no key to split by), or a model stands there twice.
    """
    _check(dynamic_kwh, idle_kwh, tenants)
    whole = dynamic_kwh + idle_kwh
    used = _shares([t.used for t in tenants])
    reserved = _shares([t.reserved for t in tenants])
    used, reserved = used or reserved, reserved or used
    if used is None or reserved is None:
        raise CarbonError(
            sentence(
                "None of the machine's models used or reserved anything, so its {energy} kWh "
                "cannot be split; give utilisation or reserved shares.",
                energy=whole,
            )
        )
    match method:
        case Allocation.RESERVATION:
            parts = [whole * r for r in reserved]
        case Allocation.PROPORTIONAL:
            parts = [dynamic_kwh * u + idle_kwh * r for u, r in zip(used, reserved, strict=True)]
        case Allocation.SHAPLEY:
            standing = _airport(reserved)
            parts = [dynamic_kwh * u + idle_kwh * s for u, s in zip(used, standing, strict=True)]
    return dict(zip((t.model_id for t in tenants), _exactly(parts, whole), strict=True))


def allocation_range(
    dynamic_kwh: Quantity, idle_kwh: Quantity, tenants: Sequence[Tenant], method: Allocation
) -> dict[str, Quantity]:
    """kWh by model with the spread between the three methods as an uncertainty of its own.

    The value is the chosen method's; the standard uncertainty "allocation method" is half the range
    between the methods divided by √3 (uniform over the range, JCGM 100:2008, 4.3.7).
    """
    by_method = {
        m: allocate(dynamic_kwh.to("kWh").value, idle_kwh.to("kWh").value, tenants, m)
        for m in Allocation
    }
    whole = dynamic_kwh.to("kWh") + idle_kwh.to("kWh")
    found: dict[str, Quantity] = {}
    for tenant in tenants:
        values = [by_method[m][tenant.model_id] for m in Allocation]
        value = by_method[method][tenant.model_id]
        share = value / whole.value if whole.value else 0.0
        spread = {source: sigma * share for source, sigma in whole.spread.items()}
        spread[f"allocation method {tenant.model_id}"] = (max(values) - min(values)) / (
            2 * math.sqrt(3)
        )
        found[tenant.model_id] = Quantity.from_spread(
            value, "kWh", whole.provenance, f"{whole.source}, split by {method}", spread
        )
    return found


def _check(dynamic_kwh: float, idle_kwh: float, tenants: Sequence[Tenant]) -> None:
    if dynamic_kwh < 0 or idle_kwh < 0:
        raise CarbonError(sentence("A machine's energy cannot be negative; correct it."))
    if not tenants:
        raise CarbonError(
            sentence("A machine with energy but no models cannot be split; name its models.")
        )
    ids = [t.model_id for t in tenants]
    if len(set(ids)) != len(ids):
        twice = next(i for i in ids if ids.count(i) > 1)
        raise CarbonError(
            sentence("The model {model} stands on the machine twice; keep one row.", model=twice)
        )


def _shares(weights: Sequence[float]) -> list[float] | None:
    largest = max(weights, default=0.0)
    if largest <= 0:
        return None
    scaled = [w / largest for w in weights]  # no overflow, and no loss among tiny weights
    whole = math.fsum(scaled)
    return [w / whole for w in scaled]


def _airport(reserved: Sequence[float]) -> list[float]:
    order = sorted(range(len(reserved)), key=lambda i: reserved[i])
    values, running, before = [0.0] * len(reserved), 0.0, 0.0
    top = reserved[order[-1]]
    for position, index in enumerate(order):
        running += (reserved[index] - before) / top / (len(order) - position)
        values[index], before = running, reserved[index]
    return values


def _exactly(parts: list[float], whole: float) -> list[float]:
    """The parts as multiples of the whole's last bit; the largest takes the rest.

    Every multiple of ulp(whole) up to the whole is a float, so the sum is exact in the reals.
    """
    bit = math.ulp(whole)
    at = max(range(len(parts)), key=lambda i: parts[i])
    exact = [round(p / bit) * bit for p in parts]
    exact[at] = 0.0
    exact[at] = whole - math.fsum(exact)
    return exact
