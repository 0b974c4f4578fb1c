"""The child process that holds ONNX Runtime, so that a crash in a model takes nothing else down.

It is started as a script and imports nothing of `advisor`: it is up quickly, and what it loads is
what a server would load. It speaks over its standard input and output in frames (8 bytes length,
then a pickle of one dict: `Command` in, `Reply` out). While a loop runs it answers only to `stop`;
when its parent is gone, it ends at once.
"""

from __future__ import annotations

import os
import pickle
import queue
import struct
import sys
import threading
import time
from array import array
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any, BinaryIO, Literal, NotRequired, TypedDict

import numpy as np
from numpy.typing import NDArray

RECORDED_CALLS = 200_000
"""Ends of calls kept in one loop; beyond, every second one is dropped and the stride doubled."""
DISTINCT_BATCHES = 512
"""Different batches a loop cycles through."""


class Command(TypedDict):
    """What the parent asks for."""

    do: Literal["inputs", "load", "unload", "outputs", "loop", "stop"]
    number: int
    key: NotRequired[str]
    inputs: NotRequired[dict[str, NDArray[np.generic]]]
    path: NotRequired[str]
    batch_size: NotRequired[int]
    threads: NotRequired[int]
    sequential: NotRequired[bool]
    providers: NotRequired[tuple[str, ...]]
    seconds: NotRequired[float]
    rate_per_s: NotRequired[float]
    seed: NotRequired[int]


class Reply(TypedDict):
    """What the child answers; `error` is empty when all went well."""

    number: int
    error: str
    providers: NotRequired[tuple[str, ...]]
    runtime: NotRequired[str]
    outputs: NotRequired[list[Any]]
    started: NotRequired[float]
    ends: NotRequired[NDArray[np.float64]]
    """Moments (`time.perf_counter`) at which calls 1·stride, 2·stride, … ended."""
    stride: NotRequired[int]
    latencies: NotRequired[NDArray[np.float64]]


def write_frame(stream: BinaryIO, message: Command | Reply) -> None:
    """Send one message."""
    payload = pickle.dumps(message, protocol=5)
    stream.write(struct.pack("<Q", len(payload)))
    stream.write(payload)
    stream.flush()


def read_frame(stream: BinaryIO) -> Any:
    """Receive one message. Raises `EOFError` when the other side is gone."""
    head = stream.read(8)
    if len(head) < 8:
        raise EOFError
    size: int = struct.unpack("<Q", head)[0]
    payload = stream.read(size)
    if len(payload) < size:
        raise EOFError
    return pickle.loads(payload)


class Session:
    """A loaded model with the feeds that its loops cycle through."""

    def __init__(self, command: Command, inputs: dict[str, NDArray[np.generic]]) -> None:
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.log_severity_level = 4
        if command.get("threads"):
            options.intra_op_num_threads = command["threads"]  # pyright: ignore[reportTypedDictNotRequiredAccess]
        if not command.get("sequential", True):
            options.execution_mode = ort.ExecutionMode.ORT_PARALLEL
        available = ort.get_available_providers()
        wanted = command.get("providers") or ("CUDAExecutionProvider", "CPUExecutionProvider")
        missing = [p for p in command.get("providers", ()) if p not in available]
        if missing:
            raise ValueError(f"ONNX Runtime has no {', '.join(missing)} here")
        providers = [p for p in wanted if p in available]
        if "CUDAExecutionProvider" in providers and hasattr(ort, "preload_dlls"):
            ort.preload_dlls()
        self.session = ort.InferenceSession(command.get("path", ""), options, providers=providers)
        self.providers: tuple[str, ...] = tuple(self.session.get_providers())
        self.batch_size = command.get("batch_size", 1)
        self.inputs = {i.name: inputs[i.name] for i in self.session.get_inputs()}

    def feeds(self, *, whole: bool) -> Iterator[tuple[dict[str, NDArray[np.generic]], int]]:
        """Batches of full size with their number of true samples; the last is padded."""
        samples = len(next(iter(self.inputs.values())))
        starts = range(0, samples, self.batch_size)
        for start in starts if whole else starts[:DISTINCT_BATCHES]:
            count = min(self.batch_size, samples - start)
            feed = {n: _batch(a, start, count, self.batch_size) for n, a in self.inputs.items()}
            yield feed, count

    def outputs(self) -> list[Any]:
        """Every output over all samples: arrays (first axis: samples) or lists of maps."""
        parts: list[list[Any]] = []
        for feed, count in self.feeds(whole=True):
            results: Sequence[Any] = self.session.run(None, feed)
            parts.append([r[:count] for r in results])
        return [_joined(column) for column in zip(*parts, strict=True)]


