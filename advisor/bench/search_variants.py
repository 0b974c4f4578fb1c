"""The first half of a search: variants are made, checked and judged by the accuracy guard.

Where int8 breaks a limit, the per-layer sensitivity names the nodes that suffer, and it is tried
again with ever more of them kept in float.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx

from advisor.bench.search_events import (
    SearchEvent,
    SensitivityFound,
    VariantGuarded,
    VariantMade,
    VariantRefused,
)
from advisor.bench.search_halving import counted_loss
from advisor.bench.search_plan import Entry
from advisor.bench.search_state import State
from advisor.candidates.answers import answers_from_outputs
from advisor.candidates.candidate import Candidate, UnusableModelError
from advisor.candidates.guard import GuardResult, guard
from advisor.candidates.inference import run_model
from advisor.candidates.levers import LeverError, MakingLever, lever_named
from advisor.candidates.levers.mixed_int8 import sensitivity_of
from advisor.candidates.levers.sensitivity import LayerSensitivity, nodes_to_keep
from advisor.candidates.metrics import Answers
from advisor.candidates.workload import Task, UnusableDataError
from advisor.sentences import sentence

_RETRY_SHARES = (0.5, 0.8, 0.95)
_RETRIED = {"int8-dynamic": "dynamic", "int8-static": "static"}
_MAKING_SHARE = 0.35
"""Share of a time budget in which a variant may still be begun; guarding may retry up to half."""
_RETRY_UNTIL = 0.5


def make_all(state: State) -> Iterator[SearchEvent]:
    """Make every wanted variant, those with the best expectation first; copies are dropped."""
    plan = state.plan
    yield state.stage("make", len(plan.wanted), sentence("making variants"))
    parents = {p.key: p for p in plan.parents}
    contents: dict[tuple[str, str], str] = {}
    slowest_s = 0.0
    for entry in sorted(plan.wanted, key=_expected):
        earlier = _known(state, entry)
        if isinstance(earlier, VariantRefused):
            continue
        begun_s = state.at_s
        if earlier is None and _too_late(state, _MAKING_SHARE, slowest_s):
            yield state.refused(
                entry,
                sentence("The time for making variants was spent before its turn; allow more."),
            )
            continue
        try:
            made = earlier.candidate if earlier else _made(state, entry, parents[entry.parent])
        except (LeverError, UnusableModelError, UnusableDataError) as error:
            yield state.refused(entry, error.said)
            continue
        slowest_s = max(slowest_s, state.at_s - begun_s)
        yield state.made(entry, made)
        state.takes_in(made, entry.parent)
        same = contents.setdefault((entry.parent, _content(made)), made.name)
        if same != made.name:
            said = sentence("It came out the same as {other}.", other=same)
            yield state.dropped(made.key, "make", said)


def guard_all(state: State) -> Iterator[SearchEvent]:
    """Compare every variant's answers with its parent's; without labels nothing is known."""
    plan = state.plan
    if plan.workload.labels is None or plan.workload.metric is None:
        return
    yield state.stage("guard", len(state.variants), sentence("comparing answers with the parent's"))
    judge = _Judge(state)
    for key, variant in list(state.variants.items()):
        try:
            yield from judge.judged(variant)
        except (UnusableModelError, UnusableDataError) as error:
            yield state.dropped(key, "guard", error.said)
            continue
        result = judge.results[key]
        if not result.passes:
            yield state.dropped(key, "guard", result.breaches[0])
            yield from _retried(state, judge, variant)


class _Judge:
    """Answers on the evaluation data, kept by content, and the guard's results."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.results: dict[str, GuardResult] = {
            e.candidate: e.result for e in state.done if isinstance(e, VariantGuarded)
        }
        self._answers: dict[str, Answers] = {}

    def judged(self, variant: Candidate) -> Iterator[SearchEvent]:
        """The guard's verdict, as an event where it is new."""
        if variant.key not in self.results:
            plan = self.state.plan
            parent = self.state.parent_of(variant.key)
            before, after = self._answered(parent), self._answered(variant)
            result = guard(plan.workload, before, after, plan.limits, plan.seed)
            self.results[variant.key] = result
            yield VariantGuarded(**self.state.stamp(), candidate=variant.key, result=result)
        self.state.losses[variant.key] = counted_loss(self.results[variant.key])

    def _answered(self, candidate: Candidate) -> Answers:
        if candidate.sha256 not in self._answers:
            workload: Any = self.state.plan.workload
            outputs = run_model(candidate.path, workload.inputs, candidate.name)
            task = workload.task or Task.CLASSIFICATION
            classes = None if task is Task.REGRESSION else np.unique(workload.labels)
            self._answers[candidate.sha256] = answers_from_outputs(outputs, task, classes)
        return self._answers[candidate.sha256]


