"""How the models are loaded and how much time their measurement may take."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QComboBox, QFrame, QLineEdit, QWidget

from advisor.bench import LoadPattern, PlanError, Precision
from advisor.bench.stopping import foreseen
from advisor.candidates import Candidate, UnusableDataError
from ui.i18n import later, said, tr
from ui.pages.page import Page
from ui.parts import caption, column, heading, quiet
from ui.parts.fields import labelled

_PRECISIONS = {
    Precision.GLANCE: later("Glance – a first look"),
    Precision.QUICK: later("Quick – windows of 10 s"),
    Precision.STANDARD: later("Standard – windows of 30 s"),
    Precision.AUDIT: later("Audit – windows of 10 min"),
}
_LOADS = {
    LoadPattern.SINGLE_STREAM: later("Single stream"),
    LoadPattern.OFFLINE: later("Offline – full batches"),
    LoadPattern.SERVER: later("Server – random arrivals"),
}
_BUDGETS_MIN = (1, 2, 5, 10, 30, 60, 240)
_LOAD_BUTTON = (later("Load, batch, wall meter …"), later("Fewer settings"))


class MeasurementCard(QFrame):
    """Edits the benchmark's settings, and says what they will be able to tell."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._session = page.session
        self._memory: dict[str, Any] = page.memory
        self.setProperty("role", "card")
        self.precision, self.budget, self.load = QComboBox(), QComboBox(), QComboBox()
        self.rate, self.batch, self.threads = QLineEdit(), QLineEdit(), QLineEdit()
        self.bound, self.factor = QLineEdit(), QLineEdit()
        self._forecast = caption("")
        self._more = quiet("", self._turn)
        for precision, words in _PRECISIONS.items():
            self.precision.addItem(tr(words), precision.value)
        for load, words in _LOADS.items():
            self.load.addItem(tr(words), load.value)
        self.budget.addItem(tr("no limit"), None)
        for minutes in _BUDGETS_MIN:
            self.budget.addItem(tr("{n} min", n=minutes), 60.0 * minutes)
        self.batch.setPlaceholderText(tr("as the data says"))
        self.threads.setPlaceholderText(tr("as ONNX Runtime chooses"))
        self.bound.setPlaceholderText(tr("none"))
        self.factor.setPlaceholderText(tr("none; for example 1.25, 1.15, 1.36"))
        self._rate = labelled(tr("Requests per second"), self.rate)
        self._rare = QWidget()
        self._rare.setProperty("role", "clear")
        self._rare.setLayout(
            column(
                labelled(tr("Load pattern"), self.load),
                self._rate,
                labelled(tr("Batch size"), self.batch),
                labelled(tr("Threads of one call"), self.threads),
                labelled(tr("Latency bound, p99 (ms)"), self.bound),
                labelled(tr("Wall-meter factor"), self.factor),
                space="small",
            )
        )
        self.setLayout(
            column(
                heading(tr("Measurement")),
                labelled(tr("Precision of the benchmark"), self.precision),
                labelled(tr("Time budget"), self.budget),
                self._forecast,
                self._more,
                self._rare,
                margin="large",
                space="small",
            )
        )
        self._recall()
        for box in (self.precision, self.budget, self.load):
            box.activated.connect(self._keep)
        for edit in self._edits.values():
            edit.editingFinished.connect(self._keep)
        self._show()

    @property
    def _edits(self) -> dict[str, QLineEdit]:
        return {
            "arrival_rate_per_s": self.rate,
            "batch_size": self.batch,
            "threads": self.threads,
            "latency_bound_ms": self.bound,
            "wall_factor": self.factor,
        }

    def options(self) -> dict[str, Any]:
        """What `bench.Plan` is told. Raises `ValueError` for a field that holds no number."""
        load = LoadPattern(self.load.currentData())
        factor = [float(word) for word in self.factor.text().split(",") if word.strip()]
        if len(factor) not in (0, 1, 3):
            raise ValueError(self.factor.text())
        found = {
            "precision": Precision(self.precision.currentData()),
            "time_budget_s": self.budget.currentData(),
            "load": load,
            "arrival_rate_per_s": _number(self.rate) if load is LoadPattern.SERVER else None,
            "batch_size": _whole(self.batch),
            "threads": _whole(self.threads),
            "latency_bound_ms": _number(self.bound),
            "wall_factor": factor[0] if factor else None,
            "wall_factor_range": (factor[1], factor[2]) if len(factor) == 3 else None,
        }
        return {name: value for name, value in found.items() if value is not None}

    def refresh(self) -> None:
        """Say what these settings will be able to tell, or what is wrong with them."""
        candidates = self._session.project.candidates.all()
        words = ""
        try:
            options = self.options()
        except ValueError:
            words = tr("A field holds no number; correct it or leave it empty.")
        else:
            if candidates:
                words = _foreseen(candidates, options)
        self._forecast.setText(words)
        self._forecast.setVisible(bool(words))

    # -- inside ------------------------------------------------------------------------------

    def _recall(self) -> None:
        self.precision.setCurrentIndex(self._memory.get("precision", 0))
        self.budget.setCurrentIndex(self._memory.get("budget", 1))
        self.load.setCurrentIndex(self._memory.get("load", 0))
        for name, edit in self._edits.items():
            edit.setText(self._memory.get(name, ""))

    def _keep(self) -> None:
        self._memory.update(
            precision=self.precision.currentIndex(),
            budget=self.budget.currentIndex(),
            load=self.load.currentIndex(),
            **{name: edit.text().strip() for name, edit in self._edits.items()},
        )
        self._show()
        self.refresh()

    def _turn(self) -> None:
        self._memory["all settings"] = not self._memory.get("all settings", False)
        self._show()

    def _show(self) -> None:
        opened = self._memory.get("all settings", False)
        self._more.setText(tr(_LOAD_BUTTON[opened]))
        self._rare.setVisible(opened)
        self._rate.setVisible(self.load.currentData() == LoadPattern.SERVER.value)


def _foreseen(candidates: list[Candidate], options: dict[str, Any]) -> str:
    try:
        return said(foreseen(candidates, **options))
    except PlanError as error:
        return said(error.said)
    except UnusableDataError:
        return ""  # no inputs can be made up for this model: the run will say what it needs


def _number(edit: QLineEdit) -> float | None:
    words = edit.text().replace(" ", "").strip()
    return float(words) if words else None


def _whole(edit: QLineEdit) -> int | None:
    words = edit.text().replace(" ", "").strip()
    return int(words) if words else None
