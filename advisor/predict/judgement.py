"""The table of all contenders and rivals, judged by nested validation, kept as plain data.

The judgement of the shipped runs takes minutes and is shipped (`profiles/predict/judgement.toml`);
it counts only for the runs it was made on (`advisor.predict.shipping` makes it anew). Anybody can
judge anew, with the local runs among them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict

from advisor.predict import blend, intervals, process, validation
from advisor.predict.field import contenders, knowledge_in, rivals
from advisor.predict.learning import label
from advisor.predict.prior import FOLDER, PRIOR_COLUMNS
from advisor.predict.rows import measured_rows
from advisor.predict.scores import Score
from advisor.predict.validation import validate
from advisor.profiles import profile_paths, read_profile

JUDGEMENT = "judgement.toml"


class Judgement(BaseModel):
    """Scores of every contender on left-out groups, the nested choice first, rivals last."""

    model_config = ConfigDict(frozen=True)

    runs_sha256: str
    rules: str = ""
    """Digest of contenders and settings that made it (`rules_digest`); empty in older ones."""
    made_on: str
    """ISO date."""
    leave_out: str
    runs: int
    groups: int
    chosen: dict[str, int]
    """How often each contender was chosen, by bundle of groups left out."""
    scores: tuple[Score, ...]


def runs_digest(runs: pd.DataFrame) -> str:
    """Digest by which a judgement knows its runs."""
    return hashlib.sha256(runs.to_csv(index=False).encode()).hexdigest()


def rules_digest(runs: pd.DataFrame) -> str:
    """Digest of what decides the scores of runs beside the runs: the field, and its settings."""
    rows, _, _ = measured_rows(runs, PRIOR_COLUMNS)
    field = [
        label(c)
        for knowledge in knowledge_in(rows)
        for c in contenders(rows, knowledge, "family", few=False)
    ]
    rules = {
        "field": sorted(field),
        "rivals": [label(r) for r in rivals(rows)],
        "blend": [blend.POWER, blend.WORST],
        "folds": [validation.MOST_FOLDS, validation.MOST_BUNDLES, validation.FEW_FOLDS],
        "intervals": [validation.LEVELS, intervals.FEW_GROUPS],
        "rows": [validation.MOST_RUNS, process.MOST_ROWS, process.PARTS],
    }
    return hashlib.sha256(json.dumps(rules).encode()).hexdigest()[:16]


def judge(
    runs: pd.DataFrame,
    made_on: str,
    leave_out: Literal["family", "device"] = "family",
    *,
    progress: Callable[[int, int], None] | None = None,
    processes: int = 2,
) -> Judgement:
    """Judge the whole field on runs with the columns of the shipped ones: minutes.

    Raises `UnusableTableError`; what `progress` raises ends the work.
    """
    found = validate(runs, PRIOR_COLUMNS, leave_out, progress=progress, processes=processes)
    return Judgement(
        runs_sha256=runs_digest(runs),
        rules=rules_digest(runs),
        made_on=made_on,
        leave_out=leave_out,
        runs=found.runs,
        groups=found.groups,
        chosen=found.chosen,
        scores=tuple(found.scores),
    )


def shipped_judgement() -> Judgement | None:
    """The judgement shipped beside the runs; None where there is none."""
    paths = profile_paths(FOLDER, JUDGEMENT).get(JUDGEMENT, [])
    if not paths:
        return None
    profile = read_profile(paths[-1])
    return Judgement.model_validate({**profile.document, "made_on": profile.header.checked})


def as_profile(judgement: Judgement) -> str:
    """The text of the shipped file."""
    plain = judgement.model_dump(mode="json", exclude_none=True, exclude={"scores", "made_on"})
    lines = [f"{name} = {_written(value)}" for name, value in plain.items()]
    header = {
        "source": "Carbon Advisor: nested validation on the shipped runs of this folder",
        "checked": judgement.made_on,
        "licence": "Apache-2.0",
        "unit": "shares, 0 to 1; Kendall's tau, R2 of log energy and widths as numbers",
        "provenance": "estimated",
    }
    lines += ["", "[header]", *(f"{name} = {_written(value)}" for name, value in header.items())]
    for each in judgement.scores:
        lines += ["", "[[scores]]"]
        fields = each.model_dump(mode="json", exclude_none=True)
        lines += [f"{name} = {_written(value)}" for name, value in fields.items()]
    return "\n".join(lines) + "\n"


def _written(value: Any) -> str:
    """A value in TOML; numbers to six digits."""
    if isinstance(value, dict):
        inside = ", ".join(f"{json.dumps(k)} = {_written(v)}" for k, v in value.items())
        return "{ " + inside + " }"
    if isinstance(value, float):
        return repr(float(f"{value:.6g}"))
    return json.dumps(value, ensure_ascii=False)
