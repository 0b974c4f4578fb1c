"""The noun `VariantSearch`: what a search for variants set out to do, so that it can go on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from advisor.bench import Precision
from advisor.bench.search_plan import Entry, Rung, SearchPlan
from advisor.candidates import Candidate, UnusableDataError
from advisor.candidates.guard import Limits
from advisor.candidates.levers import CommandLever
from advisor.project.runs import WorkloadSource
from advisor.sentences import sentence

if TYPE_CHECKING:
    from advisor.project.project import Project


class VariantSearch(BaseModel):
    """A plan as it was started; arrays stay in their file, variants and journal in their folder."""

    model_config = ConfigDict(frozen=True)

    search_id: str
    parents: tuple[str, ...]
    """Keys of the candidates that variants are made of."""
    workload: str
    """Key of the `WorkloadSource` that judges."""
    calibration: Path | None = None
    """A file of its own; None: rows of the same data, or none."""
    entries: tuple[Entry, ...]
    limits: Limits = Limits()
    rungs: tuple[Rung, ...] = ()
    precision: Precision = Precision.QUICK
    bench: dict[str, Any] = Field(default_factory=dict)
    time_budget_s: float | None = None
    commands: dict[str, str] = Field(default_factory=dict)
    """The user's own tools: name → command template."""
    seed: int = 0
    finished: bool = False

    @classmethod
    def of(cls, plan: SearchPlan, source: WorkloadSource) -> Self:
        """A plan and where its evaluation data comes from."""
        own = plan.calibration if plan.split is None else None
        return cls(
            search_id=plan.search_id,
            parents=tuple(p.key for p in plan.parents),
            workload=source.key,
            calibration=Path(own.source) if own is not None else None,
            entries=plan.entries,
            limits=plan.limits,
            rungs=plan.rungs,
            precision=plan.precision,
            bench=dict(plan.bench),
            time_budget_s=plan.time_budget_s,
            commands={
                lever.name: lever.command
                for lever in plan.own_levers
                if isinstance(lever, CommandLever)
            },
            seed=plan.seed,
        )

    @property
    def own_levers(self) -> tuple[CommandLever, ...]:
        """The user's own tools as levers."""
        return tuple(CommandLever(name, command) for name, command in self.commands.items())

    def source_in(self, project: Project) -> WorkloadSource:
        """Where the evaluation data comes from. Raises `UnusableDataError`."""
        source = project.workloads.get(self.workload)
        if source is None:
            raise UnusableDataError(
                sentence("The data of this search is no longer in the project; plan it anew.")
            )
        return source

    def parents_in(self, project: Project) -> list[Candidate]:
        """The candidates that variants are made of. Raises `UnusableDataError`."""
        found = [project.candidates.get(key) for key in self.parents]
        present = [c for c in found if c is not None and c.path.is_file()]
        if len(present) < len(found):
            gone = next((c.path.name for c in found if c is not None and c not in present), None)
            raise UnusableDataError(
                sentence(
                    "{file} is no longer there; put it back, or plan the search anew.",
                    file=gone or "A model of this search",
                )
            )
        return present
