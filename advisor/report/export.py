"""Writing all documents of a project into a folder, one after another, each whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from advisor.project import Project
from advisor.report.disclosures import disclosure_files
from advisor.report.documents import formats, render
from advisor.report.dossier import dossiers
from advisor.report.edition import Edition
from advisor.report.evidence import evidence_pack
from advisor.report.gather import publish, summary_of
from advisor.report.summary import Summary
from advisor.sentences import SaidError, Sentence, sentence

Make = Callable[[], dict[str, bytes]]
"""Makes files: path inside the folder → bytes."""


class ReportError(SaidError):
    """A document that cannot be made or written. Its text: what, where, what to do."""


def export(
    project: Project,
    folder: Path,
    wanted: Sequence[str],
    editions: Sequence[Edition],
    summary: Summary | None = None,
) -> Iterator[tuple[float, Sentence]]:
    """Write the documents; yields the fraction done and what is being made.

    `wanted` are file extensions of the summary, and `disclosures`, `dossiers`, `evidence`. What is
    said is kept in the project first (`publish`). Closing the iterator stops before the next file.
    Raises `ReportError`.
    """
    known = (*formats(), *_BESIDE)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise ReportError(
            sentence(
                "“{unknown}” is not a format of the summary; choose from {given}.",
                unknown=str(unknown[0]),
                given=", ".join(known),
            )
        )
    if summary is None:
        publish(project, summary_of(project))
        summary = summary_of(project)
    jobs = _jobs(project, summary, wanted, editions)
    for number, (name, make) in enumerate(jobs):
        yield number / len(jobs), sentence("Making {name}", name=name)
        for path, data in make().items():
            write_whole(folder / path, data)
    yield 1.0, sentence("Done")


_BESIDE = ("disclosures", "dossiers", "evidence")
"""What can be asked for beside the formats of the summary."""


def _jobs(
    project: Project, summary: Summary, wanted: Sequence[str], editions: Sequence[Edition]
) -> list[tuple[str, Make]]:
    jobs: list[tuple[str, Make]] = []
    for edition in editions:
        for extension in (name for name in wanted if name in formats()):
            name = file_name(summary, edition, extension)
            jobs.append((name, partial(_document, summary, edition, extension, name)))
        if "dossiers" in wanted:
            jobs.append(("dossiers", partial(_dossiers, project, summary, edition)))
    if "disclosures" in wanted:
        jobs.append(("disclosures", partial(_disclosures, project, summary)))
    if "evidence" in wanted:
        name = file_name(summary, Edition(), "zip").replace("-en.zip", "-evidence.zip")
        jobs.append((name, lambda: {name: evidence_pack(project)}))
    return jobs


def _document(summary: Summary, edition: Edition, extension: str, name: str) -> dict[str, bytes]:
    return {name: render(summary, edition, extension)}


def _dossiers(project: Project, summary: Summary, edition: Edition) -> dict[str, bytes]:
    made = dossiers(project, summary, edition)
    return {f"dossiers/{path}": data for path, data in made.items()}


def _disclosures(project: Project, summary: Summary) -> dict[str, bytes]:
    made = disclosure_files(project, summary)
    return {f"disclosures/{path}": data for path, data in made.items()}


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
        with suppress(OSError):
            part.unlink()
        raise ReportError(
            sentence(
                "{file} could not be written: {reason}; choose another folder or free space.",
                file=str(path),
                reason=str(error.strerror),
            )
        ) from error
