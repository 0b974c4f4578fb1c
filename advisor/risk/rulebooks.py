"""The bank's own rules over the shipped ones: kept as new versions, with who, when and why.

A rule book is one profile of `profiles/frameworks/`. The bank's own version lies under the same
name in the user's profiles and replaces the shipped one; what it replaced goes into `history/`
beside it, so that no version is ever lost. A document is taken only if the reader of its book
accepts it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from advisor.profiles import (
    Profile,
    profile_paths,
    read_profile,
    shipped_profiles_folder,
    user_profiles_folder,
)
from advisor.risk import rule_settings
from advisor.risk.appetite import read_appetite
from advisor.risk.bank import read_bank_figures
from advisor.risk.capital import read_pillar2_rule
from advisor.risk.dependence import read_dependence
from advisor.risk.errors import RiskError
from advisor.risk.rule_settings import Document, RuleSetting, settings_of
from advisor.risk.taxonomy import read_taxonomy
from advisor.risk.toml_text import toml_text
from advisor.sentences import sentence

_FOLDER = "frameworks"
_BANK_OPTIONAL: tuple[rule_settings.Path, ...] = (
    ("bank", "budget_carbon_price_per_t"),
    ("bank", "cet1_capital"),
    ("bank", "risk_weighted_assets"),
    ("bank", "outage_cost_per_hour", "1"),
    ("bank", "outage_cost_per_hour", "2"),
    ("bank", "outage_cost_per_hour", "3"),
    ("bank", "outage_cost_per_hour", "4"),
    ("bank", "remediation_cost"),
)


@dataclass(frozen=True)
class Rulebook:
    """One profile that the bank may change."""

    key: str
    title: str
    file: str
    read: Callable[[Path], object]
    """Reads and checks a file; raises `RiskError`."""
    optional: tuple[rule_settings.Path, ...] = ()
    """Settings that may be absent and are offered empty."""
    grows: tuple[rule_settings.Path, ...] = ()
    """Tables to which names may be added: a region, an exchange rate."""


_BANK_TABLES: tuple[rule_settings.Path, ...] = (
    ("bank", "power_price_per_kwh"),
    ("bank", "exchange"),
)
RULEBOOKS: dict[str, Rulebook] = {
    book.key: book
    for book in (
        Rulebook("appetite", "Appetite and limits", "ai_carbon_appetite.toml", read_appetite),
        Rulebook("scoring", "Drivers, scores and controls", "ai_carbon_risk.toml", read_taxonomy),
        Rulebook(
            "bank",
            "The bank's figures",
            "bank_figures.toml",
            read_bank_figures,
            _BANK_OPTIONAL,
            _BANK_TABLES,
        ),
        Rulebook(
            "fictitious_bank",
            "Figures of the fictitious bank",
            "bank_figures_fictitious.toml",
            read_bank_figures,
            _BANK_OPTIONAL,
            _BANK_TABLES,
        ),
        Rulebook("pillar2", "Add-on under Pillar 2", "pillar2_rule.toml", read_pillar2_rule),
        Rulebook(
            "dependence",
            "Spreads and dependence",
            "ai_carbon_dependence.toml",
            read_dependence,
        ),
    )
}


@dataclass(frozen=True)
class RuleVersion:
    """One version of a rule book."""

    version: str
    by: str
    """Empty for the shipped one."""
    on: str
    reason: str
    sha256: str
    path: Path
    in_force: bool


def rulebook(key: str) -> Rulebook:
    """The rule book of a key. Raises `RiskError`."""
    if key not in RULEBOOKS:
        raise RiskError(
            sentence(
                "There is no rule book “{key}”; use one of {choices}.",
                key=key,
                choices=", ".join(RULEBOOKS),
            )
        )
    return RULEBOOKS[key]


def in_force(book: Rulebook) -> Profile:
    """The version in force: the bank's own, else the shipped one. Raises `ProfileError`."""
    return read_profile(profile_paths(_FOLDER)[book.file][-1])


def rules_of(book: Rulebook, document: Document | None = None) -> list[RuleSetting]:
    """The settings of a document (of the version in force), absent optional ones at the end."""
    found = in_force(book).document if document is None else document
    return settings_of(found, book.optional)


