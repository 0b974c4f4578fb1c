"""The shelf of pathways and scenarios: shipped files, the user's own over them, NGFS files.

One file a family under `profiles/scenarios/`; a user's file of the same name adds pathways and
replaces those with the same key.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from advisor.profiles import Profile, profile_paths, read_profile
from advisor.risk.errors import RiskError
from advisor.risk.pathways import Driver, Pathway, Scenario, scenario_of
from advisor.risk.refusals import refused
from advisor.sentences import sentence

FOLDER = "scenarios"
FIRST_SCENARIO = "severe"
"""The scenario a stress test begins with, in the window and at the terminal alike."""
NGFS_BASELINE = "Current Policies"


@dataclass(frozen=True)
class Library:
    """Pathways and scenarios by key."""

    pathways: dict[str, Pathway]
    scenarios: dict[str, Scenario]

    def pathway(self, key: str) -> Pathway:
        """The pathway of a key. Raises `RiskError`."""
        if key not in self.pathways:
            raise RiskError(
                sentence(
                    "There is no scenario or pathway “{key}”; `risk scenarios` lists them.", key=key
                )
            )
        return self.pathways[key]

    def scenario(self, key: str) -> Scenario:
        """A scenario by its key; several keys or pathways joined by `+` are combined."""
        if key in self.scenarios:
            return self.scenarios[key]
        parts: list[Pathway] = []
        for part in (word.strip() for word in key.split("+")):
            if part in self.scenarios:
                parts += self.scenarios[part].pathways
            elif part in self.pathways:
                parts.append(self.pathways[part])
            else:
                raise RiskError(
                    sentence(
                        "There is no scenario or pathway “{key}”; `risk scenarios` lists them.",
                        key=part,
                    )
                )
        unique = list({p.key: p for p in parts}.values())
        return scenario_of(key, " + ".join(p.name for p in unique), unique)

    def baseline_of(self, pathway: Pathway) -> Pathway | None:
        """The pathway that the budget assumes: for NGFS, Current Policies of the same model."""
        return self.pathways.get(pathway.baseline) if pathway.baseline else None

    def spread(self, driver: Driver, scenario_name: str, region: str) -> pd.DataFrame:
        """All models of one published scenario side by side: a row a year, a column a model."""
        chosen = [
            p
            for p in self.pathways.values()
            if p.driver == driver and p.model and p.region == region and p.name == scenario_name
        ]
        return pd.DataFrame({str(p.model): pd.Series(p.values) for p in chosen}).sort_index()


def library(extra: Iterable[Pathway] = ()) -> Library:
    """Everything shipped and everything of the user's, and `extra`. Raises `RiskError`."""
    pathways, scenarios = _read_all(_state())
    pathways = {**pathways, **{p.key: p for p in extra}}
    made: dict[str, Scenario] = {}
    for raw, profile in scenarios:
        try:
            chosen = [pathways[key] for key in raw["pathways"]]
        except KeyError as error:
            raise RiskError(
                sentence(
                    "{file}: the scenario {key} names the pathway {name}, which is in no file; "
                    "correct it.",
                    file=profile.path.name,
                    key=str(raw.get("key")),
                    name=str(error.args[0]),
                )
            ) from error
        made[raw["key"]] = scenario_of(raw["key"], raw["name"], chosen)
    return Library(pathways, made)


def read_pathways(path: Path) -> list[Pathway]:
    """Pathways of one file: a profile in TOML, or an NGFS table in CSV. Raises `RiskError`."""
    profile = read_profile(path)
    if path.suffix == ".csv":
        return ngfs_pathways(pd.DataFrame(list(profile.rows)), f"{profile.name}", profile)
    return [_pathway(raw, profile) for raw in profile.document.get("pathway", [])]


def ngfs_pathways(rows: pd.DataFrame, file: str, profile: Profile | None) -> list[Pathway]:
    """Pathways from long NGFS rows: model, scenario, region, variable, unit, year, value."""
    origin = profile.header.source.split(". ")[0] if profile else f"imported from {file}"
    made: list[Pathway] = []
    for group, chosen in rows.groupby(["model", "scenario", "region", "unit"], sort=False):
        model, scenario, region, unit = (str(part) for part in group)
        made.append(
            Pathway(
                key=_ngfs_key(model, scenario, region),
                family="ngfs_phase5",
                name=scenario,
                driver=Driver.CARBON_PRICE,
                form="level",
                timing="calendar",
                unit=unit,
                region=region,
                model=model,
                values=dict(
                    zip(chosen["year"].astype(int), chosen["value"].astype(float), strict=True)
                ),
                source=f"{origin}; {model}, {scenario}, {region}",
                baseline=_ngfs_key(model, NGFS_BASELINE, region),
                file=f"{file} {profile.sha256[:12]}" if profile else file,
            )
        )
    return made


def _ngfs_key(model: str, scenario: str, region: str) -> str:
    return f"ngfs5:{model}:{scenario}:{region}"


def _state() -> tuple[tuple[str, int], ...]:
    return tuple(
        (str(path), path.stat().st_mtime_ns)
        for layers in profile_paths(FOLDER).values()
        for path in layers
    )


@lru_cache(maxsize=4)
def _read_all(
    state: tuple[tuple[str, int], ...],
) -> tuple[dict[str, Pathway], list[tuple[dict[str, Any], Profile]]]:
    pathways: dict[str, Pathway] = {}
    scenarios: dict[str, tuple[dict[str, Any], Profile]] = {}
    for name, _ in state:
        path = Path(name)
        if path.stem == "deflators":
            continue
        pathways.update({p.key: p for p in read_pathways(path)})
        profile = read_profile(path)
        scenarios.update(
            {raw["key"]: (raw, profile) for raw in profile.document.get("scenario", [])}
        )
    return pathways, list(scenarios.values())


def _pathway(raw: dict[str, Any], profile: Profile) -> Pathway:
    try:
        return Pathway(**raw, file=f"{profile.name} {profile.sha256[:12]}")
    except ValidationError as error:
        raise refused(error, profile.path.name, f"pathway {raw.get('key', '?')}") from error
