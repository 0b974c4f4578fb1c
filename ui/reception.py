"""Where files go that were dropped or chosen anywhere: models, data, inventories, projects."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from advisor.candidates import UnusableDataError
from advisor.project.intake import add_models
from advisor.project.project import Project
from ui import jobs
from ui.benchmark.refused_data import REFUSED, WAITING, RefusedData, take_data
from ui.i18n import said, tr
from ui.session import Session

MODELS = {".onnx"}
DATA = {".npz", ".csv", ".parquet", ".pq"}
INVENTORIES = {".xlsx", ".xls", ".ods"}
PROJECTS = {".advisor"}
INCOMING = "incoming inventory"
"""Key in `session.memory` under which the portfolio page finds an inventory that was dropped."""


class Reception(QObject):
    """Sorts incoming files by kind. Emits `project_chosen` with the path of a project file."""

    project_chosen = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.current_page = "start"
        session.received.connect(self.receive)

    def receive(self, paths: list[Path]) -> None:
        """Take files in; what is of no known kind is told."""
        models = [p for p in paths if p.is_dir() or p.suffix.lower() in MODELS]
        tables = [p for p in paths if p.suffix.lower() in DATA and not p.is_dir()]
        inventories = [p for p in paths if p.suffix.lower() in INVENTORIES]
        if self.current_page == "portfolio":
            inventories, tables = [*inventories, *tables], []
        projects = [p for p in paths if p.suffix.lower() in PROJECTS]
        strange = [p for p in paths if p not in (*models, *tables, *inventories, *projects)]
        if projects:
            self.project_chosen.emit(projects[0])
        elif models:
            waiting: Path | None = self._session.memory.get(WAITING)
            self._add_models(models, tables[0] if tables else waiting)
        elif tables and not self._session.project.candidates.count():
            self._await_model(tables[0])
        elif tables:
            self._add_data(tables[0])
        if inventories:
            self._session.memory[INCOMING] = inventories[0]
            self._session.go_to("portfolio")
        if strange:
            self._session.complained.emit(
                tr(
                    "{file} is no model (.onnx), data (.npz, .csv, .parquet), inventory (.xlsx, "
                    ".csv) or project (.advisor); choose another file.",
                    file=strange[0].name,
                )
            )

    def _await_model(self, path: Path) -> None:
        """Data is read by a model's inputs: until one comes, the file is kept in mind."""
        self._session.memory[WAITING] = path
        self._session.changed.emit("workloads")
        self._session.say(tr("{file} is kept; now add the model it belongs to.", file=path.name))
        self._session.go_to("benchmark")

    def _add_models(self, paths: list[Path], data: Path | None) -> None:
        self._session.say(tr("Reading {n} model files …", n=len(paths)))
        jobs.compute(
            self,
            _taken_models,
            self._session.project,
            paths,
            data,
            done=self._models_added,
            failed=self._session.complained.emit,
        )

    def _models_added(self, outcome: tuple[int, list[str], RefusedData | None]) -> None:
        added, refusals, refused = outcome
        if added:
            self._session.memory.pop(WAITING, None)
        self._keep(refused)
        if refusals:
            self._session.complained.emit("\n\n".join(refusals))
        self._session.say(tr("{n} models were added.", n=added) if added else "")
        if added:
            self._session.go_to("benchmark")

    def _keep(self, refused: RefusedData | None) -> None:
        """A file that does not fit the models stays on the benchmark page, to be mended there."""
        self._session.memory.pop(REFUSED, None)
        if refused is not None:
            self._session.memory[REFUSED] = refused
        self._session.changed.emit("workloads")

    def _add_data(self, path: Path) -> None:
        jobs.compute(
            self,
            _taken_data,
            self._session.project,
            path,
            done=self._data_added,
            failed=self._session.complained.emit,
        )

    def _data_added(self, outcome: tuple[str, RefusedData | None]) -> None:
        name, refused = outcome
        self._keep(refused)
        if refused is not None:
            self._session.complained.emit(said(refused.why))
        else:
            self._session.say(tr("{file} is the data now.", file=name))
        self._session.go_to("benchmark")


def _taken_models(
    project: Project, paths: list[Path], data: Path | None
) -> tuple[int, list[str], RefusedData | None]:
    found = [m for p in paths for m in (sorted(p.rglob("*.onnx")) if p.is_dir() else [p])]
    added, refused = add_models(project, found)
    refusals = [said(getattr(r.error, "said", str(r.error))) for r in refused]
    misfit = None
    if data is not None and added:
        try:
            misfit = take_data(project, data)
            refusals += [said(misfit.why)] if misfit is not None else []
        except UnusableDataError as error:
            refusals.append(said(error.said))
    return len(added), refusals, misfit


def _taken_data(project: Project, path: Path) -> tuple[str, RefusedData | None]:
    return path.name, take_data(project, path)
