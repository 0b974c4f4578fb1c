"""Graph optimisation kept on disk: constants folded, operators fused, dead branches removed.

ONNX Runtime does the same each time it loads a model, so the energy of an inference hardly changes;
loading gets quicker, and other runtimes gain too. `extended` fuses into ONNX Runtime's own
operators and stays independent of the processor (`all` would not).
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import ClassVar

import onnx
from onnx import ModelProto

from advisor.candidates.candidate import Candidate
from advisor.candidates.inference import runtime_reason
from advisor.candidates.levers.file_lever import Change, Expected, FileLever
from advisor.candidates.levers.lever import LeverError, LeverKind, Settings
from advisor.candidates.levers.quantisable import BEFORE_QUANTISING
from advisor.candidates.workload import Workload
from advisor.sentences import Sentence, sentence


class GraphOptimised(FileLever):
    """The lever `graph-optimised`."""

    name = "graph-optimised"
    kind = LeverKind.SHRINK
    title = sentence("Graph optimisation kept on disk")
    changes = sentence("Constants are folded and operators fused once, instead of at every start.")
    risks = (
        sentence("Fused operators bind the file to ONNX Runtime."),
        sentence("The energy of one inference hardly changes; mostly the start gets quicker."),
    )
    defaults: ClassVar[Settings] = {"level": "extended"}
    """`basic` keeps to standard ONNX, `extended` fuses for ONNX Runtime."""
    expected = Expected(
        1.0,
        0.93,
        1.05,
        "ONNX Runtime documentation, “Graph optimizations”: applied at load time by default",
    )

    def obstacle(self, candidate: Candidate) -> Sentence | None:
        """Optimised already."""
        if candidate.lever == self.name:
            return sentence("The graph is optimised already.")
        return None

    def changed(
        self, model: ModelProto, candidate: Candidate, settings: Settings, data: Workload | None
    ) -> Change:
        """The graph as ONNX Runtime would load it."""
        large = candidate.facts.weight_bytes > BEFORE_QUANTISING
        made = optimised(candidate.path, str(settings["level"]), large)
        if _same_nodes(model, made):
            raise LeverError(
                sentence("There is nothing left to fold or fuse in {name}.", name=candidate.name)
            )
        return Change(made)


def optimised(path: Path, level: str, large: bool) -> ModelProto:
    """The graph as ONNX Runtime optimises it on loading; what is too large for one file is written
    in two on the way. Raises `LeverError`.
    """
    import onnxruntime as ort

    levels = {
        "basic": ort.GraphOptimizationLevel.ORT_ENABLE_BASIC,
        "extended": ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
    }
    if level not in levels:
        raise LeverError(sentence("“{level}” is not a level; use basic or extended.", level=level))
    with tempfile.TemporaryDirectory(prefix="carbon-advisor-") as folder:
        made = Path(folder) / "optimised.onnx"
        options = ort.SessionOptions()
        options.log_severity_level = 3
        options.graph_optimization_level = levels[level]
        options.optimized_model_filepath = str(made)
        if large:
            options.add_session_config_entry(
                "session.optimized_model_external_initializers_file_name", "weights.data"
            )
        try:
            ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            return onnx.load(str(made))
        except Exception as error:  # ONNX Runtime raises a dozen unrelated types
            raise LeverError(
                sentence(
                    "ONNX Runtime cannot optimise this graph: {reason}",
                    reason=runtime_reason(error),
                )
            ) from error


def _same_nodes(before: ModelProto, after: ModelProto) -> bool:
    return sorted(n.op_type for n in before.graph.node) == sorted(
        n.op_type for n in after.graph.node
    )


LEVER = GraphOptimised()
