"""What the predict page shows, gathered in jobs from the project: no arithmetic, only calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from advisor.portfolio import guess_mapping, inventory_frame, read_table, take_in
from advisor.predict.dependence import along, partial_dependence
from advisor.predict.judgement import Judgement, judge, runs_digest, shipped_judgement
from advisor.predict.local_runs import Learnt, Prediction, from_inventory
from advisor.predict.picture import LEAVES, LeftOut, left_out
from advisor.predict.reach import Reach, yearly
from advisor.predict.shortlist import Shortlist, shortlist
from advisor.project.inventory import with_measured
from advisor.project.prediction import measured_here, own_prediction
from advisor.project.project import Project
from ui import jobs
from ui.i18n import later, tr

JUDGEMENT = "prediction_judgement"
"""Setting of the project in which a judgement made here is kept."""
FIGURES = {
    "parameters": (later("Parameters"), ""),
    "flops_per_call": (later("Operations per call"), "FLOP"),
    "throughput_per_s": (later("Calls per second"), "1/s"),
    "idle_w": (later("Idle power of the device"), "W"),
}
"""The figures a prediction asks for, with their units."""
DEPENDENCE = ("parameters", "flops_per_call", "throughput_per_s")
MOST_SHARES = 5000
"""Rows of a file whose share of the local runs is worked out: the costly part of a prediction."""
_SIZES = ("parameters", "flops_per_call", "throughput_per_s")


@dataclass(frozen=True)
class PredictPicture:
    """What is known so far; None while it is still being worked out."""

    seal: str
    """Tells whether the runs are still those of the project."""
    estimates: int
    """Measurements that are estimates, from which nothing is learnt."""
    learnt: Learnt
    left_out: dict[str, LeftOut] = field(default_factory=dict[str, LeftOut])
    dependence: dict[str, pd.DataFrame] = field(default_factory=dict[str, pd.DataFrame])
    judgement: Judgement | None = None
    judged_other: bool = False
    """The judgement is of other runs than these (the shipped ones, or before the last ones)."""


@dataclass(frozen=True)
class Stage:
    """How far the gathering is; an event of the job."""

    fraction: float | None
    doing: str
    picture: PredictPicture | None
    remaining_s: float | None = None


@dataclass(frozen=True)
class Batch:
    """A file of models with their predictions."""

    path: Path
    rows: int
    frame: pd.DataFrame
    unreadable: int
    """Rows with a cell that could not be read."""
    unknown: int
    """Rows of which neither a size nor the throughput is known."""
    reach: Reach
    """How far the predictions reach beyond what was measured."""


def gathered(project: Project, kept: PredictPicture | None) -> Iterator[Stage]:
    """Fit where the runs changed, then leave groups out, then the dependence."""
    runs = measured_here(project)
    seal = runs_digest(runs)
    estimates = project.measurements.count() - len(runs)
    if kept is None or kept.seal != seal:
        yield Stage(None, _fitting_words(len(runs)), None)
        kept = PredictPicture(seal, estimates, own_prediction(project).learnt)
    kept = replace(kept, estimates=estimates)
    jobs.current_task().check()
    picture = replace(kept, **_judgement(project, kept.learnt))
    words = tr("Predicting every run without its own family, then without its own device …")
    yield Stage(0.6, words, picture)
    for number, leave in enumerate(LEAVES, start=1):
        if leave not in picture.left_out:
            found = left_out(picture.learnt, leave)
            picture = replace(picture, left_out={**picture.left_out, leave: found})
            yield Stage(0.6 + 0.1 * number, words, picture)
    for number, name in enumerate(DEPENDENCE, start=1):
        if name not in picture.dependence:
            found = partial_dependence(picture.learnt, name)
            picture = replace(picture, dependence={**picture.dependence, name: found})
            words = tr("Working out how energy moves with size and throughput …")
            yield Stage(0.8 + 0.06 * number, words, picture)
    yield Stage(1.0, "", picture)


def answered(
    learnt: Learnt, asked: dict[str, float | str], column: str
) -> tuple[Prediction, pd.DataFrame]:
    """The what-if: a prediction, and the line of energy over one figure around it."""
    return along(learnt, asked, column)


def listed(learnt: Learnt, project: Project) -> Shortlist | None:
    """What to measure next in the project's inventory; None without one."""
    models = project.models.all()
    return shortlist(learnt, with_measured(project, inventory_frame(models))) if models else None


def judged(project: Project, learnt: Learnt) -> Judgement:
    """Judge the whole field on these runs, keep it in the project. Minutes."""
    task = jobs.current_task()
    words = tr("Leaving whole families out, choosing anew without them …")
    task.report(None, words)

    def tell(done: int, of: int) -> None:
        task.check()
        task.report(done / of, words)

    found = judge(learnt.runs, date.today().isoformat(), progress=tell)
    project.set(**{JUDGEMENT: found.model_dump(mode="json")})
    return found


def predicted_file(learnt: Learnt, path: Path) -> Batch:
    """Read a table of models and predict each. Raises `PortfolioError` and `ValueError`."""
    task = jobs.current_task()
    task.report(None, tr("Reading {file} …", file=path.name))
    raw = read_table(path).rename(columns=str)
    task.check()
    task.report(0.1, tr("Checking the rows of {file} …", file=path.name))
    mapping = guess_mapping(list(raw.columns))
    found = {c.field for c in mapping.columns}
    if not found.intersection(_SIZES):
        raise ValueError(
            tr(
                "{file} has no column with parameters, operations per call or calls per second; "
                "give at least one (found: {columns}).",
                file=path.name,
                columns=", ".join(list(raw.columns)[:8]),
            )
        )
    if "id" not in found:
        raw.insert(0, "id", [str(n) for n in range(1, len(raw) + 1)])
        mapping = guess_mapping(list(raw.columns))
    intake = take_in(raw, mapping)
    asked = from_inventory(intake.inventory)
    task.check()
    task.report(0.5, tr("Predicting the models of {file} …", file=path.name))
    result = learnt.predict(asked, shares=MOST_SHARES)
    known = ["id", "name", *FIGURES, "precision", "device", "family"]
    frame = pd.concat([asked[known], result], axis=1)
    frame["state"] = frame["used"].astype("string").str.partition(": ")[0].astype(object)
    unknown = int(frame["energy_j"].isna().sum())
    reach = Reach.of(frame["grade"], yearly(frame["energy_j"], asked["calls_per_year"]))
    return Batch(path, len(raw), frame, len(intake.wrong), unknown, reach)


def written_file(batch: Batch, path: Path) -> Path:
    """Write a batch as CSV or XLSX, by the suffix."""
    if path.suffix.lower() == ".xlsx":
        batch.frame.to_excel(path, index=False)
    else:
        batch.frame.to_csv(path, index=False)
    return path


def _judgement(project: Project, learnt: Learnt) -> dict[str, Any]:
    """The judgement of these runs if there is one, else the latest there is."""
    own = project.setting(JUDGEMENT)
    of_project = Judgement.model_validate(own) if own else None
    digest = runs_digest(learnt.runs)
    for found in (of_project, shipped_judgement()):
        if found is not None and found.runs_sha256 == digest:
            return {"judgement": found, "judged_other": False}
    return {"judgement": of_project or shipped_judgement(), "judged_other": True}


def _fitting_words(local: int) -> str:
    if local:
        return tr("Fitting on the shipped runs and the {n} measured here …", n=local)
    return tr("Fitting on the shipped runs …")
