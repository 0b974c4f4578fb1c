"""Which chart a summary has: the plane for one model, the abatement curve for more."""

from __future__ import annotations

from advisor.figures import Language
from advisor.report.abatement import abatement_steps
from advisor.report.abatement_chart import abatement_chart
from advisor.report.chart import Chart
from advisor.report.plane_chart import plane_chart
from advisor.report.summary import Summary


def main_chart(
    s: Summary, language: Language, width_mm: float = 170, height_mm: float = 62
) -> Chart | None:
    """The chart of a summary; None where nothing can be drawn."""
    size = (width_mm / 25.4, height_mm / 25.4)
    if one_model(s):
        return plane_chart(s, language, size)
    steps = abatement_steps(s)
    return abatement_chart(steps, language, size) if steps else None


def one_model(s: Summary) -> bool:
    """Whether all options are about the same model, so that they can be compared on one plane."""
    return len({a.model_id for a in s.options}) == 1
