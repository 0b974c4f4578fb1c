"""What became of every variant of a search, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from advisor.candidates.levers.making import comparison_of
from advisor.cli.console import note, print_json, print_table
from advisor.figures import written
from advisor.project.outcomes import Outcome, Verdict
from advisor.project.search_course import SearchCourse

_NOT_TRIED = (Verdict.DOES_NOT_APPLY, Verdict.LEFT_OUT)
_ORDER = {verdict: place for place, verdict in enumerate(Verdict)}


def print_outcomes(course: SearchCourse, as_json: bool) -> None:
    """Every variant, the best first: its figures, and the reasons for its verdict."""
    outcomes = sorted(course.outcomes(), key=_rank)
    names = {p.key: p.name for p in course.plan.parents}
    if as_json:
        print_json([_document(o, names[o.entry.parent]) for o in outcomes])
        return
    tried = [o for o in outcomes if o.verdict not in _NOT_TRIED]
    columns = ["variant", "verdict", "energy", "change", "95 %", "latency", "weights",
               "accuracy lost"]  # fmt: skip
    parents = [row for p in names for row in _parent_row(course, p, names[p])]
    print_table("Variants", columns, [*parents, *(_row(o) for o in tried)], words=2)
    why = [[_name(o), " ".join(map(str, o.reasons)) or "Not ticked in the plan."] for o in outcomes]
    print_table("Why", ["variant", "reason"], why, words=2)
    best = course.best()
    note(f"Best: {_name(best)}." if best else "Nothing greener was found on this machine.")


def _rank(outcome: Outcome) -> tuple[bool, int, float]:
    change = outcome.energy_change
    return (
        not outcome.finalist,
        _ORDER[outcome.verdict],
        change.value if change is not None else float("inf"),
    )


def _name(outcome: Outcome) -> str:
    if outcome.candidate is not None:
        return outcome.candidate.name
    settings = ", ".join(f"{k}={v}" for k, v in outcome.entry.settings.items())
    return f"{outcome.entry.lever} {settings}".strip()


def _row(outcome: Outcome) -> list[str]:
    measured, change, guard = outcome.measurement, outcome.energy_change, outcome.guard
    return [
        _name(outcome),
        str(outcome.verdict),
        written(measured.energy_j).text if measured else "",
        written(change).text if change else "",
        written(change).interval if change else "",
        written(measured.latency_ms.get("p50")).text if measured else "",
        f"{outcome.candidate.facts.weight_bytes / 1000:,.0f} kB" if outcome.candidate else "",
        written(guard.loss).text if guard else "",
    ]


def _parent_row(course: SearchCourse, key: str, name: str) -> Sequence[list[str]]:
    measured = course.measured(key)
    if measured is None:
        return []
    parent = next(p for p in course.plan.parents if p.key == key)
    return [
        [name, "parent", written(measured.energy_j).text, "", "",
         written(measured.latency_ms.get("p50")).text,
         f"{parent.facts.weight_bytes / 1000:,.0f} kB", ""]
    ]  # fmt: skip


def _document(outcome: Outcome, parent: str) -> dict[str, Any]:
    made, compared = outcome.candidate, None
    if made is not None and not made.run_options:
        compared = comparison_of(made)
    return {
        "variant": _name(outcome),
        "parent": parent,
        "lever": outcome.entry.lever,
        "settings": made.lever_settings if made else outcome.entry.settings,
        "verdict": str(outcome.verdict),
        "reasons": [str(reason) for reason in outcome.reasons],
        "file": str(made.path) if made else None,
        "sha256": made.sha256 if made else None,
        "measured_in": outcome.measured_in or None,
        "energy_change": outcome.energy_change,
        "accuracy": outcome.guard and outcome.guard.model_copy(update={"loss_draws": ()}),
        "compared_with_parent": compared,
        "measurement": outcome.measurement,
    }
