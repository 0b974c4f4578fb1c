"""Sheets of a workbook (XLSX) as grids of cells, the way a reader sees them.

A merged cell says the same in all its rows, a percentage is written as one, and a formula whose
result the file does not hold is shown as the formula, to be mended, rather than as an empty cell.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

Grid = list[list[object]]


def read_sheets(path: Path) -> dict[str, Grid]:
    """Every sheet that holds cells, by its name, in the workbook's order."""
    merged, formulas = _holds(path, (b"<mergeCell ", b"<f"))
    book = load_workbook(path, read_only=not merged, data_only=True)
    grids = {sheet.title: _grid(sheet.iter_rows()) for sheet in book.worksheets}
    if merged:
        for sheet in book.worksheets:
            for block in sheet.merged_cells.ranges:
                _spread(grids[sheet.title], block)
    book.close()
    if formulas:
        _show_formulas(path, grids)
    return {name: grid for name, grid in grids.items() if any(_any(row) for row in grid)}


def _grid(rows: Iterable[Sequence[Any]]) -> Grid:
    return [[_shown(cell) for cell in row] for row in rows]


def _shown(cell: Any) -> object:
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        # the value of 45 % is kept as 0.45
        return f"{100 * value!r}%" if "%" in (cell.number_format or "") else value
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def _spread(grid: Grid, block: Any) -> None:
    """The value of a merged block into its other rows; across columns it stays where it stands."""
    value = grid[block.min_row - 1][block.min_col - 1]
    for row in range(block.min_row, block.max_row):
        if row < len(grid) and block.min_col - 1 < len(grid[row]):
            grid[row][block.min_col - 1] = value


def _show_formulas(path: Path, grids: dict[str, Grid]) -> None:
    book = load_workbook(path, read_only=True, data_only=False)
    for sheet in book.worksheets:
        for row, cells in zip(grids[sheet.title], sheet.iter_rows(values_only=True), strict=False):
            for place, value in enumerate(cells[: len(row)]):
                if row[place] is None and isinstance(value, str) and value.startswith("="):
                    row[place] = value
    book.close()


def _any(row: list[object]) -> bool:
    return any(v is not None and str(v).strip() for v in row)


def _holds(path: Path, words: tuple[bytes, ...]) -> tuple[bool, ...]:
    """Whether any sheet's XML holds each of the words."""
    found = [False] * len(words)
    with zipfile.ZipFile(path) as packed:
        for name in packed.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                content = packed.read(name)
                found = [was or word in content for was, word in zip(found, words, strict=True)]
    return tuple(found)
