"""Fewer trees: an ensemble cut to its first trees.

Boosted models add one round of trees to the sum of those before, so the first rounds are a model of
their own: cutting the last ones is exact truncation. A forest averages its trees: a share of them,
rescaled, is the forest that fewer trees would have made. `accuracy_curve` shows accuracy against
the number of trees before one is chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, helper
from pydantic import BaseModel, ConfigDict

from advisor.candidates.answers import answers_from_outputs
from advisor.candidates.candidate import Candidate
from advisor.candidates.guard import Limits
from advisor.candidates.levers.file_lever import Change, Expected, FileLever, share_of
from advisor.candidates.levers.lever import LeverError, LeverKind, Settings
from advisor.candidates.levers.making import load_whole, run_whole
from advisor.candidates.metrics import metric_named, perfect, points, score
from advisor.candidates.operations import attribute
from advisor.candidates.workload import UnusableDataError, Workload
from advisor.sentences import Sentence, sentence

_CLASSIC = ("TreeEnsembleClassifier", "TreeEnsembleRegressor")
_FEWEST = 4
_LEAF_FIELDS = {
    "TreeEnsembleClassifier": ("class_treeids", "class_ids", "class_nodeids", "class_weights"),
    "TreeEnsembleRegressor": ("target_treeids", "target_ids", "target_nodeids", "target_weights"),
}


class CurvePoint(BaseModel):
    """Accuracy of an ensemble cut to some of its trees, in the metric's points."""

    model_config = ConfigDict(frozen=True)

    trees: int
    share: float
    accuracy_points: float


class TreeCurve(BaseModel):
    """Accuracy by number of trees on some rows; the last point is the whole ensemble."""

    model_config = ConfigDict(frozen=True)

    metric: str
    samples: int
    points: tuple[CurvePoint, ...]

    @property
    def too_good(self) -> bool:
        """Whether the whole ensemble makes no error, as on rows that trained it."""
        return perfect(self.metric, self.points[-1].accuracy_points)

    def least(self, limits: Limits) -> float | None:
        """The accuracy that the limits ask for here; None: higher is no better, or no limit."""
        if not metric_named(self.metric).higher_is_better:
            return None
        floors = [
            None if limits.most_loss_points is None
            else self.points[-1].accuracy_points - limits.most_loss_points,
            limits.floor_points,
        ]  # fmt: skip
        return max((f for f in floors if f is not None), default=None)


class FewerTrees(FileLever):
    """The lever `fewer-trees`."""

    name = "fewer-trees"
    kind = LeverKind.SHRINK
    title = sentence("Fewer trees")
    changes = sentence("The ensemble keeps only its first trees (whole boosting rounds).")
    risks = (
        sentence("Accuracy falls slowly at first, then quickly: look at the curve."),
        sentence("Probabilities of a shortened boosted model are less extreme."),
    )
    defaults: ClassVar[Settings] = {"keep_share": 0.5}
    """Of the trees."""
    expected = Expected(
        0.6,
        0.25,
        1.05,
        "comparisons left after keeping a tenth to three quarters of the trees; own measurement: "
        "0.30 to 0.81",
    )

    def obstacle(self, candidate: Candidate) -> Sentence | None:
        """No tree ensemble, or too few trees."""
        if "ai.onnx.ml::TreeEnsemble" in candidate.facts.operators:
            return sentence(
                "Ensembles of the newest form (TreeEnsemble, ai.onnx.ml 5) cannot be cut yet; "
                "export with target opset 4 of ai.onnx.ml."
            )
        if not any(f"ai.onnx.ml::{name}" in candidate.facts.operators for name in _CLASSIC):
            return sentence("The model has no trees.")
        return None

    def variants(self, candidate: Candidate) -> tuple[dict[str, Any], ...]:
        """From three quarters of the trees to a tenth."""
        return tuple({"keep_share": share} for share in (0.5, 0.75, 0.25, 0.1))

    def changed(
        self, model: ModelProto, candidate: Candidate, settings: Settings, data: Workload | None
    ) -> Change:
        """The shorter ensemble."""
        before, after = truncate(model, share_of(settings, "keep_share"))
        if after >= before:
            raise LeverError(sentence("The ensemble has only {trees} trees.", trees=before))
        return Change(model, {"trees_before": before, "trees": after})


