"""Energy of generative models by tokens: prefill and decode apart.

Prefill: two operations a parameter a prompt token. Decode, per step and batch: reading the weights
and every request's attention cache, two operations a parameter a token, and the engine's own time.
Energy is time × power. Arithmetic of transformers: Pope et al. (2022), Efficiently Scaling
Transformer Inference, section 2.

The four constants were fitted to 339 runs of 29 language models on A100 and H100 (ML.ENERGY
leaderboard v2, Apache-2.0; batches of 16 to 2,900 requests; energy of the accelerators alone).
Leaving one model out: median error 26 %, standard deviation of the log error 0.41, which is the
spread given. Below 16 requests at a time the engine's own time is scaled down: an assumption.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from advisor.meters.hardware import GpuRow, find_gpu
from advisor.predict.training import UnknownDeviceError
from advisor.quantities import Provenance, Quantity, total
from advisor.sentences import sentence

MEMORY_REACHED = 0.8
"""Share of peak bandwidth, set; the next four are fitted to the runs named above."""
ARITHMETIC_REACHED = 0.42
CACHE_BYTES_8B = 1.06e6
"""Attention cache read per step and token of context for 8 billion parameters; grows as √N."""
STEP_OVERHEAD_S = 0.038
POWER_SHARE = 0.535
"""Power over TDP while serving."""
FITTED_BATCH = 16.0
MODEL_SPREAD = 0.41
BYTES = {"fp32": 4.0, "tf32": 4.0, "fp16": 2.0, "bf16": 2.0, "fp8": 1.0, "int8": 1.0, "int4": 0.5}


class GenerationEnergy(BaseModel):
    """Energy of one request at the accelerator, by phase."""

    model_config = ConfigDict(frozen=True)

    prefill: Quantity
    decode: Quantity

    @property
    def request(self) -> Quantity:
        """Both phases together."""
        return total([self.prefill, self.decode])


def generation_energy(
    parameters: float,
    prompt_tokens: float,
    output_tokens: float,
    device: str,
    *,
    precision: str = "bf16",
    batch: float = 1.0,
) -> GenerationEnergy:
    """Joules of one request to a generative model; `parameters` counts the active ones of a token.

    Raises `UnknownDeviceError` for a device without known peak figures, `ValueError` otherwise.
    """
    if parameters <= 0 or prompt_tokens < 0 or output_tokens < 0 or batch < 1:
        raise ValueError("Parameters must be positive, tokens not negative, the batch at least 1.")
    if precision not in BYTES:
        raise ValueError(f"“{precision}” is no known number format; use one of {', '.join(BYTES)}.")
    known = find_gpu(device)
    row = known.row if known is not None else None
    if known is None or row is None or not (row.tdp_w and row.bandwidth_gb_per_s):
        raise UnknownDeviceError(
            sentence(
                "Power and bandwidth of “{device}” are not known; add them to "
                "profiles/hardware/gpus.csv.",
                device=str(device),
            )
        )
    flops = _peak(row, precision) * ARITHMETIC_REACHED
    bandwidth = float(row.bandwidth_gb_per_s) * 1e9 * MEMORY_REACHED
    prefill_s = 2 * parameters * prompt_tokens / flops
    context = prompt_tokens + output_tokens / 2
    cache = batch * context * CACHE_BYTES_8B * (parameters / 8e9) ** 0.5
    step_s = (
        (parameters * BYTES[precision] + cache) / bandwidth
        + 2 * parameters * batch / flops
        + STEP_OVERHEAD_S * min(1.0, batch / FITTED_BATCH)
    )
    watts = float(row.tdp_w) * POWER_SHARE
    return GenerationEnergy(
        prefill=_energy(prefill_s, watts, "prefill", row.name),
        decode=_energy(step_s * output_tokens / batch, watts, "decode", row.name),
    )


def _peak(row: GpuRow, precision: str) -> float:
    tera = row.fp32_tflops if precision in ("fp32", "tf32") else row.fp16_tflops or row.fp32_tflops
    if not tera:
        raise UnknownDeviceError(
            sentence(
                "Peak arithmetic of “{name}” is not known; add it to profiles/hardware/gpus.csv.",
                name=str(row.name),
            )
        )
    return float(tera) * 1e12


def _energy(seconds: float, watts: float, phase: str, device: str) -> Quantity:
    joules = seconds * watts
    return Quantity.from_spread(
        joules,
        "J",
        Provenance.PREDICTED,
        f"{phase}: {seconds:.3g} s × {watts:.0f} W on {device}",
        {"generation model": MODEL_SPREAD * joules},
    )
