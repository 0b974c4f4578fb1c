"""Which nouns the project file stores, and the key of each. A new noun is one line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from advisor.bench.measurement import Measurement
from advisor.candidates.candidate import Candidate
from advisor.portfolio.kept_plan import KeptPlan
from advisor.portfolio.metered import MeteredMonth
from advisor.portfolio.model import Model
from advisor.portfolio.review import Decision
from advisor.project.operational import OperationalOption
from advisor.project.published import Published
from advisor.project.runs import BenchmarkRun, Setting, WorkloadSource
from advisor.project.searches import VariantSearch
from advisor.risk.breaches import Breach
from advisor.risk.indicators import Reading

Noun = TypeVar("Noun", bound=BaseModel)


@dataclass(frozen=True)
class ShelfSpec(Generic[Noun]):
    """A noun's table name, type, and how its key is read off it."""

    name: str
    noun: type[Noun]
    key: Callable[[Noun], str]


SHELVES: dict[str, ShelfSpec[Any]] = {
    spec.name: spec
    for spec in (
        ShelfSpec("candidates", Candidate, lambda c: c.key),
        ShelfSpec("workloads", WorkloadSource, lambda w: w.key),
        ShelfSpec("runs", BenchmarkRun, lambda r: r.run_id),
        ShelfSpec("searches", VariantSearch, lambda s: s.search_id),
        ShelfSpec("measurements", Measurement, lambda m: f"{m.run_id}/{m.candidate}"),
        ShelfSpec("operational", OperationalOption, lambda o: o.key),
        ShelfSpec("settings", Setting, lambda s: s.name),
        ShelfSpec("models", Model, lambda m: m.id),
        ShelfSpec("decisions", Decision, lambda d: d.id),
        ShelfSpec("plans", KeptPlan, lambda p: p.name),
        ShelfSpec("metered", MeteredMonth, lambda m: m.key),
        ShelfSpec("readings", Reading, lambda r: f"{r.key}/{r.day.isoformat()}"),
        ShelfSpec("breaches", Breach, lambda b: b.id),
        ShelfSpec("published", Published, lambda p: p.key),
    )
}
