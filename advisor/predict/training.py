"""Training energy from a job's log: accelerator hours × power × PUE.

Power of one accelerator at mean utilisation u: idle + (TDP − idle) · u, the linear model of Fan,
Weber and Barroso (2007); the host's share (processor, memory, fans, conversion) is a factor on top.
Both are stated as independent sources of uncertainty.
"""

from __future__ import annotations

from advisor.meters.hardware import find_gpu
from advisor.quantities import Provenance, Quantity
from advisor.sentences import SaidError, sentence

IDLE_SHARE = 0.15
"""Idle over TDP where the profile gives none: the ratio behind `idle_w` of the profiles."""
HOST_FACTOR = 1.35
"""Machine over its accelerators' power; MLPerf Power runs of 8-GPU servers lie near 1.2 to 1.5."""
HOST_SPREAD = 0.12
CURVE_SPREAD = 0.15
"""Relative standard uncertainty of the linear power curve."""
UTILISATION_SPREAD = 0.20
"""That of the power above idle when nobody logged the utilisation and `ASSUMED_UTILISATION` stands
in."""
ASSUMED_UTILISATION = 0.6


class UnknownDeviceError(SaidError):
    """A device without known power. One sentence: which one, what to do."""


def training_energy(
    gpu_hours: float,
    device: str,
    *,
    mean_utilisation: float | None = None,
    pue: float = 1.0,
    host_factor: float = HOST_FACTOR,
) -> Quantity:
    """Electric energy of a training job in kWh, with its 95 % interval.

    `gpu_hours` is hours × accelerators; `mean_utilisation` 0…1 (None: assumed, with its spread).
    `pue` 1 gives energy at the machine. Raises `UnknownDeviceError` and `ValueError`.
    """
    if gpu_hours < 0 or pue < 1 or not 0 <= (mean_utilisation or 0) <= 1:
        raise ValueError(
            "Accelerator hours must not be negative, PUE is at least 1, utilisation lies in 0 to 1."
        )
    known = find_gpu(device)
    if known is None or not known.row.tdp_w:
        raise UnknownDeviceError(
            sentence(
                "The power of “{device}” is not known; add it to profiles/hardware/gpus.csv.",
                device=str(device),
            )
        )
    tdp_w = float(known.row.tdp_w)
    idle_w = float(known.row.idle_w or IDLE_SHARE * tdp_w)
    assumed = mean_utilisation is None
    u = ASSUMED_UTILISATION if mean_utilisation is None else mean_utilisation
    watts = idle_w + (tdp_w - idle_w) * u
    kwh = gpu_hours * watts * host_factor * pue / 1000
    spread = {
        "power curve": CURVE_SPREAD * kwh,
        "host power": HOST_SPREAD * kwh,
        **({"assumed utilisation": UTILISATION_SPREAD * kwh} if assumed else {}),
    }
    return Quantity.from_spread(
        kwh,
        "kWh",
        Provenance.PREDICTED,
        f"training: {gpu_hours:g} h × {watts:.0f} W × host {host_factor:g} × PUE {pue:g} on "
        f"{known.row.name}; " + known.citation,
        spread,
    )
