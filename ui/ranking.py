"""The ranking of the open project, worked out in a job and kept for every view."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from advisor.bench import Measurement
from advisor.project.assumptions import Assumptions, assumptions
from advisor.project.project import Project
from advisor.rank import (
    Recommendation,
    default_baseline,
    kind_of,
    options_from_measurements,
    rank,
    ranking_frame,
)
from ui.i18n import language


@dataclass(frozen=True)
class Ranking:
    """What a view needs: recommendations in order, the same as a frame, and what was assumed."""

    recommendations: tuple[Recommendation, ...]
    frame: pd.DataFrame
    assumed: Assumptions
    baseline: str
    choices: tuple[tuple[str, str], ...]
    """Key and name of every measured candidate, for choosing the model in use."""

    def of_candidate(self, key: str) -> Recommendation | None:
        """The recommendation about a candidate."""
        return next((r for r in self.recommendations if r.option.candidate == key), None)


def ranked(project: Project) -> Ranking | None:
    """Rank what was measured last; None where there is nothing to rank. Raises `RankError`."""
    measured = latest_measurements(project)
    if not measured:
        return None
    known = assumptions(project)
    candidates = project.candidates.all()
    keys = {m.candidate for m in measured}
    baseline = known.baseline
    if baseline is None or baseline not in keys:
        baseline = default_baseline(measured, candidates)
    names = {c.key: c.name for c in candidates}
    options = options_from_measurements(
        measured,
        baseline,
        known.calls,
        known.pue_factor,
        known.grid,
        known.floor,
        names=names,
        kinds={c.key: kind_of(c) for c in candidates},
    )
    found = tuple(rank(options))
    choices = tuple((m.candidate, names.get(m.candidate, m.candidate[:12])) for m in measured)
    return Ranking(found, ranking_frame(found, language.code), known, baseline, choices)


def latest_measurements(project: Project) -> list[Measurement]:
    """The measurements of the last run that has any: only those of one run are compared."""
    measured = project.measurements.all()
    for run in reversed(project.runs.all()):
        found = [m for m in measured if m.run_id == run.run_id]
        if found:
            return found
    return []
