"""Work on models in a process of its own: it stops at once, and a crash takes nothing else down.

    apart = Apart()
    made = yield from apart.call(make_it, lever, candidate)   # yields None while it waits
    apart.close()

The process lives from the first call to `close`, in a scratch folder of its own: what a library
leaves in the current folder goes with it. Functions and arguments travel as pickles; large arrays
travel once. Whoever stops iterating ends the process and everything it started.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import queue
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

import numpy as np

from advisor.sentences import Sentence, sentence

T = TypeVar("T")

_SCRATCH = "carbon-advisor-"
_TICK_S = 0.25
_LARGE_BYTES = 100_000
_READY = ("ready", None)
_BEGIN = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from advisor.candidates.apart import serve; serve()"
)


class ApartError(RuntimeError):
    """The work ended otherwise than with a result: a crash, a time limit, a mistake in its code."""

    def __init__(self, said: Sentence) -> None:
        super().__init__(str(said))
        self.said = said


class Apart:
    """One process for one piece of work after the other. Not for several threads."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._replies: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._up = False
        self._sent: dict[int, Any] = {}
        """Arrays that the process has, by identity; held, so that none takes another's place."""

    def call(
        self, function: Callable[..., T], *arguments: Any, limit_s: float | None = None
    ) -> Generator[None, None, T]:
        """The function's result, `None` yielded while there is none yet.

        `limit_s` counts from when the process is up.
        What cannot travel (a function without a name of its own) runs here. Errors with a sentence
        (`said`) are raised as they were, others as `ApartError`.
        """
        try:
            frames = self._packed((function, arguments))
        except (pickle.PicklingError, AttributeError, TypeError):
            return function(*arguments)
        kind, value = yield from self._answered(frames, limit_s)
        if kind == "refused":
            of, said = value
            raise of(said)
        if kind == "broken":
            raise ApartError(sentence("It failed unexpectedly: {reason}", reason=value))
        return value

    def close(self) -> None:
        """End the process, with what it started; the next call begins another."""
        process, self._process = self._process, None
        self._sent.clear()
        self._up = False
        if process is not None:
            _end_with_all(process)
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    # -- inside ------------------------------------------------------------------------------

    def _answered(
        self, frames: list[bytes], limit_s: float | None
    ) -> Generator[None, None, tuple[str, Any]]:
        reply: Any = None
        begun_s = time.monotonic()
        try:
            self._send(frames)
            while True:
                with suppress(queue.Empty):
                    reply = self._replies.get(timeout=_TICK_S)
                    if reply != _READY:
                        break
                    reply, self._up, begun_s = None, True, time.monotonic()
                late = limit_s is not None and time.monotonic() - begun_s > limit_s
                if late and self._up:
                    raise ApartError(
                        sentence("It was stopped after {seconds} s.", seconds=round(limit_s or 0))
                    )
                yield
            if reply is None:
                raise ApartError(_how_it_ended(self._process))
            return reply
        finally:
            if reply is None:  # nobody waits any more, or nothing will come
                self.close()

    def _send(self, frames: list[bytes]) -> None:
        if self._process is None:
            self._begin()
        assert self._process is not None
        try:
            for frame in frames:
                _write(cast(BinaryIO, self._process.stdin), frame)
        except OSError as error:
            raise ApartError(_how_it_ended(self._process)) from error

    def _begin(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix=_SCRATCH, ignore_cleanup_errors=True)
        paths = [path or str(os.path.realpath(os.curdir)) for path in sys.path]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BEGIN, json.dumps(paths)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder.name,
            env=os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), self._folder.name),
            start_new_session=True,
        )
        self._replies = queue.SimpleQueue()
        stream, replies = cast(BinaryIO, self._process.stdout), self._replies
        threading.Thread(target=_listen, args=(stream, replies), daemon=True).start()

    def _packed(self, work: Any) -> list[bytes]:
        """Arrays that the process does not have yet, then the work that refers to them."""
        known = set(self._sent)
        try:
            packed = io.BytesIO()
            new: dict[int, Any] = {}
            _Pickler(packed, self._sent, new).dump(work)
            return [*(pickle.dumps(("keep", *item), 5) for item in new.items()), packed.getvalue()]
        except Exception:
            for key in set(self._sent) - known:
                del self._sent[key]
            raise