def _batch(
    values: NDArray[np.generic], start: int, count: int, batch_size: int
) -> NDArray[np.generic]:
    part = values[start : start + count]
    if count < batch_size:
        part = np.concatenate([part, np.repeat(part[-1:], batch_size - count, axis=0)])
    return np.ascontiguousarray(part)


def _joined(parts: Sequence[Any]) -> Any:
    if isinstance(parts[0], list):  # the ZipMap of a scikit-learn model: class → probability
        return [row for part in parts for row in part]
    return np.concatenate(parts)


class Stopped:
    """The number of the last loop that was told to stop; written by the listening thread."""

    number = -1


def back_to_back(session: Session, command: Command, stopped: Stopped) -> Reply:
    """Call after call without a pause (single stream for batch 1, offline for larger ones)."""
    number, limit = command["number"], command.get("seconds", 0.0)
    feeds = cycle([feed for feed, _ in session.feeds(whole=False)])
    run, clock, step = session.session.run, time.perf_counter, feeds.__next__
    ends, latencies, stride = array("d"), array("d"), 1
    started = clock()
    limit += started
    while True:
        for _ in range(stride - 1):
            run(None, step())
        begun = clock()
        run(None, step())
        ended = clock()
        ends.append(ended)
        latencies.append(ended - begun)
        if ended >= limit or stopped.number >= number:
            break
        if len(ends) >= RECORDED_CALLS:
            ends, latencies, stride = ends[1::2], latencies[1::2], stride * 2
    return _looped(number, started, ends, latencies, stride)


def poisson_arrivals(session: Session, command: Command, stopped: Stopped) -> Reply:
    """Requests that arrive at random (MLPerf *server*): latency counts from the arrival."""
    number, limit = command["number"], command.get("seconds", 0.0)
    rng = np.random.default_rng(command.get("seed", 0))
    feeds = cycle([feed for feed, _ in session.feeds(whole=False)])
    run, clock, step = session.session.run, time.perf_counter, feeds.__next__
    ends, latencies = array("d"), array("d")
    pause = 1.0 / command.get("rate_per_s", 1.0)
    started = clock()
    arrival, limit = started, limit + started
    while clock() < limit and stopped.number < number:
        arrival += rng.exponential(pause)
        while (left := arrival - clock()) > 0 and stopped.number < number:
            time.sleep(min(left, 0.05))
        run(None, step())
        ended = clock()
        ends.append(ended)
        latencies.append(ended - arrival)
    return _looped(number, started, ends, latencies, 1)


def _looped(
    number: int, started: float, ends: array[float], latencies: array[float], stride: int
) -> Reply:
    return {
        "number": number,
        "error": "",
        "started": started,
        "ends": np.array(ends, dtype=np.float64),
        "stride": stride,
        "latencies": np.array(latencies, dtype=np.float64),
    }


class Workshop:
    """The state of the child: inputs and loaded sessions."""

    def __init__(self, stopped: Stopped) -> None:
        self.inputs: dict[str, NDArray[np.generic]] = {}
        self.sessions: dict[str, Session] = {}
        self.stopped = stopped

    def answer(self, command: Command) -> Reply:
        """Do what a command asks. Raises whatever ONNX Runtime raises."""
        number, key = command["number"], command.get("key", "")
        match command["do"]:
            case "inputs":
                self.inputs = command.get("inputs", {})
            case "load":
                import onnxruntime as ort

                session = Session(command, self.inputs)
                self.sessions[key] = session
                return {
                    "number": number,
                    "error": "",
                    "providers": session.providers,
                    "runtime": ort.__version__,
                }
            case "unload":
                self.sessions.pop(key, None)
            case "outputs":
                return {"number": number, "error": "", "outputs": self.sessions[key].outputs()}
            case "loop":
                pattern = poisson_arrivals if command.get("rate_per_s") else back_to_back
                return pattern(self.sessions[key], command, self.stopped)
            case "stop":
                pass
        return {"number": number, "error": ""}


def main() -> None:
    """Answer commands until the parent is gone."""
    stdin, stdout = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not fall between the frames
    commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
    stopped = Stopped()

    def listen() -> None:
        try:
            while True:
                command: Command = read_frame(stdin)
                if command["do"] == "stop":
                    stopped.number = command["number"]
                else:
                    commands.put(command)
        except EOFError:
            os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    workshop = Workshop(stopped)
    while True:
        command = commands.get()
        try:
            reply = workshop.answer(command)
        except Exception as error:
            reply = Reply(number=command["number"], error=_first_line(error))
        write_frame(stdout, reply)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:500]


if __name__ == "__main__":
    sys.exit(main())