def accuracy_curve(
    candidate: Candidate,
    workload: Workload,
    shares: Sequence[float] = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
) -> TreeCurve:
    """Accuracy against the number of trees, on rows that do not judge.

    Raises `LeverError`, `UnusableDataError`.
    """
    obstacle = LEVER.obstacle(candidate)
    if obstacle:
        raise LeverError(obstacle)
    if workload.labels is None or workload.task is None or workload.metric is None:
        raise UnusableDataError(sentence("The curve needs labelled data."))
    curve: dict[int, CurvePoint] = {}
    for share in sorted(shares):
        model = load_whole(candidate)
        _, trees = truncate(model, share)
        outputs = run_whole(model, workload.inputs, candidate.name)
        answers = answers_from_outputs(outputs, workload.task, np.unique(workload.labels))
        value = score(workload.metric, workload.labels, answers)
        curve[trees] = CurvePoint(
            trees=trees, share=share, accuracy_points=points(workload.metric, value)
        )
    return TreeCurve(metric=workload.metric, samples=workload.samples, points=tuple(curve.values()))


def truncate(model: ModelProto, share: float) -> tuple[int, int]:
    """Cut every ensemble of the model in place; returns trees before and after."""
    before = after = 0
    for node in model.graph.node:
        if node.op_type in _CLASSIC:
            had, has = _truncate_node(node, share)
            before, after = before + had, after + has
    return before, after


def _truncate_node(node: NodeProto, share: float) -> tuple[int, int]:
    leaf_tree, leaf_class, _, weights = _LEAF_FIELDS[node.op_type]
    trees = np.unique(_array(node, "nodes_treeids"))
    owners, classes = _array(node, leaf_tree), _array(node, leaf_class)
    a_round = _trees_a_round(owners, classes)
    rounds = max(len(trees) // a_round, 1)
    count = min(max(round(rounds * share), 1) * a_round, len(trees))
    count = max(count, min(_FEWEST, len(trees)))
    kept = trees[:count]
    scale = len(trees) / count if _averages(node, owners, weights) else 1.0
    for group, owner in (("nodes_", _array(node, "nodes_treeids")), (leaf_tree[:-7], owners)):
        inside = np.isin(owner, kept)
        for entry in node.attribute:
            if entry.name.startswith(group) and _length(entry) == len(inside):
                _keep(entry, inside)
    for entry in node.attribute:
        if entry.name == weights and scale != 1.0:
            scaled = (np.asarray(entry.floats, np.float64) * scale).tolist()
            del entry.floats[:]
            entry.floats.extend(scaled)
    return len(trees), count


def _trees_a_round(owners: NDArray[np.int64], classes: NDArray[np.int64]) -> int:
    """Boosting for K classes grows K trees a round, each for one class; else one tree a round."""
    order = np.argsort(owners, kind="stable")
    _, starts = np.unique(owners[order], return_index=True)
    single = all(len(set(part)) == 1 for part in np.split(classes[order], starts[1:]))
    return len(np.unique(classes)) if single else 1


def _averages(node: NodeProto, owners: NDArray[np.int64], weights: str) -> bool:
    """Whether the ensemble is a mean of trees: then what is left must be scaled up.

    A classifier whose trees all carry the same total weight per leaf holds shares of a vote; a
    regressor whose trees all have about the same mean holds a mean. `AVERAGE` divides by itself.
    """
    if attribute(node, "aggregate_function", b"SUM") != b"SUM":
        return False
    values = np.asarray(attribute(node, weights, []), np.float64)
    _, place = np.unique(owners, return_inverse=True)
    if node.op_type == "TreeEnsembleClassifier":
        leaves = np.stack([owners, _array(node, "class_nodeids")])
        _, leaf = np.unique(leaves, axis=1, return_inverse=True)
        totals = np.bincount(np.ravel(leaf), values)
        count = place.max() + 1
        return bool((values >= 0).all() and np.allclose(totals, 1.0 / count, rtol=1e-3))
    means = np.bincount(place, values) / np.bincount(place)
    centre = means.mean()
    return bool(len(means) > 1 and np.all(np.sign(means) == np.sign(centre)) and
                means.std() < 0.25 * abs(centre))  # fmt: skip


def _array(node: NodeProto, name: str) -> NDArray[np.int64]:
    return np.asarray(attribute(node, name, []), np.int64)


def _length(entry: Any) -> int:
    return max(len(entry.ints), len(entry.floats), len(entry.strings))


def _keep(entry: Any, inside: NDArray[np.bool_]) -> None:
    values = helper.get_attribute_value(entry)
    kept = [value for value, wanted in zip(values, inside, strict=True) if wanted]
    made = helper.make_attribute(entry.name, kept)
    made.type = entry.type
    entry.CopyFrom(made)


LEVER = FewerTrees()
