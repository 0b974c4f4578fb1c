"""Opening a model file: the proto without its external weights, its digest, and what is wrong.

Every way in which a file cannot be a candidate ends in `UnusableModelError` with one sentence.
Weights kept in external files are hashed and checked for size but never loaded, so a model of any
size opens within the memory of its graph.
"""

from __future__ import annotations

import hashlib
import importlib
import math
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

import onnx
from google.protobuf.message import DecodeError
from onnx import GraphProto, ModelProto, NodeProto, TensorProto

from advisor.candidates.candidate import UnusableModelError
from advisor.sentences import Sentence, sentence

OLDEST_OPSET = 7
"""ONNX Runtime's guarantee starts here (its compatibility page and its own load-time warning)."""

_CHUNK_BYTES = 1 << 20
_FOREIGN = (
    (b"PK\x03\x04", "a zip archive, perhaps a PyTorch checkpoint"),
    (b"\x80\x04", "a Python pickle"),
    (b"\x80\x05", "a Python pickle"),
    (b"\x89HDF", "an HDF5 file, perhaps from Keras"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself"),
    (b"%PDF", "a PDF document"),
)


def load_proto(path: Path) -> ModelProto:
    """The model's proto with external weights left on disk. Raises `UnusableModelError`."""
    data = _read(path)
    model = ModelProto()
    try:
        model.ParseFromString(data)
    except DecodeError as error:
        raise UnusableModelError(_undecodable(path, data)) from error
    if not model.HasField("graph") or not model.ir_version:
        raise UnusableModelError(_undecodable(path, data))
    if not model.graph.output:
        raise UnusableModelError(
            sentence(
                "{file} has no outputs, so there is nothing to compute; export it again.",
                file=path.name,
            )
        )
    _check_external(path, model)
    _check_opsets(path, model)
    _check_operators(path, model)
    return model


def digest(path: Path, model: ModelProto) -> str:
    """SHA-256 over the file and, where it keeps weights outside, over those files too.

    Without external data this is the file's plain SHA-256. With it: SHA-256 of the concatenated
    raw digests of the model file and of each external file in the order of their names.
    """
    own = _file_digest(path)
    locations = sorted({location for _, location, _, _ in external_tensors(model)})
    if not locations:
        return own.hex()
    whole = hashlib.sha256(own)
    for location in locations:
        whole.update(_file_digest(path.parent / location))
    return whole.hexdigest()


def external_tensors(model: ModelProto) -> Iterator[tuple[TensorProto, str, int, int | None]]:
    """Each tensor kept outside the file: tensor, location, offset and length in bytes."""
    for tensor in all_tensors(model.graph):
        if tensor.data_location == TensorProto.EXTERNAL:
            facts = {entry.key: entry.value for entry in tensor.external_data}
            length = int(facts["length"]) if facts.get("length") else None
            yield tensor, facts.get("location", ""), int(facts.get("offset") or 0), length


def all_tensors(graph: GraphProto) -> Iterator[TensorProto]:
    """Initialisers and tensor attributes of a graph and of the graphs inside it."""
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield sparse.values
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors
            for inner in _graphs(attribute):
                yield from all_tensors(inner)


def all_nodes(graph: GraphProto) -> Iterator[NodeProto]:
    """Nodes of a graph and of the graphs inside it (branches and loop bodies)."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            for inner in _graphs(attribute):
                yield from all_nodes(inner)


def domain_of(node: NodeProto) -> str:
    """The operator's domain, with the default one written as the empty string."""
    return "" if node.domain == "ai.onnx" else node.domain


def opsets(model: ModelProto) -> dict[str, int]:
    """Opset version by domain; the default domain is the empty string."""
    return {
        ("" if entry.domain == "ai.onnx" else entry.domain): entry.version
        for entry in model.opset_import
    }


def tensor_bytes(tensor: TensorProto) -> int:
    """Bytes of a tensor's values, from its shape and element type (4-bit types are packed)."""
    return math.ceil(math.prod(tensor.dims) * element_bits(tensor.data_type) / 8)


@cache
def element_bits(data_type: int) -> int:
    """Bits of one element of an ONNX element type; strings count as 0 (unknown)."""
    name = TensorProto.DataType.Name(data_type)
    if name == "STRING":
        return 0
    if name == "BOOL":
        return 8
    digits = "".join(c for c in name.split("E")[0] if c.isdigit()) or "32"
    return {"DOUBLE": 64, "COMPLEX64": 64, "COMPLEX128": 128}.get(name, int(digits))


def _graphs(attribute: onnx.AttributeProto) -> Iterator[GraphProto]:
    if attribute.HasField("g"):
        yield attribute.g
    yield from attribute.graphs


def _read(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise UnusableModelError(
                sentence("{file} is a folder; choose the .onnx file inside it.", file=path.name)
            )
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise UnusableModelError(
            sentence("{file} does not exist; check the path.", file=str(path))
        ) from error
    except PermissionError as error:
        raise UnusableModelError(
            sentence(
                "{file} may not be read by this user; ask for permission to read it.",
                file=path.name,
            )
        ) from error
    except OSError as error:
        raise UnusableModelError(
            sentence(
                "{file} cannot be read ({reason}); check the disk and the path.",
                file=path.name,
                reason=error.strerror or str(error),
            )
        ) from error
    if not data:
        raise UnusableModelError(
            sentence("{file} is empty; export or copy it again.", file=path.name)
        )
    return data


def _undecodable(path: Path, data: bytes) -> Sentence:
    for start, what in _FOREIGN:
        if data.startswith(start):
            return sentence(
                "{file} is not an ONNX model but {what}; export the model to ONNX first.",
                file=path.name,
                what=what,
            )
    if _starts_like_a_model(data):
        return sentence(
            "{file} is cut off or damaged ({bytes} bytes are there); copy or export it again.",
            file=path.name,
            bytes=len(data),
        )
    return sentence("{file} is not an ONNX model; export the model to ONNX first.", file=path.name)


def _starts_like_a_model(data: bytes) -> bool:
    """Field 1 (ir_version, a small varint) followed by another field of `ModelProto`."""
    return len(data) < 3 or (data[0] == 0x08 and 1 <= data[1] <= 0x20)


def _check_external(path: Path, model: ModelProto) -> None:
    for tensor, location, offset, length in external_tensors(model):
        pure = PurePosixPath(location.replace("\\", "/"))
        if not location or pure.is_absolute() or ".." in pure.parts:
            raise UnusableModelError(
                sentence(
                    "{file} keeps weights at “{location}”, outside its own folder, which is not "
                    "allowed; export it again with the weights beside it.",
                    file=path.name,
                    location=location,
                )
            )
        beside = path.parent / location
        if not beside.is_file():
            raise UnusableModelError(
                sentence(
                    "{file} keeps its weights in {location}, which is not beside it; put that file "
                    "into the same folder.",
                    file=path.name,
                    location=location,
                )
            )
        needed = offset + (tensor_bytes(tensor) if length is None else length)
        if beside.stat().st_size < needed:
            raise UnusableModelError(
                sentence(
                    "{location}, the weights of {file}, is cut off: {found} bytes of at least "
                    "{needed}; copy it again.",
                    file=path.name,
                    location=location,
                    found=beside.stat().st_size,
                    needed=needed,
                )
            )


def _check_opsets(path: Path, model: ModelProto) -> None:
    declared = opsets(model)
    for domain, version in declared.items():
        newest = newest_opset(domain)
        if (newest is not None and version > newest) or (domain == "" and version < OLDEST_OPSET):
            raise UnusableModelError(
                sentence(
                    "{file} uses opset {version} of {domain}, and the installed ONNX Runtime knows "
                    "{oldest} to {newest}; convert the model to one of these.",
                    file=path.name,
                    version=version,
                    domain=domain or "ai.onnx",
                    oldest=OLDEST_OPSET if domain == "" else 1,
                    newest=newest or 0,
                )
            )


def _check_operators(path: Path, model: ModelProto) -> None:
    own = {(f.domain, f.name) for f in model.functions}
    known = _known_operators()
    unknown: Counter[str] = Counter()
    for node in all_nodes(model.graph):
        domain = domain_of(node)
        if (node.domain, node.op_type) not in own and (domain, node.op_type) not in known:
            unknown[f"{domain or 'ai.onnx'}::{node.op_type}"] += 1
    if unknown:
        raise UnusableModelError(
            sentence(
                "{file} uses custom operators that ONNX Runtime does not have ({operators}); "
                "export it with standard operators.",
                file=path.name,
                operators=", ".join(sorted(unknown)[:4]),
            )
        )


@cache
def _schemas() -> dict[tuple[str, str], int]:
    """(domain, operator) → newest version known to the installed ONNX Runtime, else to onnx."""
    newest: dict[tuple[str, str], int] = {}
    try:
        runtime = importlib.import_module("onnxruntime.capi.onnxruntime_pybind11_state")
        schemas = runtime.get_all_operator_schema()
    except (ImportError, AttributeError):
        schemas = onnx.defs.get_all_schemas_with_history()
    for schema in schemas:
        key = (schema.domain, schema.name)
        newest[key] = max(newest.get(key, 0), schema.since_version)
    return newest


@cache
def _known_operators() -> frozenset[tuple[str, str]]:
    return frozenset(_schemas())


@cache
def newest_opset(domain: str) -> int | None:
    """Newest opset of a domain that the installed ONNX Runtime accepts; None: it has none."""
    return max((v for (owner, _), v in _schemas().items() if owner == domain), default=None)


def _file_digest(path: Path) -> bytes:
    whole = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                whole.update(chunk)
    except OSError as error:
        raise UnusableModelError(
            sentence(
                "{file} cannot be read ({reason}); check the disk and the path.",
                file=path.name,
                reason=error.strerror or str(error),
            )
        ) from error
    return whole.digest()
