"""Where the figures of an option without a file come from."""

from __future__ import annotations

from dataclasses import replace

from advisor.project.project import Project
from advisor.rank import OptionKind, WorkedOut
from ui.explanations import explain_energy
from ui.figures.explanation import Explanation
from ui.i18n import later, said, tr

_FORMULAS = {
    OptionKind.CACHE: later("E = (1 − repeat rate) × E of the model + E of a look-up"),
    OptionKind.CASCADE: later("E = E of the small model + escalated share × E of the large one"),
    OptionKind.MOVE: later("E = E of the model: the joules stay, the grid changes"),
    OptionKind.RETIRE: later("E = share still asked × E of what takes over"),
}


def explain_worked_energy(project: Project, option: WorkedOut) -> Explanation:
    """Energy per request, from the measurements it rests on and what was entered."""
    keys = [e.removeprefix("measurement:") for e in option.evidence if e.startswith("measurement:")]
    known = [m for key in keys if (m := project.measurements.get(key)) is not None]
    names = {c.key: c.name for c in project.candidates.all()}
    return Explanation(
        title=tr("Energy per request: {name}", name=option.name),
        quantity=option.energy_j,
        formula=tr(_FORMULAS.get(option.kind, "")),
        meaning=said(option.reason),
        chain=tuple(said(s) for s in option.rests_on),
        cautions=tuple(said(c) for c in option.cautions),
        inputs=tuple(
            _of(explain_energy(project, m), names.get(m.candidate, m.candidate[:12])) for m in known
        ),
    )


def _of(explanation: Explanation, name: str) -> Explanation:
    return replace(explanation, title=name)
