"""Which columns of a data file feed which input of a model, and which column is the label.

The mapping is guessed, stated in `Workload.notes`, and can be given instead: `mapping` says for
each model input which array (.npz) or which columns feed it. The guess, in this order:
1. an array or column of the input's own name;
2. for the only input that is left: all columns (or the only array) that are left, in file order;
   columns of words (text, dates) are left out where the input takes numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from advisor.candidates.candidate import TensorSpec
from advisor.candidates.workload import UnusableDataError
from advisor.sentences import sentence

Mapped = Mapping[str, str | Sequence[str]]

_LABEL_NAMES = ("label", "labels", "y", "target", "class", "y_test", "default", "outcome")


@dataclass(frozen=True)
class DataFacts:
    """What a data file offers, for the reader who maps it: names, and the guesses."""

    names: tuple[str, ...]
    label: str | None
    mapping: dict[str, tuple[str, ...]]
    left_out: tuple[str, ...] = ()
    """Columns of words that no input takes, and that are neither label nor group."""


def guess_mapping(
    names: Sequence[str],
    inputs: Sequence[TensorSpec],
    label: str | None = None,
    mapping: Mapped | None = None,
    group: str | None = None,
    words: Collection[str] = (),
) -> DataFacts:
    """Which columns feed which input, and which column is the label.

    `words` are the columns that hold no numbers. Raises `UnusableDataError`.
    """
    given = {k: (v,) if isinstance(v, str) else tuple(v) for k, v in (mapping or {}).items()}
    asked = [*(c for used in given.values() for c in used), *(c for c in (label, group) if c)]
    for missing in (c for c in asked if c not in names):
        raise UnusableDataError(
            sentence(
                "The data has no column “{column}”; it has {known}.",
                column=missing,
                known=_some(names),
            )
        )
    input_names = {spec.name for spec in inputs}
    for unknown in given.keys() - input_names:
        raise UnusableDataError(
            sentence(
                "The model has no input “{input}”; it has {known}.",
                input=unknown,
                known=_some(sorted(input_names)),
            )
        )
    used = {c for columns in given.values() for c in columns}
    label = label or _guess_label(names, used | input_names)
    left = [n for n in names if n not in used and n not in (label, group)]
    for spec in inputs:
        if spec.name not in given and spec.name in left:
            given[spec.name] = (spec.name,)
            left.remove(spec.name)
    for spec in (s for s in inputs if s.name not in given):
        fit = [n for n in left if spec.dtype == "str" or n not in words] or left
        given[spec.name] = _columns_for(spec, fit, [s for s in inputs if s.name not in given])
        left = [n for n in left if n not in given[spec.name]]
    return DataFacts(tuple(names), label, given, tuple(n for n in left if n in words))


def _guess_label(names: Sequence[str], taken: set[str]) -> str | None:
    free = {n.lower(): n for n in names if n not in taken}
    return next((free[n] for n in _LABEL_NAMES if n in free), None)


def _columns_for(
    spec: TensorSpec, left: Sequence[str], waiting: Sequence[TensorSpec]
) -> tuple[str, ...]:
    prefixed = tuple(n for n in left if n.startswith((f"{spec.name}_", f"{spec.name}.")))
    if prefixed and len(waiting) > 1:
        return prefixed
    if len(waiting) == 1 and left:
        return tuple(left)
    raise UnusableDataError(
        sentence(
            "Nothing in the data fits the model's input “{input}”; say which columns feed it "
            "(the data has {known}).",
            input=spec.name,
            known=_some(left),
        )
    )


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(list(names)[:8])
    return shown + (" …" if len(names) > 8 else "") if names else "nothing"
