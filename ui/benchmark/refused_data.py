"""Data that does not fit the models as it was guessed: kept with its reason, to be mended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from advisor.candidates import UnusableDataError, open_data
from advisor.project.intake import add_data
from advisor.project.project import Project
from advisor.project.runs import WorkloadSource
from advisor.sentences import Sentence

REFUSED = "refused data"
"""Key in `session.memory` under which the file lies that does not fit yet."""

WAITING = "waiting data"
"""Key of a data file that came before any model whose inputs it could feed."""


@dataclass(frozen=True)
class RefusedData:
    """A data file as it was asked for, and why it does not fit."""

    source: WorkloadSource
    why: Sentence


def take_data(project: Project, path: Path | None, **how: Any) -> RefusedData | None:
    """Take the data in use, or say why it does not fit the project's models.

    Raises `UnusableDataError` where choosing other columns would not help: the file is no data, or
    there are no models yet.
    """
    candidates = project.candidates.all()
    try:
        add_data(project, path, candidates, **how)
    except UnusableDataError as error:
        if path is None or not candidates or not open_data(path).names:
            raise
        return RefusedData(WorkloadSource(path=path.resolve(), sha256="", **how), error.said)
    return None
