"""The ranking of the open project as the compare page shows it; made in a job."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from advisor.project.assumptions import Assumptions
from advisor.project.project import Project
from advisor.project.standing import standing
from advisor.rank import Recommendation, ranking_frame
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
    found = standing(project)
    if found is None or len(found.measurements) < 2:
        return None
    choices = sorted(
        (found.names.get(m.candidate, m.candidate[:12]), m.candidate) for m in found.measurements
    )
    return Ranking(
        found.recommendations,
        ranking_frame(found.recommendations, language.code),
        found.assumed,
        found.baseline,
        tuple((key, name) for name, key in choices),
    )
