"""What a search for greener variants tells as it goes; plain data that survives JSON."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from advisor.bench.events import Event
from advisor.candidates.candidate import Candidate
from advisor.candidates.guard import GuardResult
from advisor.candidates.levers.sensitivity import LayerSensitivity
from advisor.sentences import Sentence


class _SearchEvent(BaseModel):
    model_config = ConfigDict(frozen=True)
    search_id: str
    at_s: float
    """Seconds since the search began, over all its parts."""


class StageStarted(_SearchEvent):
    """A stage began: what it does, with how many candidates."""

    kind: Literal["stage_started"] = "stage_started"
    stage: str
    """`make`, `guard`, `glance`, `short 1`, `short 2` …, `full`."""
    candidates: int
    doing: Sentence


class VariantMade(_SearchEvent):
    """A variant lies on disk (or is a set of run options) and passed its checks."""

    kind: Literal["variant_made"] = "variant_made"
    entry: str
    candidate: Candidate


class VariantRefused(_SearchEvent):
    """A variant could not be made; the others go on."""

    kind: Literal["variant_refused"] = "variant_refused"
    entry: str
    lever: str
    reason: Sentence


class VariantGuarded(_SearchEvent):
    """What the accuracy guard found."""

    kind: Literal["variant_guarded"] = "variant_guarded"
    candidate: str
    result: GuardResult


class SensitivityFound(_SearchEvent):
    """Int8 hurt a parent: what each of its nodes loses by it, for the chart."""

    kind: Literal["sensitivity_found"] = "sensitivity_found"
    parent: str
    base: str
    """`static` or `dynamic`."""
    layers: tuple[LayerSensitivity, ...]


class VariantGlanced(_SearchEvent):
    """A first estimate: processor seconds for one inference, one figure a repeat."""

    kind: Literal["variant_glanced"] = "variant_glanced"
    candidate: str
    cpu_s: tuple[float, ...]


class VariantDropped(_SearchEvent):
    """A variant leaves the search, and why."""

    kind: Literal["variant_dropped"] = "variant_dropped"
    candidate: str
    stage: str
    reason: Sentence


class Measuring(_SearchEvent):
    """An event of the benchmark that is running."""

    kind: Literal["measuring"] = "measuring"
    stage: str
    event: Event


class Working(_SearchEvent):
    """A step takes long. Nothing new; but whoever follows may stop here, at once."""

    kind: Literal["working"] = "working"
    on: str
    """Name of the lever or the candidate."""


class SearchFinished(_SearchEvent):
    """The finalists were measured in full."""

    kind: Literal["search_finished"] = "search_finished"
    finalists: tuple[str, ...]
    spent_s: float


SearchEvent = Annotated[
    StageStarted
    | VariantMade
    | VariantRefused
    | VariantGuarded
    | SensitivityFound
    | VariantGlanced
    | VariantDropped
    | Measuring
    | Working
    | SearchFinished,
    Field(discriminator="kind"),
]
"""Any event of a search."""

SEARCH_EVENT: TypeAdapter[SearchEvent] = TypeAdapter(SearchEvent)
"""Reads an event back: `SEARCH_EVENT.validate_json(line)`."""
