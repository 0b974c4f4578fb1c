"""A table as it stands: from CSV, TSV, XLSX and Parquet files, or pasted from a spreadsheet."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd

from advisor.portfolio.errors import PortfolioError
from advisor.sentences import sentence


def read_table(path: Path) -> pd.DataFrame:
    """A CSV, TSV, XLSX or Parquet file as it stands. Raises `PortfolioError`."""
    try:
        suffix = path.suffix.lower()
        if suffix == ".parquet":
            return pd.read_parquet(path)
        if suffix in (".xlsx", ".xlsm"):
            return pd.read_excel(path, dtype=object)
        if suffix in (".csv", ".tsv", ".txt"):
            return _separated(_decoded(path.read_bytes(), path.name))
    except FileNotFoundError as error:
        raise PortfolioError(
            sentence("There is no file {path}; check the name.", path=str(path))
        ) from error
    except PortfolioError:
        raise
    except Exception as error:  # openpyxl, pyarrow and pandas each raise their own
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


def _decoded(data: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise PortfolioError(
        sentence("{path} is not text in UTF-8 or Shift JIS; save it as UTF-8.", path=name)
    )


def _separated(text: str) -> pd.DataFrame:
    kept = [line for line in text.splitlines() if not line.startswith("#")]
    head = next((line for line in kept if line.strip()), "")
    if not head:
        raise PortfolioError(sentence("The table is empty; give a heading and at least one row."))
    separator = max(("\t", ";", ","), key=head.count)
    lines = "\n".join(kept)
    try:
        return pd.read_csv(io.StringIO(lines), sep=separator, dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise PortfolioError(
            sentence(
                "The text cannot be read as a table: {reason}.",
                reason=str(error).strip().rstrip("."),
            )
        ) from error
