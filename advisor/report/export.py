"""Writing all documents of a project into a folder, one after another, each whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from advisor.project import Project
from advisor.report.documents import formats, render
from advisor.report.edition import Edition
from advisor.report.gather import publish, summary_of
from advisor.report.summary import Summary
from advisor.sentences import Sentence, sentence

Make = Callable[[], dict[str, bytes]]
"""Makes files: path inside the folder → bytes."""


class ReportError(ValueError):
    """A document that cannot be made or written. Its text: what, where, what to do."""


def export(
    project: Project,
    folder: Path,
    wanted: Sequence[str],
    editions: Sequence[Edition],
    summary: Summary | None = None,
) -> Iterator[tuple[float, Sentence]]:
    """Write the documents; yields the fraction done and what is being made.

    `wanted` are file extensions of the summary. What is said is kept in the project first
    (`publish`). Closing the iterator stops before the next file. Raises `ReportError`.
    """
    unknown = [name for name in wanted if name not in formats()]
    if unknown:
        known = ", ".join(formats())
        raise ReportError(f"“{unknown[0]}” is not a format of the summary; choose from {known}.")
    if summary is None:
        publish(project, summary_of(project))
        summary = summary_of(project)
    jobs = [(edition, name) for edition in editions for name in wanted]
    for number, (edition, name) in enumerate(jobs):
        path = folder / file_name(summary, edition, name)
        yield number / len(jobs), sentence("Making {name}", name=path.name)
        write_whole(path, render(summary, edition, name))
    yield 1.0, sentence("Done")


def file_name(summary: Summary, edition: Edition, extension: str) -> str:
    """Name of a document: project, date, language."""
    stem = "".join(c if c.isalnum() or c in "-_" else "-" for c in summary.project) or "project"
    return f"{stem}-{summary.as_of.isoformat()}-{edition.language}.{extension}"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one. Raises `ReportError`."""
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ReportError(
            f"{path} could not be written: {error.strerror}; choose another folder or free space."
        ) from error
