"""Tree ensembles: their values and the comparisons one sample needs.

A sample walks one path in every tree. Which one depends on the data; the graph only tells the
depths of the leaves. The figure is the mean leaf depth summed over the trees (one comparison a
level) plus one addition for each leaf weight collected; the interval runs from the shallowest to
the deepest leaf of every tree, which bounds any data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from advisor.candidates.operations import attribute

TREE_OPERATORS = frozenset(("TreeEnsembleClassifier", "TreeEnsembleRegressor", "TreeEnsemble"))

_BYTES_PER_NODE = 12
"""Feature index, threshold and child index, as a compact walk touches them."""


@dataclass(frozen=True)
class Ensemble:
    """What one tree-ensemble operator holds."""

    trees: int
    branches: int
    leaves: int
    leaf_weights: int
    mean_path: float
    """Comparisons for one sample: mean leaf depth, summed over trees."""
    shortest_path: float
    longest_path: float
    additions: float

    @property
    def parameters(self) -> int:
        """Thresholds and leaf weights."""
        return self.branches + self.leaf_weights

    @property
    def touched_bytes(self) -> float:
        """Bytes of nodes that one sample's paths touch."""
        return _BYTES_PER_NODE * (self.mean_path + self.trees)


def read_ensemble(node: NodeProto) -> Ensemble:
    """The ensemble of a `TREE_OPERATORS` node (ai.onnx.ml 1 to 5)."""
    return _modern(node) if node.op_type == "TreeEnsemble" else _classic(node)


def _ints(node: NodeProto, name: str) -> NDArray[np.int64]:
    return np.asarray(attribute(node, name, []), dtype=np.int64)


def _classic(node: NodeProto) -> Ensemble:
    tree, ids = _ints(node, "nodes_treeids"), _ints(node, "nodes_nodeids")
    modes = np.asarray(attribute(node, "nodes_modes", []))
    leaf = modes == b"LEAF"
    position = {(int(t), int(i)): n for n, (t, i) in enumerate(zip(tree, ids, strict=True))}
    yes, no = _ints(node, "nodes_truenodeids"), _ints(node, "nodes_falsenodeids")
    children = np.full((len(tree), 2), -1)
    for n in np.flatnonzero(~leaf):
        t = int(tree[n])
        children[n] = position[t, int(yes[n])], position[t, int(no[n])]
    prefix = "class" if node.op_type == "TreeEnsembleClassifier" else "target"
    weights = len(_ints(node, f"{prefix}_nodeids"))
    return _ensemble(children, leaf, tree, weights)


def _modern(node: NodeProto) -> Ensemble:
    """`TreeEnsemble` of ai.onnx.ml 5: inner nodes and leaves are numbered apart."""
    yes, no = _ints(node, "nodes_truenodeids"), _ints(node, "nodes_falsenodeids")
    yes_leaf, no_leaf = _ints(node, "nodes_trueleafs"), _ints(node, "nodes_falseleafs")
    inner, leaves = len(yes), len(_ints(node, "leaf_targetids"))
    children = np.full((inner + leaves, 2), -1)
    children[:inner, 0] = np.where(yes_leaf == 1, inner + yes, yes)
    children[:inner, 1] = np.where(no_leaf == 1, inner + no, no)
    leaf = np.arange(inner + leaves) >= inner
    roots = _ints(node, "tree_roots")
    tree = np.full(inner + leaves, -1)
    for number, root in enumerate(roots):
        reached = [int(root)]
        while reached:
            n = reached.pop()
            tree[n] = number
            reached.extend(int(c) for c in children[n] if c >= 0 and tree[c] != number)
    return _ensemble(children, leaf, tree, leaves)


def _ensemble(
    children: NDArray[np.int64], leaf: NDArray[np.bool_], tree: NDArray[np.int64], weights: int
) -> Ensemble:
    depth = _depths(children, leaf)
    numbers, owner = np.unique(tree[leaf], return_inverse=True)
    depths = depth[leaf].astype(float)
    counts = np.bincount(owner)
    mean = np.bincount(owner, depths) / counts
    shortest = np.full(len(numbers), np.inf)
    np.minimum.at(shortest, owner, depths)
    longest = np.zeros(len(numbers))
    np.maximum.at(longest, owner, depths)
    leaves = int(leaf.sum())
    return Ensemble(
        trees=len(numbers),
        branches=int((~leaf).sum()),
        leaves=leaves,
        leaf_weights=weights,
        mean_path=float(mean.sum()),
        shortest_path=float(shortest.sum()),
        longest_path=float(longest.sum()),
        additions=len(numbers) * weights / max(leaves, 1),
    )


def _depths(children: NDArray[np.int64], leaf: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Depth of every node, level by level from the roots."""
    has_parent = np.zeros(len(leaf), bool)
    has_parent[children[~leaf].ravel()] = True
    depth = np.zeros(len(leaf), np.int64)
    level, reached = 0, np.flatnonzero(~has_parent)
    while len(reached):
        depth[reached] = level
        below = children[reached[~leaf[reached]]].ravel()
        level, reached = level + 1, below
        if level > len(leaf):
            break  # a cycle: a damaged ensemble; ONNX Runtime will refuse it
    return depth


def stored_bytes(node: NodeProto) -> int:
    """Bytes of an ensemble as the file stores it (whole numbers take 1 to 10 bytes there)."""
    return sum(entry.ByteSize() for entry in node.attribute)
