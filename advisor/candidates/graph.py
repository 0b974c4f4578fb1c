"""Facts read from a model's graph, without running it: `read_candidate(path) -> Candidate`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from onnx import ModelProto, TensorProto, ValueInfoProto

from advisor.candidates.candidate import Candidate, GraphFacts, TensorSpec, UnusableModelError
from advisor.candidates.graph_walk import all_nodes, domain_of, opsets
from advisor.candidates.graph_work import count_work, free_inputs
from advisor.candidates.model_file import digest, load_proto
from advisor.candidates.trees import TREE_OPERATORS
from advisor.candidates.weights import precision_of, read_weights

_FAMILIES: tuple[tuple[str, frozenset[str]], ...] = (
    ("transformer", frozenset(("Attention", "MultiHeadAttention", "QAttention"))),
    ("rnn", frozenset(("LSTM", "GRU", "RNN", "DynamicQuantizeLSTM"))),
    ("cnn", frozenset(("Conv", "QLinearConv", "ConvInteger", "FusedConv"))),
    ("trees", TREE_OPERATORS),
    ("svm", frozenset(("SVMClassifier", "SVMRegressor"))),
)
_PRODUCTS = frozenset(
    [
        "MatMul",
        "Gemm",
        "MatMulInteger",
        "QLinearMatMul",
        "MatMulNBits",
        "DynamicQuantizeMatMul",
        "FusedMatMul",
    ]
)


class Refusal(NamedTuple):
    """A file that cannot be a candidate, and why."""

    path: Path
    error: UnusableModelError


def read_candidate(path: Path | str, axes: Mapping[str, int] | None = None) -> Candidate:
    """A model file with its facts.

    `axes` gives sizes of dynamic axes other than the batch, by the axis' name. Raises
    `UnusableModelError` with one sentence for every file that cannot be measured.
    """
    path = Path(path)
    model = load_proto(path)
    return Candidate(
        name=_name(path),
        path=path.resolve(),
        sha256=digest(path, model),
        facts=graph_facts(model, axes),
        family=family_of(model),
        **_lineage(model),
    )


def read_candidates(paths: Iterable[Path | str]) -> tuple[list[Candidate], list[Refusal]]:
    """Many files or folders (their `.onnx` files, also deeper); bad ones do not stop the rest."""
    candidates: list[Candidate] = []
    refusals: list[Refusal] = []
    for path in _files(paths):
        try:
            candidates.append(read_candidate(path))
        except UnusableModelError as error:
            refusals.append(Refusal(path, error))
    return candidates, refusals


def graph_facts(model: ModelProto, axes: Mapping[str, int] | None = None) -> GraphFacts:
    """The facts of a model's proto (external weights may stay on disk)."""
    weights = read_weights(model)
    declared = opsets(model)
    flops, moved = count_work(model, weights, axes or {})
    return GraphFacts(
        parameters=weights.parameters,
        flops_per_inference=flops,
        bytes_moved_per_inference=moved,
        weight_bytes=weights.bytes,
        operators=dict(
            Counter(
                (f"{domain_of(n)}::" if domain_of(n) else "") + n.op_type
                for n in all_nodes(model.graph)
            ).most_common()
        ),
        precision=precision_of(weights),
        inputs=tuple(_spec(info) for info in free_inputs(model.graph)),
        outputs=tuple(_spec(info) for info in model.graph.output),
        opset=declared.get("", max(declared.values(), default=0)),
        opsets={domain or "ai.onnx": version for domain, version in declared.items()},
        producer=" ".join(x for x in (model.producer_name, model.producer_version) if x),
        metadata={entry.key: entry.value for entry in model.metadata_props},
    )


def family_of(model: ModelProto) -> str:
    """The kind of architecture, guessed from the operators; it groups candidates in predictions."""
    present = {node.op_type for node in all_nodes(model.graph)}
    for family, marks in _FAMILIES:
        if marks & present:
            return family
    counts = Counter(node.op_type for node in all_nodes(model.graph))
    products = sum(counts[name] for name in _PRODUCTS)
    if (
        "Softmax" in present
        and products >= 6
        and ("Erf" in present or "LayerNormalization" in present or counts["Softmax"] > 1)
    ):
        return "transformer"
    if products > 1:
        return "mlp"
    return "linear" if products or present & {"LinearClassifier", "LinearRegressor"} else "other"


# -- small readings --------------------------------------------------------------------------------


def _spec(info: ValueInfoProto) -> TensorSpec:
    kind = info.type.WhichOneof("value")
    if kind != "tensor_type":
        return TensorSpec(name=info.name, dtype=(kind or "unknown").removesuffix("_type"), shape=())
    tensor = info.type.tensor_type
    dims = tuple(
        d.dim_value if d.HasField("dim_value") else (d.dim_param or None) for d in tensor.shape.dim
    )
    return TensorSpec(name=info.name, dtype=dtype_name(tensor.elem_type), shape=dims)


def dtype_name(element_type: int) -> str:
    """An ONNX element type in NumPy's words."""
    if element_type == TensorProto.STRING:
        return "str"
    if element_type == TensorProto.UNDEFINED:
        return "unknown"
    name = TensorProto.DataType.Name(element_type).lower()
    return {"float": "float32", "double": "float64"}.get(name, name)


def _name(path: Path) -> str:
    """The file's name; its folder's where the file is just called `model` (Olive, Optimum)."""
    folder = path.resolve().parent.name
    return folder if path.stem == "model" and folder else path.stem


def _lineage(model: ModelProto) -> dict[str, Any]:
    """Parent, lever and settings that a lever of this program wrote into the file."""
    from advisor.candidates.levers.lineage import read_lineage  # the folder imports this module

    return read_lineage(model)


def _files(paths: Iterable[Path | str]) -> Iterable[Path]:
    for path in map(Path, paths):
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*.onnx") if p.is_file()) or [path]
        else:
            yield path
