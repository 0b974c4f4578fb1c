"""Rules the bank sets, as readable TOML, tried on the portfolio before they bind.

    [[rule]]
    name = "unused"
    then = "propose retirement"
    when = [
      { field = "calls_last_90_days", is = "below", value = 300 },
      { field = "fallback_loss", is = "at most", value = 1.0 },
    ]

All conditions of a rule must hold; an unknown value never fulfils a condition, and how many models
a rule could not judge is said. `fallback_loss` is the model's metric less its named fallback's.
"""

from __future__ import annotations

import difflib
import tomllib
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from advisor.portfolio.errors import PortfolioError
from advisor.portfolio.option_table import direction
from advisor.portfolio.review import POLICY, Decision, propose
from advisor.sentences import sentence

EXAMPLE = """[[rule]]
name = "unused or replaceable"
then = "propose retirement"
when = [
  { field = "calls_last_90_days", is = "below", value = 300 },
  { field = "fallback_loss", is = "at most", value = 1.0 },
]
"""


class Condition(BaseModel):
    """One comparison of a field with a value."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    field: str
    test: Literal["below", "at most", "above", "at least", "equal to"] = Field(alias="is")
    value: float | str

    @model_validator(mode="after")
    def _comparable(self) -> Condition:
        if self.test != "equal to" and isinstance(self.value, str):
            raise ValueError(f"“{self.test}” needs a number, not “{self.value}”")
        return self


class Rule(BaseModel):
    """Conditions that must all hold, and what follows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    then: Literal["propose retirement", "watch"]
    """`watch` only lists the models it meets."""
    when: tuple[Condition, ...]

    @field_validator("when")
    @classmethod
    def _some(cls, when: tuple[Condition, ...]) -> tuple[Condition, ...]:
        if not when:
            raise ValueError("a rule needs at least one condition, or it would meet every model")
        return when


class Trial(BaseModel):
    """What a rule would do to the portfolio today."""

    model_config = ConfigDict(frozen=True)

    rule: Rule
    models: tuple[str, ...]
    undecided: tuple[str, ...]
    """Models about which a condition cannot be judged, none being known to fail."""
    carbon_kg: float
    """Carbon of the models it meets, where known."""


def read_rules(text: str) -> list[Rule]:
    """Rules from TOML. Raises `PortfolioError` with the place of the mistake."""
    try:
        tables = tomllib.loads(text).get("rule", [])
    except tomllib.TOMLDecodeError as error:
        raise PortfolioError(
            sentence("The rules are no valid TOML: {reason}.", reason=str(error))
        ) from error
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        raise PortfolioError(sentence("A rule begins with [[rule]], in two pairs of brackets."))
    if not tables:
        raise PortfolioError(sentence("The text holds no rule; write at least one table [[rule]]."))
    rules = [_rule(number, table) for number, table in enumerate(tables, start=1)]
    names = [r.name for r in rules]
    for name in names:
        if names.count(name) > 1:
            raise PortfolioError(
                sentence("Two rules are called “{name}”; give each its own name.", name=name)
            )
    return rules


def _rule(number: int, table: dict[str, Any]) -> Rule:
    try:
        return Rule.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        # people count conditions from 1
        where = " ".join(str(p + 1) if isinstance(p, int) else str(p) for p in first["loc"])
        raise PortfolioError(
            sentence(
                "The rule “{name}” cannot be used: {where}: {reason}.",
                name=str(table.get("name") or number),
                where=where,
                reason=first["msg"].removeprefix("Value error, "),
            )
        ) from error


def try_rule(rule: Rule, inventory: pd.DataFrame, footprint: pd.DataFrame) -> Trial:
    """The models a rule meets today. Raises `PortfolioError` for a field nobody knows."""
    table = _judged(inventory, footprint)
    holds = np.ones(len(table), bool)
    unknown = np.zeros(len(table), bool)
    for condition in rule.when:
        column = _asked(rule, condition, table)
        known = column.notna().to_numpy()
        holds &= _compared(column, condition) | ~known
        unknown |= ~known
    met = holds & ~unknown
    return Trial(
        rule=rule,
        models=tuple(table.loc[met, "id"]),
        undecided=tuple(table.loc[holds & unknown, "id"]),
        carbon_kg=float(table.loc[met, "carbon_kg_location"].sum()),
    )


def _asked(rule: Rule, condition: Condition, table: pd.DataFrame) -> pd.Series:
    """The column of a condition. Raises `PortfolioError` where it cannot be compared."""
    if condition.field not in table.columns:
        like = difflib.get_close_matches(condition.field, list(table.columns), 1) or ["tier"]
        raise PortfolioError(
            sentence(
                "The rule “{rule}” asks for “{field}”, which the inventory does not have; the "
                "nearest is “{like}”.",
                rule=rule.name,
                field=condition.field,
                like=like[0],
            )
        )
    column = table[condition.field]
    known = column.dropna()
    words = len(known) > 0 and pd.to_numeric(known, errors="coerce").isna().all()
    if condition.test != "equal to" and words:
        raise PortfolioError(
            sentence(
                "The rule “{rule}” compares “{field}” with a number, but it holds words or dates; "
                "use “equal to”.",
                rule=rule.name,
                field=condition.field,
            )
        )
    return column


def _judged(inventory: pd.DataFrame, footprint: pd.DataFrame) -> pd.DataFrame:
    extra = [c for c in footprint.columns if c not in inventory.columns]
    table = pd.concat([inventory, footprint[extra]], axis=1)
    score = inventory["metric_value"] * direction(inventory["metric"])
    by_id = dict(zip(inventory["id"], zip(inventory["metric"], score, strict=True), strict=True))
    backs = [by_id.get(str(f), (None, np.nan)) for f in inventory["fallback"]]
    same = np.array(
        [b[0] is not None and b[0] == m for b, m in zip(backs, inventory["metric"], strict=True)]
    )
    table["fallback_loss"] = np.where(same, score - np.array([b[1] for b in backs], float), np.nan)
    return table


def _compared(column: pd.Series, condition: Condition) -> NDArray[np.bool_]:
    if condition.test == "equal to":
        return np.asarray(column == condition.value, bool)
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(float)
    value = float(condition.value)  # checked when the rules were read
    with np.errstate(invalid="ignore"):
        match condition.test:
            case "below":
                return numbers < value
            case "at most":
                return numbers <= value
            case "above":
                return numbers > value
            case _:
                return numbers >= value


def proposals(
    trial: Trial, options: pd.DataFrame, inventory: pd.DataFrame, on: date
) -> tuple[list[Decision], tuple[str, ...]]:
    """A proposal for each model a rule meets, by its most saving retirement; and the ids without.

    A rule that only watches proposes nothing. A model without an option of retirement (never to be
    touched, or nothing known of it) gets no proposal: somebody has to look at it.
    """
    if trial.rule.then == "watch":
        return [], ()
    rows = options[(options["kind"] == "retire") & options["id"].isin(trial.models)]
    best = rows.sort_values("saved_kg", ascending=False).drop_duplicates("id")
    by, reason = f"{POLICY}{trial.rule.name}", _in_words(trial.rule)
    made = [propose(row, inventory, by, on, reason) for _, row in best.iterrows()]
    without = set(trial.models) - {d.model_id for d in made}
    return made, tuple(sorted(without))


def _in_words(rule: Rule) -> str:
    return "; ".join(
        f"{c.field} {c.test} {c.value:g}"
        if isinstance(c.value, float)
        else f"{c.field} {c.test} {c.value}"
        for c in rule.when
    )
