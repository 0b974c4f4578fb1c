"""Recorded raw reads replay bit for bit, through JSON, failures included."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.meters.meter import Coverage, MeterError, MeterFacts, Reading
from advisor.meters.replay import Recording, RecordingMeter, ReplayMeter
from advisor.quantities import Provenance

FACTS = MeterFacts(
    name="nvml:0:counter",
    device="NVIDIA A100",
    provenance=Provenance.MEASURED,
    coverage=Coverage(domains=("gpu:0",)),
    resolution_j=0.001,
    update_period_s=0.1,
    gain_relative_std=0.025,
)
finite = st.floats(allow_nan=False, allow_infinity=False)


class Scripted:
    def __init__(self, script):
        self.script, self.facts = list(script), FACTS

    def read(self):
        step = self.script.pop(0)
        if isinstance(step, str):
            raise MeterError(step)
        return Reading(*step)

    def watch(self, process_ids): ...
    def condition(self):
        return {"temperature_c": 51.0, "throttle_reasons": ""}

    def close(self): ...


@given(st.lists(st.tuples(finite, finite) | st.text(min_size=1), max_size=30))
def test_replay_is_bit_for_bit(script):
    def play(meter):
        heard = []
        for step in script:
            try:
                heard.append(meter.read())
            except MeterError as error:
                heard.append(str(error))
            if not isinstance(step, str):
                heard.append(meter.condition())
        return heard

    recorder = RecordingMeter(Scripted(script))
    first = play(recorder)
    recording = Recording.model_validate_json(recorder.recording().model_dump_json())
    second = play(ReplayMeter(recording))
    assert repr(first) == repr(second)  # repr: −0.0 is not 0.0


def test_facts_change_at_the_same_point():
    inner = Scripted([(0.0, 1.0), (1.0, 2.0), (2.0, 3.0)])
    recorder = RecordingMeter(inner)
    assert recorder.facts.update_period_s == 0.1
    recorder.read()
    inner.facts = FACTS.model_copy(update={"update_period_s": 0.02, "probed": True})
    assert recorder.facts.probed
    recorder.read()
    replay = ReplayMeter(recorder.recording())
    assert not replay.facts.probed
    replay.read()
    assert replay.facts.probed
    replay.read()
    assert replay.remaining == 0


def test_asking_beyond_or_beside_the_recording_is_an_error():
    recorder = RecordingMeter(Scripted([(0.0, 1.0)]))
    recorder.read()
    replay = ReplayMeter(recorder.recording())
    with pytest.raises(MeterError, match="where the recording has ReadCall"):
        replay.condition()
    with pytest.raises(MeterError, match="recording has ended"):
        replay.read()


def test_json_keeps_floats_exactly():
    recorder = RecordingMeter(Scripted([(0.1 + 0.2, math.nextafter(1e6, 2e6))]))
    recorder.read()
    again = Recording.model_validate_json(recorder.recording().model_dump_json())
    assert again == recorder.recording()
