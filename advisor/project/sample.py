"""The sample as a project: cheque-digit readers, held-out data, and what a bank would enter.

The models and data are real and what is measured is measured here; the bank around them (volume,
place) is fictitious, and its figures say so.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from advisor.candidates.levers import LeverError
from advisor.candidates.sample import make_sample
from advisor.project.assumptions import Assumptions, assume
from advisor.project.intake import add_data, add_models, add_variant
from advisor.project.project import Project

LEVER = "int8-dynamic"
IN_USE = "cheque-mlp-2048x2048"
FICTITIOUS = Assumptions(calls_per_year=250_000_000, region="DEU", pue=1.4)
ORGANISATION = "Sample Bank (fictitious)"


def open_sample(
    file: Path,
    folder: Path,
    progress: Callable[[float, str], None] = lambda _fraction, _doing: None,
) -> Project:
    """The sample's project at `file`, with models in `folder`; made where it is not there yet.

    The largest reader is the model in use; int8 variants are made of every model that has weights
    to quantise. Raises `OSError` when the folder cannot be written, `ProjectError` for the file.
    """
    files = make_sample(folder, progress)
    project = Project.open_or_create(file)
    if project.candidates.count():
        return project
    candidates, _ = add_models(project, files.models)
    add_data(project, files.data, candidates, label=files.label, metric=files.metric)
    for candidate in candidates:
        try:
            add_variant(project, candidate, LEVER)
        except LeverError:
            continue  # trees have no weights to quantise; the catalogue of levers says so
    in_use = next(c.key for c in candidates if c.name == IN_USE)
    assume(project, FICTITIOUS.model_copy(update={"baseline": in_use}))
    project.set(organisation=ORGANISATION)
    return project
