"""The project's own prediction: the shipped runs moved by what was measured here, kept as a file.

The fitted model lies in a folder beside the project file and is used as long as the project's
measurements and the shipped runs are those it was learnt from; its id and its runs' digest stand in
the project's settings, so that the event log shows which model predicted what. A file that is
missing, damaged, of another version or of other runs is fitted anew, and the reason is said.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import pandas as pd

from advisor.predict.local_runs import Learnt, learnt_from, local_runs
from advisor.predict.prior import shipped_runs
from advisor.predict.storing import UnusableModelFileError, load, save
from advisor.project.project import Project
from advisor.sentences import Sentence, sentence

SETTING = "prediction_model"
"""Setting that names the kept model: `model_id`, `runs_sha256`, `local_runs`."""

_ONE_AT_A_TIME = Lock()
"""Two pages that ask at once wait for one fit instead of making two."""


@dataclass(frozen=True)
class OwnPrediction:
    """What predicts in this project; `fitted_anew` says why, None where the kept file was used."""

    learnt: Learnt
    fitted_anew: Sentence | None


def measured_here(project: Project) -> pd.DataFrame:
    """The project's metered measurements as runs to learn from (`advisor.predict.local_runs`)."""
    return local_runs(project.measurements.all(), {c.key: c for c in project.candidates.all()})


def own_prediction(project: Project) -> OwnPrediction:
    """The kept model where it is still that of these runs, else one fitted now and kept.

    Without measurements it is the shipped prior, which needs no file of its own. Seconds when it
    is kept, some ten seconds when it is fitted.
    """
    local = measured_here(project)
    if local.empty:
        return OwnPrediction(learnt_from(local), None)
    with _ONE_AT_A_TIME:
        return _kept_or_fitted(project, local)


def model_file(project: Project) -> Path | None:
    """Where the fitted model lies; None for a project that is no file (a database address)."""
    if "://" in project.address:
        return None
    file = Path(project.address)
    return file.with_name(f"{file.stem}-prediction") / "energy.skops"


def _kept_or_fitted(project: Project, local: pd.DataFrame) -> OwnPrediction:
    seal = _seal(local)
    found = _kept(project, local, seal)
    if isinstance(found, Learnt):
        return OwnPrediction(found, None)
    learnt = learnt_from(local)
    file = model_file(project)
    if file is not None:
        with suppress(OSError):  # a read-only folder costs time, not the prediction
            file.parent.mkdir(exist_ok=True)
            save(learnt.model, file)
    card = {"model_id": learnt.model.model_id, "runs_sha256": seal, "local_runs": len(local)}
    project.set(**{SETTING: card})
    return OwnPrediction(learnt, found)


def _kept(project: Project, local: pd.DataFrame, seal: str) -> Learnt | Sentence:
    """The kept model, or why it is not used."""
    card = project.setting(SETTING)
    file = model_file(project)
    if not isinstance(card, dict) or file is None or not file.is_file():
        return sentence("No fitted model was kept yet.")
    if card.get("runs_sha256") != seal:
        return sentence("The runs have changed since the model was fitted.")
    try:
        model = load(file)
    except UnusableModelFileError as error:
        return sentence("The kept model is not used: {reason}", reason=str(error))
    if model.model_id != card.get("model_id"):
        return sentence("The kept file is another model than the project's.")
    shipped = shipped_runs()
    return Learnt(model, pd.concat([shipped, local], ignore_index=True), len(shipped))


def _seal(local: pd.DataFrame) -> str:
    digest = hashlib.sha256(shipped_runs().to_csv(index=False).encode())
    digest.update(local.to_csv(index=False).encode())
    return digest.hexdigest()
