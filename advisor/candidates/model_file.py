"""Opening a model file: the proto without its external weights, its digest, and what is wrong.

Every way in which a file cannot be a candidate ends in `UnusableModelError` with one sentence.
Weights kept in external files are hashed and checked for size but never loaded, so a model of any
size opens within the memory of its graph.
"""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath

from google.protobuf.message import DecodeError
from onnx import ModelProto

from advisor.candidates.candidate import UnusableModelError
from advisor.candidates.graph_walk import external_tensors, tensor_bytes
from advisor.candidates.model_support import check_operators, check_opsets
from advisor.sentences import Sentence, sentence

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
    check_opsets(path, model)
    check_operators(path, model)
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
