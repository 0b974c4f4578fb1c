"""The wrapper of every lever that makes a file: what is the same for all, before and after.

A lever of ours states what it is and changes a graph (`changed`). The wrapper refuses what does not
apply, checks the settings, fetches the whole model, and hands the changed one to `finish`, where it
is checked, compared with its parent and written.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from onnx import ModelProto

from advisor.candidates.candidate import Candidate
from advisor.candidates.levers.lever import LeverError, LeverKind, Need, Settings, check_settings
from advisor.candidates.levers.making import finish, load_whole, variant_name
from advisor.candidates.workload import Workload
from advisor.quantities import Provenance, Quantity
from advisor.sentences import Sentence, sentence


class Expected(NamedTuple):
    """Energy after ÷ before to expect, with its interval and where the figures come from."""

    value: float
    low: float
    high: float
    source: str


class Change(NamedTuple):
    """A changed graph, and what was found on the way that belongs into its record."""

    model: ModelProto
    found: Mapping[str, Any] = {}


class FileLever(ABC):
    """A lever that makes a file; implements `MakingLever`."""

    name: str
    kind: LeverKind
    title: Sentence
    changes: Sentence
    needs: tuple[Need, ...] = ()
    risks: tuple[Sentence, ...]
    defaults: ClassVar[Settings] = {}
    """Every setting with its value where none is given; other settings are refused."""
    expected: Expected | None = None

    @abstractmethod
    def obstacle(self, candidate: Candidate) -> Sentence | None:
        """Why it does not apply to a candidate; None when it does."""

    @abstractmethod
    def changed(
        self, model: ModelProto, candidate: Candidate, settings: Settings, data: Workload | None
    ) -> Change:
        """The changed graph. `model` is whole and may be changed in place; `settings` are complete;
        `data` calibrates (never None where the lever needs it). Raises `LeverError`.
        """

    def expected_energy_ratio(self, candidate: Candidate) -> Quantity | None:
        """What the lever states, as an interval with its source."""
        if self.expected is None:
            return None
        value, low, high, source = self.expected
        return Quantity.from_interval(
            value, low, high, "1", Provenance.PREDICTED, source, f"expected effect of {self.name}"
        )

    def variants(self, candidate: Candidate) -> tuple[dict[str, Any], ...]:
        """One, with the defaults, unless the lever says otherwise."""
        return ({},)

    def make(
        self,
        candidate: Candidate,
        folder: Path,
        *,
        settings: Settings | None = None,
        calibration: Workload | None = None,
    ) -> Candidate:
        """The variant, written atomically into `folder`. Raises `LeverError`."""
        obstacle = self.obstacle(candidate)
        if obstacle:
            raise LeverError(obstacle)
        if calibration is None and Need.CALIBRATION_DATA in self.needs:
            raise LeverError(
                sentence(
                    "{lever} needs calibration data; give data that looks like the real.",
                    lever=self.name,
                )
            )
        check_settings(self, settings or {})
        chosen = {**self.defaults, **(settings or {})}
        change = self.changed(load_whole(candidate), candidate, chosen, calibration)
        told = {k: v for k, v in {**chosen, **change.found}.items() if v is not None}
        if calibration is not None and Need.CALIBRATION_DATA in self.needs:
            told["calibration_sha256"] = calibration.sha256
        label = variant_name(self.name, settings)
        return finish(candidate, change.model, folder, self.name, told, calibration, label)


@contextmanager
def quantiser_gives_up() -> Generator[None]:
    """Whatever the quantiser's parts raise becomes a `LeverError`."""
    try:
        yield
    except Exception as error:
        raise LeverError(
            sentence(
                "ONNX Runtime's quantiser gave up on this model: {reason}",
                reason=" ".join(str(error).split())[:160],
            )
        ) from error


def share_of(settings: Settings, name: str) -> float:
    """A setting that is a share between 0 and 1. Raises `LeverError`."""
    try:
        share = float(settings[name])
    except (TypeError, ValueError):
        share = -1.0
    if not 0 < share < 1:
        raise LeverError(
            sentence(
                "“{name}” is a share between 0 and 1, and {value} is not.",
                name=name,
                value=str(settings[name]),
            )
        )
    return share
