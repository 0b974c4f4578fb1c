"""What the user adds to the shelf: NGFS files, own pathways, own combinations of pathways.

All of it lies in the user's own profiles and is read like the shipped files. Own pathways and
scenarios stand in `own.toml`; a key that is there already is replaced.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from advisor.profiles import read_profile, user_profiles_folder
from advisor.risk.errors import RiskError
from advisor.risk.library import FOLDER, Library, ngfs_pathways
from advisor.risk.pathways import Pathway, Scenario, scenario_of
from advisor.risk.toml_text import toml_text
from advisor.sentences import sentence

OWN_FILE = "own.toml"
_NGFS_VARIABLE = "Price|Carbon"
_WIDE_ID = ("Model", "Scenario", "Region", "Variable", "Unit")


def import_ngfs(path: Path) -> list[Pathway]:
    """Carbon price pathways from a full export of the NGFS Scenario Explorer (CSV or XLSX).

    Wide layout of the explorer: Model, Scenario, Region, Variable, Unit, then a column a year. Only
    rows of `Price|Carbon` are taken; everything stays on the user's machine. Raises `RiskError`.
    """
    try:
        table = pd.read_excel(path) if path.suffix == ".xlsx" else pd.read_csv(path)
    except FileNotFoundError as error:
        raise RiskError(
            sentence("There is no file {file}; check the name.", file=str(path))
        ) from error
    except (OSError, ValueError) as error:
        raise RiskError(
            sentence(
                "{file} cannot be read as a table: {reason}.", file=str(path), reason=str(error)
            )
        ) from error
    table.columns = [str(c).strip() for c in table.columns]
    renamed = {c: c.title() for c in table.columns if c.title() in _WIDE_ID}
    table = table.rename(columns=renamed)
    lacking = [c for c in _WIDE_ID if c not in table.columns]
    if lacking:
        raise RiskError(
            sentence(
                "{file} has no column {name}; export it from the NGFS Scenario Explorer.",
                file=str(path),
                name=lacking[0],
            )
        )
    years = [c for c in table.columns if c.isdigit()]
    prices = table[table["Variable"] == _NGFS_VARIABLE]
    if prices.empty or not years:
        raise RiskError(
            sentence(
                "{file} holds no row of {name} with years; choose it on export.",
                file=str(path),
                name=_NGFS_VARIABLE,
            )
        )
    long = prices.melt(list(_WIDE_ID), years, "year", "value").dropna(subset=["value"])
    long.columns = [c.lower() for c in long.columns]
    return ngfs_pathways(long, path.name, None)


def keep_pathways(pathways: Iterable[Pathway], origin: Path) -> Path:
    """Write imported carbon price pathways into the user's own profiles; returns the file.

    A file of the same name is replaced. Raises `RiskError` where the folder cannot be written.
    """
    target = user_profiles_folder() / FOLDER / f"ngfs_imported_{origin.stem}.csv"
    rows = [
        {
            "model": p.model,
            "scenario": p.name,
            "region": p.region,
            "variable": _NGFS_VARIABLE,
            "unit": p.unit,
            "year": year,
            "value": value,
        }
        for p in pathways
        for year, value in p.values.items()
    ]
    header = (
        f"# source: imported by the user from {origin.name}\n"
        f"# checked: not checked by this program\n"
        "# licence: terms of the NGFS Scenario Explorer; for the user's own use\n"
        "# unit: see column unit\n# provenance: imported\n"
    )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(header + pd.DataFrame(rows).to_csv(index=False), "utf-8")
    except OSError as error:
        raise RiskError(
            sentence(
                "{file} cannot be written: {reason}.", file=str(target), reason=str(error.strerror)
            )
        ) from error
    return target


def keep_scenario(name: str, keys: Iterable[str], shelf: Library, by: str, on: date) -> Scenario:
    """Keep a combination of pathways (or of scenarios' pathways) under a name. Raises `RiskError`.

    Two levels of one driver are refused: nothing is averaged.
    """
    if not name.strip():
        raise RiskError(sentence("A scenario needs a name; write one."))
    pathways = {p.key: p for key in keys for p in shelf.scenario(key).pathways}
    if not pathways:
        raise RiskError(sentence("A scenario needs at least one pathway; choose some."))
    made = scenario_of(_key(name), name.strip(), pathways.values())
    _keep("scenario", {"key": made.key, "name": made.name, "pathways": list(pathways)}, by, on)
    return made


def keep_pathway(pathway: Pathway, by: str, on: date) -> Pathway:
    """Keep a pathway of the user's own. Raises `RiskError`."""
    fields = pathway.model_dump(mode="json", exclude_defaults=True, exclude={"file"})
    if pathway.values:
        fields["values"] = {str(year): value for year, value in pathway.values.items()}
    _keep("pathway", fields, by, on)
    return pathway


def remove_own(key: str, by: str, on: date) -> None:
    """Take an own pathway or scenario away. Raises `RiskError` where it is none, or is in use."""
    document = _own()
    for entry in document.get("scenario", []):
        if key in entry["pathways"]:
            raise RiskError(
                sentence("The scenario “{name}” uses it; remove that first.", name=entry["name"])
            )
    kept = {
        kind: [entry for entry in document.get(kind, []) if entry["key"] != key]
        for kind in ("pathway", "scenario")
    }
    if all(len(kept[kind]) == len(document.get(kind, [])) for kind in kept):
        raise RiskError(sentence("Only what you added yourself can be removed."))
    _write(kept, by, on)


def own_keys() -> frozenset[str]:
    """Keys of the user's own pathways and scenarios."""
    document = _own()
    entries = [*document.get("pathway", []), *document.get("scenario", [])]
    return frozenset(str(entry["key"]) for entry in entries)


def values_by_year(text: str) -> dict[int, float]:
    """Values typed as `2027: 100, 2030: 150` (or `1: 2.0` counted from the first year).

    Raises `RiskError`.
    """
    found: dict[int, float] = {}
    for part in text.replace(";", ",").split(","):
        if not part.strip():
            continue
        year, _, value = part.partition(":")
        try:
            found[int(year)] = float(value)
        except ValueError:
            raise RiskError(
                sentence(
                    "“{part}” is no year and value; write 2027: 100, 2030: 150.", part=part.strip()
                )
            ) from None
    return found


def _key(name: str) -> str:
    return "own_" + "_".join("".join(c if c.isalnum() else " " for c in name.casefold()).split())


def _path() -> Path:
    return user_profiles_folder() / FOLDER / OWN_FILE


def _own() -> dict[str, Any]:
    return read_profile(_path()).document if _path().exists() else {}


def _keep(kind: str, entry: dict[str, Any], by: str, on: date) -> None:
    document = _own()
    others = [each for each in document.get(kind, []) if each["key"] != entry["key"]]
    _write({**document, kind: [*others, entry]}, by, on)


def _write(document: dict[str, Any], by: str, on: date) -> None:
    header = {
        "source": f"the bank's own, last changed by {by.strip() or 'unknown'}",
        "checked": on.isoformat(),
        "licence": "the bank's own",
        "unit": "see each pathway",
        "provenance": "declared",
    }
    target = _path()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_suffix(".draft")
        draft.write_text(toml_text({"header": header, **document}), "utf-8")
        draft.replace(target)
    except OSError as error:
        raise RiskError(
            sentence(
                "{file} cannot be written: {reason}.", file=str(target), reason=str(error.strerror)
            )
        ) from error
