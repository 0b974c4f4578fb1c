"""Why a variant that should have been greener is not, on this machine: plain reasons from facts."""

from __future__ import annotations

from pathlib import Path

from advisor.candidates.candidate import Candidate
from advisor.candidates.levers.quantisable import SMALL_MODEL
from advisor.sentences import Sentence, sentence

_INT8_PRODUCTS = frozenset(
    (
        "MatMulInteger",
        "ConvInteger",
        "QLinearMatMul",
        "QLinearConv",
        "DynamicQuantizeMatMul",
        "DynamicQuantizeLSTM",
        "DequantizeLinear",
    )
)
_FLOAT_PRODUCTS = ("MatMul", "Gemm", "Conv", "LSTM")


def processor_flags(path: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """Instruction sets of the processor; empty where they cannot be read."""
    try:
        text = path.read_text("utf-8", errors="replace")
    except OSError:
        return frozenset()
    lines = (line for line in text.splitlines() if line.startswith(("flags", "Features")))
    return frozenset(next(lines, ":").partition(":")[2].split())


def why_no_gain(
    parent: Candidate, variant: Candidate, flags: frozenset[str], *, gpu: bool = False
) -> list[Sentence]:
    """Reasons why a variant may be no better than its parent; [] when none is known.

    `flags` are the processor's instruction sets (`processor_flags`); `gpu` says it ran on one.
    """
    found: list[Sentence] = []
    lever, facts = variant.lever or "", variant.facts
    if "int8" in lever or lever == "int4-weights":
        if parent.facts.parameters < SMALL_MODEL:
            found.append(
                sentence(
                    "The matrices are small ({parameters} parameters): converting to whole numbers "
                    "costs more than the cheaper products save.",
                    parameters=parent.facts.parameters,
                )
            )
        vector = {"avx512_vnni", "avx_vnni", "amx_int8", "asimddp"}
        if flags and not flags & vector and not gpu:
            found.append(sentence("This processor has no 8-bit dot product instructions (VNNI)."))
        if gpu and "DynamicQuantizeLinear" in facts.operators:
            found.append(
                sentence(
                    "ONNX Runtime has no CUDA kernel for DynamicQuantizeLinear: it runs on the "
                    "processor, and the data travel to and fro."
                )
            )
        elif gpu and "DequantizeLinear" in facts.operators:
            found.append(
                sentence(
                    "ONNX Runtime's CUDA provider turns whole numbers back into float before it "
                    "multiplies; TensorRT multiplies whole numbers."
                )
            )
        if not any(name in facts.operators for name in _INT8_PRODUCTS) and lever != "int4-weights":
            found.append(sentence("None of the products was quantised."))
        left = [n for n in _FLOAT_PRODUCTS if n in facts.operators]
        if left and any(n in facts.operators for n in ("MatMulInteger", "DynamicQuantizeLSTM")):
            found.append(
                sentence("Some products stayed in float: {operators}.", operators=", ".join(left))
            )
    if lever == "fp16" and not gpu:
        found.append(sentence("On this CPU float16 is cast back to float32 at every operator."))
    if lever == "graph-optimised":
        found.append(sentence("ONNX Runtime optimises the graph at every start anyway."))
    if lever == "batch" and parent.family == "trees":
        found.append(sentence("Trees work sample by sample; a batch saves only the call itself."))
    if lever in ("threads", "parallel-execution"):
        found.append(sentence("Splitting one call among threads costs more than it saves here."))
    if lever in ("fewer-trees", "pruning") and parent.facts.parameters < SMALL_MODEL:
        found.append(sentence("Most of the energy of so small a model is the call itself."))
    return found
