"""The parent's handle on the child process: ask, poll, stop, kill, restart."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

from advisor.bench import worker
from advisor.bench.worker import Command, Reply
from advisor.sentences import Sentence, sentence


class ChildCrashedError(RuntimeError):
    """The child process ended by itself. `said` tells how."""

    def __init__(self, said: Sentence) -> None:
        super().__init__(str(said))
        self.said = said


class Child:
    """A running worker. Commands are answered in order, one at a time."""

    def __init__(self) -> None:
        # -P keeps the worker's own folder off the path: it would hide modules of the same name.
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(Path(worker.__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self._number = 0
        self._replies: queue.SimpleQueue[Reply | None] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def process_id(self) -> int:
        """The process that does the work."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.poll() is not None

    def ask(self, **command: Any) -> int:
        """Send a command; its number comes back with the reply. Raises `ChildCrashedError`."""
        self._number += 1
        try:
            worker.write_frame(
                cast(BinaryIO, self._process.stdin),
                cast(Command, command | {"number": self._number}),
            )
        except OSError as error:
            raise ChildCrashedError(self._how_it_ended()) from error
        return self._number

    def stop_loop(self) -> None:
        """Let the loop that runs end after its present call; its reply still comes."""
        stop: Command = {"do": "stop", "number": self._number}
        try:
            worker.write_frame(cast(BinaryIO, self._process.stdin), stop)
        except OSError as error:
            raise ChildCrashedError(self._how_it_ended()) from error

    def poll(self, timeout_s: float) -> Reply | None:
        """The next reply, or None if there is none in time. Raises `ChildCrashedError`."""
        try:
            reply = (
                self._replies.get(timeout=timeout_s) if timeout_s else self._replies.get_nowait()
            )
        except queue.Empty:
            return None
        if reply is None:
            raise ChildCrashedError(self._how_it_ended())
        return reply

    def kill(self) -> None:
        """End the process now, and wait for it."""
        with suppress(OSError):
            self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError, ValueError):
                if stream:
                    stream.close()

    def _listen(self) -> None:
        stream = cast(BinaryIO, self._process.stdout)
        with suppress(EOFError, OSError, ValueError):
            while True:
                self._replies.put(worker.read_frame(stream))
        self._replies.put(None)

    def _how_it_ended(self) -> Sentence:
        code = self._process.wait()
        if code == -9:
            return sentence(
                "The system ended the process that ran this model, most likely because memory ran "
                "out; close other programs or use a smaller batch."
            )
        if code < 0:
            return sentence(
                "The model crashed ONNX Runtime ({signal}); check its custom operators or export "
                "it again.",
                signal=signal.Signals(-code).name,
            )
        return sentence(
            "The process that ran this model ended by itself (exit code {code}); check its custom "
            "operators or export it again.",
            code=code,
        )
