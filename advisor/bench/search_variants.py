"""The first half of a search: variants are made, checked and judged by the accuracy guard.

Where int8 breaks a limit, the per-layer sensitivity names the nodes that suffer, and it is tried
again with ever more of them kept in float.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator
from pathlib import Path
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
from advisor.candidates.apart import ApartError
from advisor.candidates.candidate import Candidate, UnusableModelError
from advisor.candidates.guard import GuardResult, guard
from advisor.candidates.inference import run_model
from advisor.candidates.levers import LeverError, MakingLever, is_ours, lever_named
from advisor.candidates.levers.mixed_int8 import sensitivity_of
from advisor.candidates.levers.sensitivity import LayerSensitivity, nodes_to_keep
from advisor.candidates.scoring import Answers
from advisor.candidates.workload import Task, UnusableDataError, Workload
from advisor.sentences import Sentence, sentence

_RETRY_SHARES = (0.5, 0.8, 0.95)
_RETRIED = {"int8-dynamic": "dynamic", "int8-static": "static"}
_MAKING_SHARE = 0.35
"""Share of a time budget in which a variant may still be begun; guarding may retry up to half."""
_RETRY_UNTIL = 0.5
_REFUSALS = (LeverError, UnusableModelError, UnusableDataError, ApartError)
_STRANGERS_LIMIT_S = 600.0
"""For levers that are not ours and do not set a limit of their own: they may hang."""


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
            made = (
                earlier.candidate
                if earlier
                else (yield from _made(state, entry, parents[entry.parent]))
            )
        except _REFUSALS as error:
            yield state.refused(entry, _named(entry, error.said, isinstance(error, ApartError)))
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
        except _REFUSALS as error:
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
            before = yield from self._answered(parent)
            after = yield from self._answered(variant)
            result = guard(plan.workload, before, after, plan.limits, plan.seed)
            self.results[variant.key] = result
            yield VariantGuarded(**self.state.stamp(), candidate=variant.key, result=result)
        result = self.results[variant.key]
        self.state.losses[variant.key] = counted_loss(result)
        self.state.loss_draws[variant.key] = result.loss_draws

    def _answered(self, candidate: Candidate) -> Generator[SearchEvent, None, Answers]:
        if candidate.sha256 not in self._answers:
            self._answers[candidate.sha256] = yield from self.state.worked(
                candidate.name, answers_of, candidate, self.state.plan.workload
            )
        return self._answers[candidate.sha256]


def answers_of(candidate: Candidate, workload: Workload) -> Answers:
    """What a candidate answers on labelled data. Raises `UnusableModelError`, `…DataError`."""
    outputs = run_model(candidate.path, workload.inputs, candidate.name)
    task = workload.task or Task.CLASSIFICATION
    labels: Any = workload.labels
    classes = None if task is Task.REGRESSION else np.unique(labels)
    return answers_from_outputs(outputs, task, classes)


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
            found = yield from state.worked(
                lever.name, sensitivity_of, parent, calibration, base, limit_s=_left_s(state)
            )
            layers = tuple(found)
            yield SensitivityFound(**state.stamp(), parent=parent.key, base=base, layers=layers)
        for share in _RETRY_SHARES:
            settings = {"base": base, "damage_share": share, "keep": nodes_to_keep(layers, share)}
            entry = Entry(parent=parent.key, lever=lever.name, settings=settings)
            earlier = _known(state, entry)
            if isinstance(earlier, VariantRefused):
                return
            made = earlier.candidate if earlier else (yield from _made(state, entry, parent))
            yield state.made(entry, made)
            state.takes_in(made, parent.key)
            yield from judge.judged(made)
            if judge.results[made.key].passes:
                return
            yield state.dropped(made.key, "guard", judge.results[made.key].breaches[0])
    except _REFUSALS as error:
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


def _made(state: State, entry: Entry, parent: Candidate) -> Generator[SearchEvent, None, Candidate]:
    plan = state.plan
    lever = lever_named(entry.lever, plan.own_levers)
    if not isinstance(lever, MakingLever):
        raise LeverError(sentence("“{name}” makes no file.", name=entry.lever))
    folder = plan.folder.absolute()  # the other process has a current folder of its own
    limits = [_left_s(state)] if is_ours(lever) else [_left_s(state), _STRANGERS_LIMIT_S]
    return (
        yield from state.worked(
            *(lever.name, make_with, lever, parent, folder, entry.settings, plan.calibration),
            limit_s=min((s for s in limits if s is not None), default=None),
        )
    )


def make_with(
    lever: MakingLever,
    parent: Candidate,
    folder: Path,
    settings: dict[str, Any],
    calibration: Workload | None,
) -> Candidate:
    """The variant that a lever makes. Raises `LeverError`."""
    return lever.make(parent, folder, settings=settings, calibration=calibration)


def _named(entry: Entry, said: Sentence, unexpected: bool) -> Sentence:
    """What went wrong with the lever's name before it, where the words do not hold it."""
    if not unexpected:
        return said
    return sentence("{lever}: {reason}", lever=entry.lever, reason=str(said))


def _left_s(state: State) -> float | None:
    """How long making and trying again may still take of the time budget; None: without end."""
    budget = state.plan.time_budget_s
    return None if budget is None else max(_RETRY_UNTIL * budget - state.at_s, 5.0)


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
    if any(t.data_location == onnx.TensorProto.EXTERNAL for t in model.graph.initializer):
        return candidate.key  # the weights are not in this file
    del model.metadata_props[:]
    return hashlib.sha256(model.SerializeToString(deterministic=True)).hexdigest()
