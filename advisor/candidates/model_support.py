"""Whether the installed ONNX Runtime can run a graph: opsets and operators, from its schemas."""

from __future__ import annotations

import importlib
from collections import Counter
from functools import cache
from pathlib import Path

import onnx
from onnx import ModelProto

from advisor.candidates.candidate import UnusableModelError
from advisor.candidates.graph_walk import all_nodes, domain_of, opsets
from advisor.sentences import sentence

OLDEST_OPSET = 7
"""ONNX Runtime's guarantee starts here (its compatibility page and its own load-time warning)."""


def check_opsets(path: Path, model: ModelProto) -> None:
    """Raises `UnusableModelError` for an opset that is too old or too new."""
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


def check_operators(path: Path, model: ModelProto) -> None:
    """Raises `UnusableModelError` for operators that ONNX Runtime does not have."""
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
