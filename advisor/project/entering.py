"""Operational options as they are entered: kept under a name of their own, hours read from a file.

A cascade is learnt first (`advisor.project.cascades`).
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path

from advisor.candidates.levers.lever import LeverError
from advisor.figures import Language
from advisor.project.operational import OperationalOption, Settings, suggested_name
from advisor.project.project import Project
from advisor.quantities import Provenance, Quantity, UnitError, conversion_factor
from advisor.sentences import sentence

_HOURS = 24


def keep_option(project: Project, settings: Settings, name: str = "") -> OperationalOption:
    """Put an option on the shelf."""
    option = named_option(project, settings, name)
    project.shelf("operational").put(option, action="option entered")
    return option


def named_option(
    project: Project, settings: Settings, name: str = "", language: Language = "en"
) -> OperationalOption:
    """The option, not yet kept; without a name it gets one in `language` that no other has."""
    shelf = project.shelf("operational")
    names = {c.key: c.name for c in project.candidates.all()}
    option = OperationalOption(name="", settings=settings)
    taken = {o.name for o in shelf.all() if o.key != option.key}
    suggested = suggested_name(settings, names).text(language)
    wanted = name or suggested.replace("\u00a0", " ")  # a name must be easy to type
    free = (w for n in itertools.count(2) for w in (f"{wanted} ({n})",) if w not in taken)
    return option.model_copy(update={"name": wanted if wanted not in taken else next(free)})


def share_of_percent(percent: float) -> float:
    """30 percent → 0.3."""
    return Quantity.exact(percent, "percent", Provenance.DECLARED, "as entered").to("1").value


def joules_of(words: str) -> float | None:
    """An energy as a person writes it (“2 µJ”, “0.5 mJ”, “0”), in joules; None where none is given.

    Raises `LeverError` for what is no energy, or one below 0.
    """
    written = words.replace(",", "").strip()
    if not written:
        return None
    number = re.match(r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?", written)
    refusal = LeverError(
        sentence("“{words}” is not an energy; write it with its unit, as 2 µJ or 0.5 mJ.",
                 words=words)
    )  # fmt: skip
    if number is None:
        raise refusal
    unit = written[number.end() :].strip() or ("J" if float(number.group()) == 0 else "")
    try:
        joules = float(number.group()) * conversion_factor(unit or "1", "J")
    except UnitError as error:
        raise refusal from error
    if joules < 0:
        raise refusal
    return joules


def read_hours(path: Path) -> tuple[float, ...]:
    """Grid intensity of each hour of a typical day, gCO2e/kWh, from 24 lines of a CSV file.

    The last number of each line counts; a heading is passed over. Raises `LeverError`.
    """
    try:
        lines = [line for line in path.read_text("utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise LeverError(
            sentence("{file} cannot be read ({reason}).", file=str(path), reason=str(error))
        ) from error
    found: list[float] = []
    for number, line in enumerate(lines):
        cell = line.replace(";", ",").split(",")[-1].strip()
        try:
            found.append(float(cell))
        except ValueError as error:
            if number == 0:
                continue
            raise LeverError(
                sentence(
                    "{file}, line {line}: “{cell}” is not a number; give gCO2e per kWh.",
                    file=path.name,
                    line=number + 1,
                    cell=cell,
                )
            ) from error
    if len(found) != _HOURS or min(found) < 0 or max(found) <= 0:
        raise LeverError(
            sentence(
                "{file} must give 24 grid intensities, one an hour from 0:00, none below 0; it has "
                "{n}.",
                file=path.name,
                n=len(found),
            )
        )
    return tuple(found)
