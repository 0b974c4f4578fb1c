"""Where the measured candidates stand: measurements and assumptions in, recommendations out."""

from __future__ import annotations

from advisor.bench import Measurement
from advisor.project.assumptions import Assumptions, assumptions
from advisor.project.benchmark import latest_run
from advisor.project.project import Project
from advisor.rank import (
    Basis,
    Recommendation,
    default_baseline,
    kind_of,
    options_from_measurements,
    rank,
)


def ranking(
    project: Project, *, chosen: Assumptions | None = None, basis: Basis = Basis.TOTAL
) -> list[Recommendation]:
    """The project's candidates, ranked; empty when fewer than two were measured.

    `chosen` stands in for the project's own assumptions (a what-if). Raises `RankError` and
    `CarbonError`.
    """
    measured = comparable_measurements(project)
    if len(measured) < 2:
        return []
    candidates = project.candidates.all()
    said = chosen or assumptions(project)
    keys = {m.candidate for m in measured}
    baseline = said.baseline if said.baseline in keys else default_baseline(measured, candidates)
    return rank(
        options_from_measurements(
            measured,
            baseline,
            said.calls,
            said.pue_factor,
            said.grid,
            said.floor,
            names={c.key: c.name for c in candidates},
            kinds={c.key: kind_of(c) for c in candidates},
            basis=basis,
        )
    )


def comparable_measurements(project: Project) -> list[Measurement]:
    """The newest measurement of each candidate on the data of the latest run."""
    latest = latest_run(project)
    if latest is None:
        return []
    everything = project.measurements.all()
    data = next((m.workload_sha256 for m in everything if m.run_id == latest.run_id), None)
    newest = {m.candidate: m for m in everything if m.workload_sha256 == data}
    return list(newest.values())
