"""SCI report (ISO/IEC 21031): gCO2e per inference, with its boundary said.

SCI = (E · I + M) per R: E with PUE, I location-based and without contracts, R one inference, M the
embodied carbon of the share of the hardware that is reserved for the model. Each row lists its
parts; where no share of hardware is known, M is missing and the row says so.
"""

from __future__ import annotations

from typing import Any

from advisor.carbon import sci
from advisor.project import Project
from advisor.quantities import Quantity
from advisor.report.measured_task import as_json
from advisor.report.summary import FootprintRow, Summary

NAME = "sci"


def files(project: Project, summary: Summary) -> dict[str, bytes]:
    """`sci.json`."""
    rows = [_row(r) for r in summary.footprint]
    lacking = sum(r.embodied is None for r in summary.footprint)
    content = {
        "standard": "ISO/IEC 21031:2024 (Software Carbon Intensity)",
        "as_of": summary.as_of.isoformat(),
        "functional_unit": "one inference",
        "intensity": "location-based; no market instruments, no offsets",
        "boundary": {
            "included": [
                "electricity with PUE: inference, standing, training and validation, as known in "
                "the footprint",
                "embodied carbon (M) of the reserved share of the hardware, where it is known",
            ],
            "excluded": [
                "network and devices of those who ask",
                f"embodied carbon (M) of {lacking} of {len(rows)} models: their share of hardware "
                "is not stated",
            ][: 2 if lacking else 1],
        },
        "software": rows,
    }
    return {"sci.json": as_json(content)} if rows else {}


def _row(r: FootprintRow) -> dict[str, Any]:
    figure = sci_of(r)
    needed = "needs a footprint and inferences in the year"
    lacking = "without embodied carbon (M): the share of hardware is not stated"
    return {
        "id": r.id,
        "name": r.name,
        "sci_gco2e_per_inference": _plain(figure),
        "operational_kgco2e_per_year": _plain(r.carbon),
        "embodied_kgco2e_per_year": _plain(r.embodied),
        "inferences_per_year": r.calls_per_year,
        "gap": needed if figure is None else lacking if r.embodied is None else None,
    }


def _plain(figure: Quantity | None) -> dict[str, Any] | None:
    return None if figure is None else figure.model_dump(mode="json", exclude={"spread", "log"})


def sci_of(r: FootprintRow) -> Quantity | None:
    """Carbon per inference of a row, embodied carbon with it where known; None: unknown."""
    if r.carbon is None or not r.calls_per_year:
        return None
    parts = [r.carbon] if r.embodied is None else [r.carbon, r.embodied]
    return sci(parts, r.calls_per_year)
