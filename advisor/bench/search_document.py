"""A search plan as a document that a person edits: written as JSON, mistakes named on reading.

The entries of the document are those that are tried: tick `wanted`, change `settings`, add a line
for a lever with other settings, or delete one. What is not in the document stays as planned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from advisor.bench.plan import Precision
from advisor.bench.search_plan import Entry, Rung, SearchPlan, SearchPlanError
from advisor.candidates.candidate import Candidate
from advisor.candidates.guard import Limits
from advisor.candidates.levers import LeverError, MakingLever, check_settings, lever_named
from advisor.sentences import sentence


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EntryLine(_Part):
    """One variant to try. `obstacle` and `expected` are there to be read; changes are ignored."""

    model: str
    lever: str
    settings: dict[str, Any] = Field(default_factory=dict)
    wanted: bool = True
    obstacle: str | None = None
    expected: str | None = None


class PlanDocument(_Part):
    """What of a search plan may be edited; what is left out stays as it was planned."""

    precision: Precision | None = None
    time_budget_s: float | None = None
    least_gain: float | None = Field(None, ge=0, lt=1)
    limits: Limits | None = None
    rungs: tuple[Rung, ...] | None = None
    entries: tuple[EntryLine, ...]

    @classmethod
    def of(cls, plan: SearchPlan) -> Self:
        """The document of a plan."""
        names = {p.key: p.name for p in plan.parents}
        return cls(
            precision=plan.precision,
            time_budget_s=plan.time_budget_s,
            least_gain=plan.least_gain,
            limits=plan.limits,
            rungs=plan.rungs,
            entries=tuple(_line(names[e.parent], e) for e in plan.entries),
        )

    def applied_to(self, plan: SearchPlan) -> SearchPlan:
        """The plan as edited. Raises `SearchPlanError` for a model, lever or setting unknown."""
        given = {
            name: getattr(self, name)
            for name in ("precision", "time_budget_s", "least_gain", "limits", "rungs")
            if name in self.model_fields_set and (getattr(self, name) is not None)
        }
        if "time_budget_s" in self.model_fields_set:
            given["time_budget_s"] = self.time_budget_s
        entries = tuple(_entry(plan, line, n) for n, line in enumerate(self.entries, start=1))
        twice = next(
            (e for n, e in enumerate(entries) if e.id in {x.id for x in entries[:n]}), None
        )
        if twice is not None:
            raise SearchPlanError(
                sentence(
                    "The plan names {lever} with the same settings twice; delete one.",
                    lever=twice.lever,
                )
            )
        return replace(plan, entries=entries, **given)


def read_plan_document(text: str | bytes) -> PlanDocument:
    """An edited document. Raises `SearchPlanError` with the place of the first mistake."""
    try:
        return PlanDocument.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SearchPlanError(
            sentence(
                "The plan cannot be read at “{place}”: {reason}; write it again with --show-plan "
                "--json.",
                place=place or "1",
                reason=first["msg"].rstrip("."),
            )
        ) from error


def _line(model: str, entry: Entry) -> EntryLine:
    ratio = entry.expected_energy_ratio
    return EntryLine(
        model=model,
        lever=entry.lever,
        settings=entry.settings,
        wanted=entry.wanted and entry.obstacle is None,
        obstacle=str(entry.obstacle) if entry.obstacle else None,
        expected=f"{ratio.low:.2g} – {ratio.high:.2g}" if ratio else None,
    )


def _entry(plan: SearchPlan, line: EntryLine, number: int) -> Entry:
    parent = _parent(plan.parents, line.model, number)
    try:
        lever = lever_named(line.lever, plan.own_levers)
        check_settings(lever, line.settings)
    except LeverError as error:
        raise SearchPlanError(
            sentence("Entry {number} of the plan: {reason}", number=number, reason=str(error))
        ) from error
    planned = {e.id: e for e in plan.entries}
    entry = Entry(parent=parent.key, lever=lever.name, settings=line.settings, wanted=line.wanted)
    if entry.id in planned:
        return planned[entry.id].model_copy(update={"wanted": line.wanted})
    obstacle = next(
        (e.obstacle for e in plan.entries if (e.parent, e.lever) == (parent.key, lever.name)),
        lever.obstacle(parent),
    )
    makes = isinstance(lever, MakingLever)
    return entry.model_copy(
        update={
            "obstacle": obstacle if makes else sentence("“{name}” makes no file.", name=lever.name),
            "expected_energy_ratio": None if obstacle else lever.expected_energy_ratio(parent),
        }
    )


def _parent(parents: tuple[Candidate, ...], name: str, number: int) -> Candidate:
    known: Mapping[str, Candidate] = {p.name: p for p in parents}
    if name not in known:
        raise SearchPlanError(
            sentence(
                "Entry {number} of the plan names the model “{name}”, which is not given; given "
                "are {known}.",
                number=number,
                name=name,
                known=", ".join(known),
            )
        )
    return known[name]
