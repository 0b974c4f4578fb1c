"""Where the measured candidates stand: measurements and assumptions in, recommendations out.

Window, command line and documents all ask here, so they cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass

from advisor.bench import Measurement
from advisor.project.assumptions import Assumptions, assumptions
from advisor.project.project import Project
from advisor.rank import (
    Basis,
    Recommendation,
    default_baseline,
    kind_of,
    options_from_measurements,
    rank,
)


@dataclass(frozen=True)
class Standing:
    """The ranking of a project's candidates with what it rests on."""

    recommendations: tuple[Recommendation, ...]
    measurements: tuple[Measurement, ...]
    assumed: Assumptions
    baseline: str
    """Key of the model in use."""
    names: dict[str, str]
    """Key → what a reader calls the candidate."""

    def of_candidate(self, key: str) -> Recommendation | None:
        """The recommendation about a candidate."""
        return next((r for r in self.recommendations if r.option.candidate == key), None)

    def measurement(self, key: str) -> Measurement | None:
        """The measurement of a candidate."""
        return next((m for m in self.measurements if m.candidate == key), None)


def standing(
    project: Project, *, chosen: Assumptions | None = None, basis: Basis = Basis.TOTAL
) -> Standing | None:
    """Where the candidates stand; None when nothing was measured.

    `chosen` stands in for the project's own assumptions (a what-if). Raises `RankError` and
    `CarbonError`.
    """
    measured = comparable_measurements(project)
    if not measured:
        return None
    candidates = project.candidates.all()
    names = {c.key: c.name for c in candidates}
    said = chosen or assumptions(project)
    keys = {m.candidate for m in measured}
    named = said.baseline is not None and said.baseline in keys
    baseline = said.baseline if named and said.baseline else default_baseline(measured, candidates)
    options = options_from_measurements(
        measured,
        baseline,
        said.calls,
        said.pue_factor,
        said.grid,
        said.floor,
        names=names,
        kinds={c.key: kind_of(c) for c in candidates},
        basis=basis,
    )
    return Standing(tuple(rank(options)), tuple(measured), said, baseline, names)


def comparable_measurements(project: Project) -> list[Measurement]:
    """The newest measurement of each candidate on the data of the latest run that has any."""
    everything = project.measurements.all()
    for run in reversed(project.runs.all()):
        data = next((m.workload_sha256 for m in everything if m.run_id == run.run_id), None)
        if data is not None:
            newest = {m.candidate: m for m in everything if m.workload_sha256 == data}
            return list(newest.values())
    return []