class _Pickler(pickle.Pickler):
    """Large arrays are named, not written: `sent` are those that the other side has."""

    def __init__(self, file: BinaryIO, sent: dict[int, Any], new: dict[int, Any]) -> None:
        super().__init__(file, 5)
        self._sent, self._new = sent, new

    def persistent_id(self, obj: Any) -> int | None:
        if not isinstance(obj, np.ndarray) or obj.nbytes < _LARGE_BYTES:
            return None
        if id(obj) not in self._sent:
            self._sent[id(obj)] = self._new[id(obj)] = obj
        return id(obj)


class _Unpickler(pickle.Unpickler):
    kept: dict[int, Any]

    def persistent_load(self, pid: Any) -> Any:
        return self.kept[pid]


def serve() -> None:
    """The other side: do what comes in, one after the other, until nobody listens any more."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not end up among the answers
    work: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    scratch = Path.cwd()  # whatever a lever changes to later
    threading.Thread(target=_take_in, args=(work, scratch), daemon=True).start()
    kept: dict[int, Any] = {}
    _write(answers, pickle.dumps(_READY, 5))
    while True:
        unpickler = _Unpickler(io.BytesIO(work.get()))
        unpickler.kept = kept
        first, second, *rest = unpickler.load()
        if first == "keep":
            kept[second] = rest[0]
        else:
            _write(answers, pickle.dumps(_done(first, second), 5))


def _done(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[str, Any]:
    try:
        return "done", function(*arguments)
    except Exception as error:  # whatever it is, the other side is to hear of it
        said = getattr(error, "said", None)
        if isinstance(said, Sentence):
            return "refused", (type(error), said)
        return "broken", f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"


def _take_in(work: queue.SimpleQueue[bytes], scratch: Path) -> None:
    with suppress(EOFError, OSError):
        while True:
            work.put(_read(sys.stdin.buffer))
    if scratch.name.startswith(_SCRATCH):  # the parent is gone and cannot clean up
        shutil.rmtree(scratch, ignore_errors=True)
    _end_group(os.getpid())


def _listen(stream: BinaryIO, replies: queue.SimpleQueue[Any]) -> None:
    with suppress(EOFError, OSError, ValueError, pickle.UnpicklingError):
        while True:
            replies.put(pickle.loads(_read(stream)))
    replies.put(None)


def _write(stream: BinaryIO, payload: bytes) -> None:
    stream.write(struct.pack("<Q", len(payload)))
    stream.write(payload)
    stream.flush()


def _read(stream: BinaryIO) -> bytes:
    head = stream.read(8)
    if len(head) < 8:
        raise EOFError
    return stream.read(struct.unpack("<Q", head)[0])


def _end_with_all(process: subprocess.Popen[bytes]) -> None:
    _end_group(process.pid)
    with suppress(OSError):
        process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        with suppress(OSError, ValueError):
            if stream:
                stream.close()


def _end_group(pid: int) -> None:
    """A process that leads its group, and all it started; by itself where there are no groups."""
    if sys.platform == "win32":
        if pid == os.getpid():
            os._exit(0)
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _how_it_ended(process: subprocess.Popen[bytes] | None) -> Sentence:
    code = process.wait() if process is not None else 0
    if code == -9:
        return sentence(
            "The system ended the process that worked on this model, most likely because memory "
            "ran out; close other programs."
        )
    if code < 0:
        return sentence(
            "The process that worked on this model crashed ({signal}).",
            signal=signal.Signals(-code).name,
        )
    return sentence(
        "The process that worked on this model ended by itself (exit code {code}).", code=code
    )
