"""A table as it stands: from CSV, TSV, XLSX and Parquet files, or pasted from a spreadsheet.

Its index, named `row`, is the number of each row as a spreadsheet shows it. Lines above the heading
(a title, a date, comments) are passed over: the heading is the row in which most cells name a field
of the inventory, else the first row with more than one cell.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

import pandas as pd

from advisor.portfolio.errors import PortfolioError
from advisor.portfolio.mapping import names_field
from advisor.portfolio.workbook import Grid, read_sheets
from advisor.sentences import Sentence, sentence

ROW = "row"
BEYOND = "(beyond the headings)"
"""Column of what stands to the right of the last heading: such a row has a separator too many."""
_HEAD_ROWS = 30
_LONGEST_NAME = 80
_LIKELY = 0.5
"""Share of letters outside ASCII that stand side by side in Japanese text, not in accented."""
csv.field_size_limit(2**24)


def read_table(path: Path) -> pd.DataFrame:
    """A CSV, TSV, XLSX or Parquet file as it stands. Raises `PortfolioError`."""
    try:
        suffix = path.suffix.lower()
        if suffix == ".parquet":
            return pd.read_parquet(path)
        if suffix in (".xlsx", ".xlsm"):
            return _of_workbook(path)
        if suffix in (".csv", ".tsv", ".txt"):
            return _separated(_decoded(path.read_bytes(), path.name))
    except FileNotFoundError as error:
        raise PortfolioError(
            sentence("There is no file {path}; check the name.", path=str(path))
        ) from error
    except PortfolioError:
        raise
    except Exception as error:  # openpyxl, pyarrow and zipfile each raise their own
        raise PortfolioError(
            sentence(
                "{path} cannot be read as a table: {reason}.",
                path=path.name,
                reason=(str(error) or type(error).__name__).splitlines()[0].rstrip("."),
            )
        ) from error
    raise PortfolioError(
        sentence(
            "{path} is none of the tables this program reads; give CSV, XLSX or Parquet.",
            path=path.name,
        )
    )


def read_pasted(text: str) -> pd.DataFrame:
    """A table pasted from a spreadsheet (tabs) or as CSV. Raises `PortfolioError`."""
    if not text.strip():
        raise PortfolioError(sentence("The clipboard holds no table; copy the cells first."))
    return _separated(text)


# -- files -------------------------------------------------------------------------------------


def _of_workbook(path: Path) -> pd.DataFrame:
    """The sheet whose heading names most fields; the first of those that name as many."""
    sheets = read_sheets(path)
    if not sheets:
        raise PortfolioError(_empty())
    heads = {name: _heading(grid) for name, grid in sheets.items()}
    best = max(sheets, key=lambda name: heads[name][1])
    return _framed(sheets[best], heads[best][0])


def _decoded(data: bytes, name: str) -> str:
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp932", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "cp932" or _reads_as_japanese(text):
            return text
    raise PortfolioError(
        sentence(
            "{path} is not text in UTF-8, Shift JIS or Windows-1252; save it as UTF-8.", path=name
        )
    )


def _reads_as_japanese(text: str) -> bool:
    """Kana and kanji stand side by side; accented letters read as Shift JIS stand alone."""
    foreign = [not c.isascii() for c in text]
    beside = sum(
        1
        for before, here, after in zip(
            [False, *foreign], foreign, [*foreign[1:], False], strict=False
        )
        if here and (before or after)
    )
    return beside >= _LIKELY * sum(foreign)


def _separated(text: str) -> pd.DataFrame:
    separator = _separator(text)
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        rows: Grid = [list(line) for line in lines]
    except csv.Error as error:
        raise PortfolioError(
            sentence("The text cannot be read as a table: {reason}.", reason=str(error).rstrip("."))
        ) from error
    if not any(any(str(c).strip() for c in row) for row in rows[:_HEAD_ROWS]):
        raise PortfolioError(_empty())
    made = _framed(rows, _heading(rows)[0])
    made.attrs["separator"] = separator
    return made


def _separator(text: str) -> str:
    """The mark by which most of the first lines have equally many cells, and more than one."""

    def merit(mark: str) -> tuple[bool, float, int]:
        rows = csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=mark)
        widths = Counter(len(r) for r, _ in zip(rows, range(200), strict=False) if len(r) > 1)
        if not widths:
            return False, 0.0, 0
        width, count = widths.most_common(1)[0]
        return True, float(count), width

    return max((",", "\t", ";", "|"), key=merit)


# -- the heading -------------------------------------------------------------------------------


def _heading(rows: Grid) -> tuple[int, int]:
    """Position of the heading, and how many fields it names."""
    named = [_fields_named(row) for row in rows[:_HEAD_ROWS]]
    if named and max(named) > 0:
        return named.index(max(named)), max(named)
    wide = [n for n, row in enumerate(rows[:_HEAD_ROWS]) if sum(_filled(c) for c in row) > 1]
    first = next((n for n, row in enumerate(rows) if any(map(_filled, row))), 0)
    return (wide[0] if wide else first), 0


def _fields_named(row: list[object]) -> int:
    named = {names_field(c) for c in row if isinstance(c, str) and 0 < len(c) < _LONGEST_NAME}
    return len(named - {None})


def _framed(rows: Grid, at: int) -> pd.DataFrame:
    """The rows under the heading as a table; columns nobody named and nobody filled are left."""
    names = ["" if c is None else str(c).strip() for c in rows[at]] if rows else []
    while names and not names[-1]:
        names.pop()
    width = len(names)
    body = rows[at + 1 :]
    if not width or not any(any(map(_filled, row)) for row in body):
        raise PortfolioError(_empty())
    columns = dict(enumerate(_distinct(names)))
    whole = pd.DataFrame(body, dtype=object)
    made = whole.reindex(columns=range(width)).rename(columns=columns)
    beyond = [" ".join(str(c) for c in row[width:] if _filled(c)) for row in body]
    if any(beyond):
        made[BEYOND] = pd.Series(beyond, dtype=object)
    numbers = range(at + 2, at + 2 + len(body))
    made.index = pd.Index(numbers, name=ROW)
    nameless = [n for place, n in columns.items() if not names[place]]
    made = made.drop(columns=[n for n in nameless if not made[n].map(_filled).any()])
    return made[[any(map(_filled, row)) for row in body]]


def _distinct(names: list[str]) -> list[str]:
    """Names of columns, none twice; a column without one is numbered."""
    seen: Counter[str] = Counter()
    made: list[str] = []
    for place, name in enumerate(names, start=1):
        own = name or f"(no heading {place})"
        seen[own] += 1
        made.append(own if seen[own] == 1 else f"{own} ({seen[own]})")
    return made


def _filled(cell: object) -> bool:
    return cell is not None and str(cell).strip() != ""


def _empty() -> Sentence:
    return sentence("The table is empty; give a heading and at least one row.")
