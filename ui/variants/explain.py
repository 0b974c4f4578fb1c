"""Answers to “where does this number come from?” for the figures of a search."""

from __future__ import annotations

from advisor.bench.search import SearchPlan
from advisor.project.outcomes import Outcome
from advisor.project.project import Project
from ui.explanations import explain_candidate, explain_energy
from ui.figures import Explanation
from ui.i18n import said, tr
from ui.variants.words import variant_title


def explain_outcome(
    project: Project, plan: SearchPlan, outcome: Outcome, column: str
) -> Explanation | None:
    """The figure in a column of the outcomes; the file where the column is none."""
    name = variant_title(plan, outcome.entry)
    guard, measured = outcome.guard, outcome.measurement
    if column == "change" and outcome.energy_change is not None:
        return Explanation(
            title=tr("Energy change: {name}", name=name),
            quantity=outcome.energy_change,
            formula=tr("change = energy of the variant ÷ energy of its parent − 1"),
            meaning=outcome.energy_change.source,
            inputs=(explain_energy(project, measured),) if measured is not None else (),
            chain=tuple(said(reason) for reason in outcome.reasons),
        )
    if column == "energy_j" and measured is not None:
        return explain_energy(project, measured)
    if column == "latency" and measured is not None:
        return Explanation(
            title=tr("Latency (median)"),
            quantity=measured.latency_ms.get("p50"),
            meaning=tr("Half of the calls took longer. Batch size {n}.", n=measured.batch_size),
        )
    if column == "loss" and guard is not None:
        test = ((tr("McNemar test"), f"p = {guard.p_value:.3g}"),) if guard.p_value else ()
        return Explanation(
            title=tr("Accuracy lost: {name}", name=name),
            quantity=guard.loss,
            formula=tr("lost = metric of the parent − metric of the variant, on the same rows"),
            meaning=guard.loss.source,
            facts=test,
        )
    if column == "gap_growth" and guard is not None and guard.gap_growth is not None:
        return Explanation(
            title=tr("Growth of the gap between groups: {name}", name=name),
            quantity=guard.gap_growth,
            formula=tr("gap = metric of the best group − metric of the worst group"),
            meaning=guard.gap_growth.source,
        )
    return explain_candidate(outcome.candidate) if outcome.candidate is not None else None
