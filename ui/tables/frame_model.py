"""The model behind `FrameTable`: a frame, the order its rows are shown in, and its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from advisor.figures import number_text, written
from advisor.quantities import Provenance, Quantity
from ui.figures.provenance import provenance_word
from ui.i18n import language, tr
from ui.tables.cell import Cell

KEY = Qt.ItemDataRole.UserRole + 1
CELL = Qt.ItemDataRole.UserRole + 2
Index = QModelIndex | QPersistentModelIndex
NOTHING = QModelIndex()


@dataclass(frozen=True)
class Column:
    """One column: its name in the frame, its heading, and how its cells are shown.

    kind `figure` has `_low`, `_high`, `_provenance` beside it, and `_unit` where its unit is not
    the column's; `number` is a count; `share` a
    fraction shown in percent. `words` translates codes. `log` draws intervals on a log scale.
    """

    name: str
    title: str
    kind: Literal["text", "number", "figure", "share"] = "text"
    unit: str = "1"
    stretch: bool = False
    width: int | None = None
    words: Mapping[str, str] = field(default_factory=dict[str, str])
    log: bool = False
    hint: str = ""
    strong: bool = False
    bar: bool = True
    """Whether the interval is drawn."""
    order_by: str = ""
    """Another column of the frame by which this one sorts."""
    places: int | None = None
    """Decimals of a number or a share, where the usual ones would hide a difference."""


class FrameModel(QAbstractTableModel):
    """Rows of a frame by an index array; sorting and filtering only change the array."""

    def __init__(self, columns: Sequence[Column], key: str | None) -> None:
        super().__init__()
        self.columns = list(columns)
        self._key = key
        self._frame = pd.DataFrame()
        self._order: np.ndarray = np.arange(0)
        self._whole: np.ndarray | None = None
        self._data: dict[str, Any] = {}
        self._keys: list[str] = []
        self._scales: dict[str, tuple[float, float]] = {}
        self._sorted: tuple[int, Qt.SortOrder] | None = None
        self._wanted = ""
        self._haystack: pd.Series | None = None

    # -- rows --------------------------------------------------------------------------------

    def show_frame(self, frame: pd.DataFrame) -> None:
        """Show another frame, in the order and filter chosen before."""
        self.beginResetModel()
        self._frame = frame
        self._data = {str(c): _cells(frame[c]) for c in frame.columns}
        keys = frame[self._key] if self._key else frame.index.to_series()
        self._keys = [str(k) for k in keys.tolist()]
        self._haystack = self._whole = None
        self._scales = {c.name: self._scale(c) for c in self.columns if c.kind == "figure"}
        self._arrange()
        self.endResetModel()

    def shown_frame(self) -> pd.DataFrame:
        """The rows as shown, with all their columns."""
        return self._frame.iloc[self._order]

    def row_of(self, key: str) -> int | None:
        """Where the row of a key is shown."""
        for row, number in enumerate(self._order.tolist()):
            if self._keys[number] == key:
                return row
        return None

    def filter(self, text: str) -> None:
        """Keep only rows that contain the text."""
        self.beginResetModel()
        self._wanted = text.strip().casefold()
        self._arrange()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.layoutAboutToBeChanged.emit()
        self._sorted = (column, order) if column >= 0 else None
        self._whole = None
        self._arrange()
        self.layoutChanged.emit()

    # -- what Qt asks ------------------------------------------------------------------------

    def rowCount(self, parent: Index = NOTHING) -> int:
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: Index = NOTHING) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.hint or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft
            if column.kind in ("number", "share"):
                side = Qt.AlignmentFlag.AlignRight
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == KEY:
            return self._keys[int(self._order[index.row()])]
        if role == CELL:
            return self.cell(index.row(), index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self.cell(index.row(), index.column()).text
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.plain_text(index.row(), index.column())
        return None

    # -- cells -------------------------------------------------------------------------------

    def cell(self, row: int, column: int) -> Cell:
        """What is to be drawn in a cell."""
        spec = self.columns[column]
        number = int(self._order[row])
        value = self._value(spec.name, number)
        right = spec.kind in ("number", "share")
        if _missing(value):
            return Cell("–", right=right, faint=True)
        if spec.kind == "figure":
            return self._figure(spec, number, float(value))
        if spec.kind == "number":
            whole = float(value).is_integer() or abs(value) >= 1000
            places = (0 if whole else 2) if spec.places is None else spec.places
            return Cell(number_text(float(value), places), right=True)
        if spec.kind == "share":
            return Cell(f"{100 * float(value):,.{spec.places or 0}f} %", right=True)
        return Cell(spec.words.get(str(value), str(value)), strong=spec.strong)

    def plain_text(self, row: int, column: int) -> str:
        """A cell in words, with interval and provenance."""
        cell = self.cell(row, column)
        if cell.provenance is None:
            return cell.text
        return tr(
            "{figure} ({interval}, {provenance})",
            figure=cell.text,
            interval=cell.interval,
            provenance=provenance_word(cell.provenance),
        )

    def _figure(self, spec: Column, number: int, value: float) -> Cell:
        low = self._value(f"{spec.name}_low", number)
        high = self._value(f"{spec.name}_high", number)
        provenance = self._value(f"{spec.name}_provenance", number)
        unit = self._value(f"{spec.name}_unit", number)
        known = not (_missing(low) or _missing(high))
        quantity = Quantity(
            value=value,
            low=float(low) if known else value,
            high=float(high) if known else value,
            unit=spec.unit if _missing(unit) else str(unit),
            provenance=Provenance.IMPORTED if _missing(provenance) else Provenance(provenance),
            source="",
        )
        shown = written(quantity, language.code)
        return Cell(
            shown.text,
            interval=shown.interval,
            value=value,
            low=quantity.low,
            high=quantity.high,
            provenance=None if _missing(provenance) else str(provenance),
            scale=self._scales[spec.name] if spec.bar and known else None,
            log=spec.log,
        )

    def _value(self, name: str, number: int) -> Any:
        column = self._data.get(name)
        return None if column is None else column[number]

    def _scale(self, spec: Column) -> tuple[float, float]:
        ends = [
            pd.to_numeric(self._frame[name], errors="coerce")
            for name in (f"{spec.name}_low", f"{spec.name}_high", spec.name)
            if name in self._frame
        ]
        if not ends or not len(self._frame):
            return (0.0, 1.0)
        together = pd.concat(ends).replace([np.inf, -np.inf], np.nan).dropna()
        if spec.log:
            together = together[together > 0]
        if together.empty:
            return (0.0, 1.0)
        low, high = float(together.min()), float(together.max())
        return (low, high) if spec.log else (min(low, 0.0), max(high, 0.0))

    # -- order -------------------------------------------------------------------------------

    def _arrange(self) -> None:
        """Filter what is in order; words are sorted once, not for every letter of a filter."""
        if self._whole is None:
            self._whole = self._in_order()
        self._order = self._whole
        if self._wanted:
            self._order = self._whole[self._matches()[self._whole]]

    def _in_order(self) -> np.ndarray:
        order = np.arange(len(self._frame))
        if self._sorted is not None and len(order):
            column, direction = self._sorted
            spec = self.columns[column]
            name = spec.order_by or spec.name
            if name in self._frame:
                values = self._frame[name]
                if spec.kind == "text" and not spec.order_by:
                    values = values.astype("string").str.casefold()
                values = values.reset_index(drop=True)
                ascending = direction == Qt.SortOrder.AscendingOrder
                order = values.sort_values(
                    ascending=ascending, kind="stable", na_position="last"
                ).index.to_numpy()
        return order

    def _matches(self) -> np.ndarray:
        if self._haystack is None:
            shown = [c.name for c in self.columns if c.kind == "text" and c.name in self._frame]
            texts = [self._frame[n].astype(str).replace(self._words(n)) for n in shown]
            joined = texts[0] if texts else pd.Series("", index=self._frame.index)
            for more in texts[1:]:
                joined = joined + " " + more
            self._haystack = joined.str.casefold()
        return self._haystack.str.contains(self._wanted, regex=False).to_numpy(dtype=bool)

    def _words(self, name: str) -> dict[str, str]:
        return next((dict(c.words) for c in self.columns if c.name == name), {})


def _cells(column: pd.Series) -> Any:
    """Values by position, without a copy where the column has them as they are shown."""
    return column.tolist() if column.dtype.kind in "mM" else column.to_numpy()


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and value != value)