def _retried(state: State, judge: _Judge, variant: Candidate) -> Iterator[SearchEvent]:
    """Int8 hurt: again, with the nodes in float that cause most of the damage."""
    base, calibration = _RETRIED.get(variant.lever or ""), state.plan.calibration
    parent, lever = state.parent_of(variant.key), lever_named("mixed-int8")
    if base is None or calibration is None or lever.obstacle(parent):
        return
    if any(c.lever_settings.get("base") == base for c in _children(state, parent)):
        return  # tried already
    entry = Entry(parent=parent.key, lever=lever.name, settings={"base": base})
    if _too_late(state, _RETRY_UNTIL):
        said = sentence("The time budget leaves no room for looking for sensitive nodes.")
        yield state.refused(entry, said)
        return
    try:
        layers = _layers_known(state, parent.key, base)
        if layers is None:
            layers = tuple(sensitivity_of(parent, calibration, base))
            yield SensitivityFound(**state.stamp(), parent=parent.key, base=base, layers=layers)
        for share in _RETRY_SHARES:
            settings = {"base": base, "damage_share": share, "keep": nodes_to_keep(layers, share)}
            entry = Entry(parent=parent.key, lever=lever.name, settings=settings)
            earlier = _known(state, entry)
            if isinstance(earlier, VariantRefused):
                return
            made = earlier.candidate if earlier else _made(state, entry, parent)
            yield state.made(entry, made)
            state.takes_in(made, parent.key)
            yield from judge.judged(made)
            if judge.results[made.key].passes:
                return
            yield state.dropped(made.key, "guard", judge.results[made.key].breaches[0])
    except (LeverError, UnusableModelError, UnusableDataError) as error:
        yield state.refused(entry, error.said)


def _children(state: State, parent: Candidate) -> list[Candidate]:
    return [c for c in state.variants.values() if state.roots[c.key] == parent.key]


def _layers_known(state: State, parent: str, base: str) -> tuple[LayerSensitivity, ...] | None:
    return next(
        (
            e.layers
            for e in state.done
            if isinstance(e, SensitivityFound) and (e.parent, e.base) == (parent, base)
        ),
        None,
    )


def _known(state: State, entry: Entry) -> VariantMade | VariantRefused | None:
    """What an earlier part of the search found of this entry, if the file is still there."""
    for event in reversed(state.done):
        if isinstance(event, VariantRefused) and event.entry == entry.id:
            return event
        if isinstance(event, VariantMade) and event.entry == entry.id:
            return event if event.candidate.path.is_file() else None
    return None


def _made(state: State, entry: Entry, parent: Candidate) -> Candidate:
    lever = lever_named(entry.lever, state.plan.own_levers)
    if not isinstance(lever, MakingLever):
        raise LeverError(sentence("“{name}” makes no file.", name=entry.lever))
    plan = state.plan
    return lever.make(parent, plan.folder, settings=entry.settings, calibration=plan.calibration)


def _too_late(state: State, share: float, next_s: float = 0.0) -> bool:
    budget = state.plan.time_budget_s
    return budget is not None and state.at_s + next_s > share * budget


def _expected(entry: Entry) -> float:
    ratio = entry.expected_energy_ratio
    return ratio.value if ratio else 1.0


def _content(candidate: Candidate) -> str:
    """Digest of what is run: graph and weights without metadata, and the run options."""
    if candidate.run_options:
        return candidate.key
    model = onnx.load(str(candidate.path), load_external_data=False)
    del model.metadata_props[:]
    return hashlib.sha256(model.SerializeToString(deterministic=True)).hexdigest()
