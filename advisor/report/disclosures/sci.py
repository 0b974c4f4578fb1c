"""SCI report (ISO/IEC 21031): gCO2e per inference, with its boundary said.

SCI = (E · I + M) per R: E with PUE, I location-based and without contracts, R one inference. What
the boundary leaves out (embodied carbon where no share of hardware is known, training, network) is
listed with the figure.
"""

from __future__ import annotations

from typing import Any

from advisor.project import Project
from advisor.quantities import Quantity
from advisor.report.measured_task import as_json
from advisor.report.summary import FootprintRow, Summary

NAME = "sci"


def files(project: Project, summary: Summary) -> dict[str, bytes]:
    """`sci.json`."""
    rows = [_row(r) for r in summary.footprint]
    content = {
        "standard": "ISO/IEC 21031:2024 (Software Carbon Intensity)",
        "as_of": summary.as_of.isoformat(),
        "functional_unit": "one inference",
        "intensity": "location-based; no market instruments, no offsets",
        "boundary": {
            "included": ["electricity of inference including PUE, as in the footprint"],
            "excluded": [
                "embodied carbon (M): no share of hardware is stated in this project",
                "network and devices of those who ask",
            ],
        },
        "software": rows,
    }
    return {"sci.json": as_json(content)} if rows else {}


def _row(r: FootprintRow) -> dict[str, Any]:
    figure = sci_of(r)
    known = None if figure is None else figure.model_dump(mode="json", exclude={"spread", "log"})
    gap = None if figure is not None else "needs a footprint and inferences in the year"
    return {"id": r.id, "name": r.name, "sci_gco2e_per_inference": known, "gap": gap}


def sci_of(r: FootprintRow) -> Quantity | None:
    """Carbon per inference of a row; None where it is unknown."""
    if r.carbon is None or not r.calls_per_year:
        return None
    per_call = r.carbon * (1000.0 / r.calls_per_year)  # kg a year → g an inference
    return per_call.model_copy(update={"unit": "gCO2e/inference"})
