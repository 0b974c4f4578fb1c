"""The ranking of the open project as the compare page shows it; made in a job."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from advisor.candidates.levers.cascade import CascadePlan
from advisor.project.assumptions import Assumptions
from advisor.project.operational import CascadeSettings
from advisor.project.project import Project
from advisor.project.standing import standing
from advisor.project.working_out import Waiting
from advisor.rank import Recommendation, Verdict, WorkedOut, ranking_frame
from ui.i18n import language, later

VERDICTS = {
    Verdict.BASELINE: later("in use today"),
    Verdict.NO_REGRET: later("no regret"),
    Verdict.FRONTIER: later("on the frontier"),
    Verdict.DOMINATED: later("dominated"),
    Verdict.EXTENDED_DOMINATED: later("dominated by a mixture"),
    Verdict.NO_DIFFERENCE: later("no distinguishable difference"),
    Verdict.WORSE: later("saves nothing"),
    Verdict.UNKNOWN: later("accuracy unknown"),
    Verdict.BELOW_FLOOR: later("below the accuracy floor"),
}


@dataclass(frozen=True)
class Ranking:
    """What a view needs: recommendations in order, the same as a frame, and what was assumed."""

    recommendations: tuple[Recommendation, ...]
    frame: pd.DataFrame
    assumed: Assumptions
    baseline: str
    choices: tuple[tuple[str, str], ...]
    """Key and name of every measured candidate, for choosing the model in use."""
    worked: tuple[WorkedOut, ...] = ()
    """Options worked out from measurements and what the user entered."""
    cascades: dict[str, CascadePlan] = field(default_factory=dict)
    """Key of an option that is a cascade → what was learnt."""
    waiting: tuple[Waiting, ...] = ()
    """Options entered that cannot be worked out now."""

    @property
    def several(self) -> bool:
        """Whether there is anything to choose between."""
        return len(self.recommendations) > 1

    def worked_out(self, key: str) -> WorkedOut | None:
        """The option without a file of that key."""
        return next((w for w in self.worked if w.candidate == key), None)

    def of_candidate(self, key: str) -> Recommendation | None:
        """The recommendation about a candidate."""
        return next((r for r in self.recommendations if r.option.candidate == key), None)


def ranked(project: Project) -> Ranking | None:
    """Rank what was measured last; None where nothing was measured. Raises `RankError`."""
    found = standing(project)
    if found is None:
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
        found.worked,
        {
            o.key: o.settings.plan
            for o in project.shelf("operational").all()
            if isinstance(o.settings, CascadeSettings)
        },
        found.waiting,
    )
