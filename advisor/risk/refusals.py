"""Why a rule or a pathway is refused: a sentence in either language in place of the checker's."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from advisor.risk.errors import RiskError
from advisor.sentences import Sentence, sentence

_TABLES = {
    "limits": "indicator",
    "drivers": "driver",
    "controls": "control",
    "transmissions": "transmission",
    "correlations": "correlation",
}
"""Fields of our nouns whose table has another name in the file."""
_BOUNDS = {
    "less_than_equal": ("le", "{where} is {value}; it must be at most {bound}."),
    "less_than": ("lt", "{where} is {value}; it must be below {bound}."),
    "greater_than_equal": ("ge", "{where} is {value}; it must be at least {bound}."),
    "greater_than": ("gt", "{where} is {value}; it must be above {bound}."),
}
_NO_NUMBER = ("float_parsing", "float_type", "int_parsing", "int_type", "int_from_float")


def refused(error: ValidationError, file: str, table: str = "") -> RiskError:
    """The first problem of a document: where it stands and what to do."""
    first = error.errors()[0]
    kind, context, value = first["type"], first.get("ctx", {}), str(first.get("input"))
    cause = context.get("error")
    if isinstance(cause, RiskError):
        return cause
    names = [_TABLES.get(str(part), str(part)) for part in first["loc"]]
    path = ".".join([table, *names] if table else names)
    where = f"{file}, {path}" if path else file
    if kind in _BOUNDS:
        bound, template = _BOUNDS[kind]
        return RiskError(sentence(template, where=where, value=value, bound=f"{context[bound]:g}"))
    if kind == "literal_error":
        return RiskError(_one_of(where, value, context))
    if kind == "finite_number" or kind in _NO_NUMBER:
        return RiskError(
            sentence("{where} is “{text}”, not a number; correct it.", where=where, text=value)
        )
    if kind in ("missing", "too_short", "too_long"):
        return RiskError(
            sentence("{where} lacks a value or has one too many; correct it.", where=where)
        )
    if kind == "extra_forbidden":
        return RiskError(
            sentence("{where} is no setting of this program; take it out.", where=where)
        )
    return RiskError(sentence("{where}: {problem}.", where=where, problem=first["msg"]))


def _one_of(where: str, value: str, context: dict[str, Any]) -> Sentence:
    choices = str(context["expected"]).replace("'", "").replace(" or ", ", ")
    return sentence(
        "{where} is “{value}”; use one of {choices}.", where=where, value=value, choices=choices
    )