def checked(book: Rulebook, document: Document) -> None:
    """Read the document as the program would. Raises `RiskError` in one sentence."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _FOLDER / book.file
        path.parent.mkdir()
        header = in_force(book).header.model_dump(mode="json")
        path.write_text(toml_text({"header": header, **document}), "utf-8")
        book.read(path)


def keep_rules(book: Rulebook, document: Document, by: str, on: date, reason: str) -> RuleVersion:
    """Make a document the version in force; what it replaces stays in the history.

    Raises `RiskError` for rules that do not hold, no name, no reason, or a folder that cannot be
    written.
    """
    if not by.strip():
        raise RiskError(sentence("Who does this? Give a name."))
    if not reason.strip():
        raise RiskError(sentence("A change of the rules needs a reason; write one."))
    checked(book, document)
    old = in_force(book)
    if document == old.document:
        raise RiskError(sentence("Nothing was changed."))
    shipped = read_profile(profile_paths(_FOLDER)[book.file][0])
    version = _next([v.version for v in versions(book)])
    header: dict[str, Any] = {
        **old.header.model_dump(mode="json"),
        "source": f"the bank's own version {version}, by {by.strip()} on {on.isoformat()} "
        f"({reason.strip()}); based on: {shipped.header.source}",
        "checked": on.isoformat(),
        "provenance": "declared",
        "version": version,
        "changed_by": by.strip(),
        "changed_on": on.isoformat(),
        "reason": reason.strip(),
        "replaces_sha256": old.sha256,
    }
    folder = user_profiles_folder() / _FOLDER
    target = folder / book.file
    try:
        (folder / "history").mkdir(parents=True, exist_ok=True)
        if target.exists():
            kept = folder / "history" / f"{target.stem}-{_version(old)}.toml"
            kept.write_bytes(target.read_bytes())
        draft = target.with_suffix(".draft")
        draft.write_text(toml_text({"header": header, **document}), "utf-8")
        draft.replace(target)
    except OSError as error:
        raise RiskError(
            sentence(
                "{file} cannot be written: {reason}.", file=str(target), reason=str(error.strerror)
            )
        ) from error
    return next(v for v in versions(book) if v.in_force)


def versions(book: Rulebook) -> list[RuleVersion]:
    """Every version there is, the shipped one first, the one in force last."""
    folder = user_profiles_folder() / _FOLDER
    past = sorted(
        (folder / "history").glob(f"{Path(book.file).stem}-*.toml"), key=lambda p: p.stat().st_mtime
    )
    paths = [shipped_profiles_folder() / _FOLDER / book.file, *past]
    own = folder / book.file
    if own.exists():
        paths.append(own)
    return [_as_version(read_profile(path), path == paths[-1]) for path in paths]


def restore(book: Rulebook, version: str, by: str, on: date) -> RuleVersion:
    """An earlier version in force again, as a new version. Raises `RiskError`."""
    found = next((v for v in versions(book) if v.version == version), None)
    if found is None:
        raise RiskError(
            sentence(
                "There is no version {version} of {file}; choose one of the list.",
                version=version,
                file=book.file,
            )
        )
    return keep_rules(
        book, read_profile(found.path).document, by, on, f"version {version} restored"
    )


def _as_version(profile: Profile, in_force: bool) -> RuleVersion:
    extra = profile.header.model_extra or {}
    return RuleVersion(
        version=_version(profile),
        by=str(extra.get("changed_by", "")),
        on=str(extra.get("changed_on", profile.header.checked)),
        reason=str(extra.get("reason", "")),
        sha256=profile.sha256,
        path=profile.path,
        in_force=in_force,
    )


def _version(profile: Profile) -> str:
    return str((profile.header.model_extra or {}).get("version", "1"))


def _next(known: list[str]) -> str:
    """The next whole number after all there are: 1.0, 2, 3 …"""
    numbers = [float(v) for v in known if v.replace(".", "", 1).isdigit()]
    return str(int(max(numbers, default=0.0)) + 1)
