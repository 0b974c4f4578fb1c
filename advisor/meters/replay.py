"""Raw reads of a meter, recorded as plain data and played back bit for bit.

A `RecordingMeter` stands around any meter and keeps every call with its answer; a `ReplayMeter`
gives the same answers in the same order. JSON keeps Python floats exactly (shortest repr), so a
replayed run goes through the same code to the same result.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from advisor.meters.meter import Meter, MeterError, MeterFacts, Reading
from advisor.sentences import sentence


class _Call(BaseModel):
    model_config = ConfigDict(frozen=True)


class ReadCall(_Call):
    """A reading."""

    kind: Literal["read"] = "read"
    time_s: float
    energy_j: float


class FailedCall(_Call):
    """A reading that failed, with its sentence."""

    kind: Literal["failed"] = "failed"
    reason: str


class ConditionCall(_Call):
    """The state of the device."""

    kind: Literal["condition"] = "condition"
    condition: dict[str, float | str]


class FactsCall(_Call):
    """The facts, whenever they differ from those before."""

    kind: Literal["facts"] = "facts"
    facts: MeterFacts


Call = Annotated[ReadCall | FailedCall | ConditionCall | FactsCall, Field(discriminator="kind")]


class Recording(BaseModel):
    """All calls of one meter, in order; survives JSON."""

    model_config = ConfigDict(frozen=True)

    facts: MeterFacts
    """As first asked."""
    calls: tuple[Call, ...]


class RecordingMeter:
    """A meter that keeps what the meter inside answers."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._first = self._last = meter.facts
        self._calls: list[ReadCall | FailedCall | ConditionCall | FactsCall] = []

    @property
    def facts(self) -> MeterFacts:
        """The inner meter's facts; a change of them is recorded."""
        facts = self._meter.facts
        if facts != self._last:
            self._last = facts
            self._calls.append(FactsCall(facts=facts))
        return facts

    def read(self) -> Reading:
        """Read and record; a failure is recorded and raised again."""
        try:
            reading = self._meter.read()
        except MeterError as error:
            self._calls.append(FailedCall(reason=str(error)))
            raise
        self._calls.append(ReadCall(time_s=reading.time_s, energy_j=reading.energy_j))
        return reading

    def watch(self, process_ids: tuple[int, ...]) -> None:
        """Passed on; not recorded, since process ids mean nothing later."""
        self._meter.watch(process_ids)

    def condition(self) -> dict[str, float | str]:
        """Ask and record."""
        condition = self._meter.condition()
        self._calls.append(ConditionCall(condition=condition))
        return condition

    def close(self) -> None:
        """Close the inner meter."""
        self._meter.close()

    def recording(self) -> Recording:
        """Everything so far."""
        return Recording(facts=self._first, calls=tuple(self._calls))


class ReplayMeter:
    """Plays a recording back. Asking for more, or for something else, than was recorded raises."""

    def __init__(self, recording: Recording) -> None:
        self._facts = recording.facts
        self._calls = list(recording.calls)
        self._next = 0

    @property
    def facts(self) -> MeterFacts:
        """The facts as they were at this point of the recording."""
        while self._next < len(self._calls):
            call = self._calls[self._next]
            if not isinstance(call, FactsCall):
                break
            self._facts = call.facts
            self._next += 1
        return self._facts

    @property
    def remaining(self) -> int:
        """Calls not yet played."""
        return len(self._calls) - self._next

    def read(self) -> Reading:
        """The next recorded reading, or the recorded failure."""
        call = self._take()
        if isinstance(call, FailedCall):
            raise MeterError(call.reason)
        if not isinstance(call, ReadCall):
            raise _out_of_step("a reading", call)
        return Reading(call.time_s, call.energy_j)

    def watch(self, process_ids: tuple[int, ...]) -> None:
        """Nothing to watch in a recording."""

    def condition(self) -> dict[str, float | str]:
        """The next recorded state."""
        call = self._take()
        if not isinstance(call, ConditionCall):
            raise _out_of_step("a condition", call)
        return dict(call.condition)

    def close(self) -> None:
        """Nothing to release."""

    def _take(self) -> ReadCall | FailedCall | ConditionCall | FactsCall:
        _ = self.facts
        if self._next >= len(self._calls):
            raise MeterError(
                sentence(
                    "The recording has ended: the replay asks for more readings than were "
                    "recorded; replay it with the plan it was recorded with."
                )
            )
        call = self._calls[self._next]
        self._next += 1
        return call


def _out_of_step(asked: str, call: BaseModel) -> MeterError:
    return MeterError(
        sentence(
            "The replay asks for {asked} where the recording has {name}; replay it "
            "with the plan it was recorded with.",
            asked=str(asked),
            name=str(type(call).__name__),
        )
    )
