"""What a lever is: one way to make a greener candidate, or to run one in a greener way.

One file a lever in this folder, with a module-level `LEVER`; `catalogue()` finds it by that name.
A lever that makes a file (or other run options) is a `MakingLever`; one that changes how, when or
where the model is used is an `OperationalLever` and states its effect instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from advisor.candidates.candidate import Candidate
from advisor.candidates.workload import Workload
from advisor.quantities import Quantity
from advisor.sentences import SaidError, Sentence, sentence

Settings = Mapping[str, Any]


class LeverError(SaidError):
    """A lever that cannot do its work. Its text is one sentence: what, where, what to do."""


class LeverKind(StrEnum):
    """What kind of option a lever gives; the same words as `rank.OptionKind`."""

    QUANTISE = "quantise"
    SHRINK = "shrink"
    REPLACE = "replace"
    BATCH = "batch"
    MOVE = "move"
    CACHE = "cache"
    CASCADE = "cascade"
    RETIRE = "retire"


class Need(StrEnum):
    """What a lever must be given beside the model."""

    CALIBRATION_DATA = "calibration data"
    LABELLED_DATA = "labelled data"
    GPU = "GPU"
    SECOND_MODEL = "a second model for the same task"
    TRAFFIC = "figures about the traffic"
    GRID_PROFILE = "grid intensity by place or hour"


@runtime_checkable
class Lever(Protocol):
    """What every lever says of itself."""

    name: str
    """Short name for flags and files: `int8-dynamic`."""
    kind: LeverKind
    title: Sentence
    changes: Sentence
    needs: tuple[Need, ...]
    risks: tuple[Sentence, ...]

    def obstacle(self, candidate: Candidate) -> Sentence | None:
        """Why it does not apply to a candidate; None when it does."""
        ...

    def expected_energy_ratio(self, candidate: Candidate) -> Quantity | None:
        """Energy after ÷ before, as an interval with its source; None when nothing is known.

        An expectation, never a promise: only the measurement counts.
        """
        ...


@runtime_checkable
class MakingLever(Lever, Protocol):
    """A lever that makes a candidate: a new file, or the same file with other run options."""

    def variants(self, candidate: Candidate) -> tuple[dict[str, Any], ...]:
        """The settings worth trying on this candidate, the most promising first."""
        ...

    def make(
        self,
        candidate: Candidate,
        folder: Path,
        *,
        settings: Settings | None = None,
        calibration: Workload | None = None,
    ) -> Candidate:
        """The variant, written atomically into `folder`. Raises `LeverError`."""
        ...


def check_settings(lever: object, settings: Settings) -> None:
    """Raises `LeverError` for a setting that the lever does not have.

    A plug-in that does not say which settings it has (`defaults`) takes them all.
    """
    known: Mapping[str, Any] | None = getattr(lever, "defaults", None)
    for name in settings:
        if known is not None and name not in known:
            raise LeverError(
                sentence(
                    "{lever} has no setting “{name}”; it has {known}.",
                    lever=str(getattr(lever, "name", "")),
                    name=name,
                    known=", ".join(known) or "–",
                )
            )


class Effect(BaseModel):
    """What an operational lever does, from figures the user gave; ratios are after ÷ before."""

    model_config = ConfigDict(frozen=True)

    lever: str
    kind: LeverKind
    energy_ratio: Quantity | None = None
    """Energy per request after ÷ before; None when unknown."""
    intensity_ratio: Quantity | None = None
    """Grid intensity after ÷ before, for levers that move work instead of saving it."""
    accuracy_loss: Quantity | None = None
    """Points of the metric, positive is worse; None when unknown."""
    reason: Sentence
    settings: dict[str, Any] = Field(default_factory=dict)
    energy_ratio_draws: tuple[float, ...] = Field(default=(), repr=False)
    accuracy_loss_draws: tuple[float, ...] = Field(default=(), repr=False)


@runtime_checkable
class OperationalLever(Lever, Protocol):
    """A lever without a file: `effect` states what it does. Each has its own arguments."""

    @property
    def effect(self) -> Any:
        """The function that computes the `Effect`; see the lever's own docstring."""
        ...
