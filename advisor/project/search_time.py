"""The stages of a search for variants, and how long they take by its plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.bench import expected_s
from advisor.bench.search_plan import SearchPlan
from advisor.meters import MeterFacts

SECONDS_EACH = {"make": 1.5, "guard": 0.1, "glance": 0.5}
"""Typical times for one variant of a small model."""


@dataclass(frozen=True)
class Stage:
    """One stage of the search: `make`, `guard`, `short 1` …, `full`."""

    name: str
    candidates: int | None
    """Variants that entered it; None before it began."""
    state: str
    """`done`, `running` or `waiting`."""


def stage_names(plan: SearchPlan) -> list[str]:
    """The stages a plan goes through, in order: `make`, `guard`, `glance`, `short 1` …, `full`."""
    judged = plan.workload.labels is not None and plan.workload.metric is not None
    short = [f"short {n}" for n, _ in enumerate(plan.rungs, start=1)]
    return ["make", *(["guard"] if judged else []), "glance", *short, "full"]


def stage_s(plan: SearchPlan, meters: Sequence[MeterFacts], name: str, variants: int) -> float:
    """Expected seconds of one stage with so many variants."""
    if name in SECONDS_EACH:
        return SECONDS_EACH[name] * variants
    if name == "full":
        first = plan.parents[0]
        copies = [
            first.model_copy(update={"run_options": {"estimate": n}}) for n in range(variants)
        ]
        full = plan.full_plan([*plan.parents, *copies], "estimate")
        return expected_s(full, meters)
    return plan.round_s(plan.rungs[int(name.split()[1]) - 1], variants, meters)


def after_stage_s(
    plan: SearchPlan, meters: Sequence[MeterFacts], stage: str, variants: int
) -> float:
    """Expected seconds of all stages after one (of all, before the first) that so many entered."""
    names = stage_names(plan)
    left, whole = float(variants), 0.0
    for name in names[names.index(stage) + 1 :] if stage in names else names:
        whole += stage_s(plan, meters, name, round(left))
        if name.startswith("short"):
            left = max(left * plan.rungs[int(name.split()[1]) - 1].keep_share, 1.0)
    return whole
