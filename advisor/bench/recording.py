"""Recorded runs: events as JSON lines, and their replay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from advisor.bench.events import EVENT, Event
from advisor.sentences import SaidError, sentence


class RecordingError(SaidError):
    """A recording that cannot be read. Its text is one sentence: where, what to do."""


def record(events: Iterable[Event], path: Path) -> Iterator[Event]:
    """Pass events on, each written to the file (and flushed) before it is passed."""
    with path.open("a", encoding="utf-8") as file:
        for event in events:
            file.write(event.model_dump_json() + "\n")
            file.flush()
            yield event


def replay(path: Path) -> Iterator[Event]:
    """The events of a recording, in order. A last line cut off by a crash is left out.

    Raises `RecordingError` for a file that cannot be read or a broken line before the last.
    """
    try:
        lines = path.read_text("utf-8").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError) as error:
        raise RecordingError(
            sentence(
                "The recording {file} cannot be read: {reason}.", file=str(path), reason=str(error)
            )
        ) from error
    for number, line in enumerate(lines, start=1):
        try:
            yield EVENT.validate_json(line)
        except ValidationError as error:
            if number == len(lines) and not line.endswith("\n"):
                return
            raise RecordingError(
                sentence(
                    "Line {number} of the recording {file} is no event of a run; record it again.",
                    number=str(number),
                    file=str(path),
                )
            ) from error
