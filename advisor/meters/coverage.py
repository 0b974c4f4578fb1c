"""What is inside the joules of some meters, what is not, and a declared wall-meter correction.

Overlapping RAPL domains never get here (`rapl` leaves psys, core and uncore out); a package counter
and an estimate of CPU time see the same joules, so the estimate is left out beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from advisor.figures import Language
from advisor.meters.meter import MeterFacts
from advisor.quantities import Provenance, Quantity
from advisor.sentences import SaidError, Sentence, sentence

_COMMA: dict[Language, str] = {"en": ", ", "ja": "、"}


class CoverageStatement(BaseModel):
    """What the joules include and leave out; plain data that survives JSON."""

    model_config = ConfigDict(frozen=True)

    inside: tuple[Sentence, ...]
    outside: tuple[Sentence, ...]
    wall_factor: Quantity | None = None

    def text(self, language: Language = "en") -> str:
        """One or two sentences for a reader."""

        def listed(items: tuple[Sentence, ...]) -> str:
            return _COMMA[language].join(item.text(language) for item in items)

        said = sentence(
            "Inside: {inside}. Not inside: {outside}.",
            inside=listed(self.inside),
            outside=listed(self.outside),
        ).text(language)
        if self.wall_factor is None:
            return said
        factor = sentence(
            "Multiplied by the declared wall-meter factor {factor}, which stands for the rest of "
            "the machine.",
            factor=self.wall_factor,
        )
        return f"{said} {factor.text(language)}"


def coverage_statement(
    meters: Sequence[MeterFacts], wall_factor: Quantity | None = None
) -> CoverageStatement:
    """What the sum of these meters covers."""
    domains = [d for meter in without_overlap(meters) for d in meter.coverage.domains]
    inside = tuple(_words(domain) for domain in domains)
    kinds = {domain.partition(":")[0] for domain in domains}
    outside: list[Sentence] = []
    if not kinds & {"package", "process"}:
        outside.append(sentence("the processor"))
    if "process" in kinds:
        outside.append(sentence("the machine's idle power and other programs"))
    if "dram" not in kinds:
        outside.append(sentence("the memory (DRAM)"))
    if "gpu" not in kinds:
        outside.append(sentence("GPUs, if any work"))
    if wall_factor is None:
        outside.append(sentence("fans"))
        outside.append(sentence("losses of the power supply"))
    return CoverageStatement(inside=inside, outside=tuple(outside), wall_factor=wall_factor)


def without_overlap(meters: Sequence[MeterFacts]) -> list[MeterFacts]:
    """The meters whose joules may be added: no estimate of CPU time beside a package counter."""
    packages = any(d.startswith("package") for m in meters for d in m.coverage.domains)
    return [m for m in meters if not (packages and "process" in m.coverage.domains)]


def wall_factor(value: float, low: float, high: float, source: str) -> Quantity:
    """Declared energy at the wall ÷ energy of the meters, with its 95 % interval.

    Raises `SaidError` for a factor below 1: a wall meter counts more than what it feeds.
    """
    if not 1 <= low <= value <= high:
        raise SaidError(
            sentence(
                "A wall-meter factor is at least 1 and lies within its interval; {value} with "
                "{low} to {high} is not: divide the wall meter's joules by these meters' joules.",
                value=f"{value:g}",
                low=f"{low:g}",
                high=f"{high:g}",
            )
        )
    return Quantity.from_interval(
        value, low, high, "1", Provenance.DECLARED, source, "wall-meter factor"
    )


def declared_factor(value: float, interval: Sequence[float] | None = None) -> Quantity:
    """The user's wall-meter factor; without an interval it is taken as exact. See `wall_factor`."""
    low, high = interval or (value, value)
    return wall_factor(value, low, high, "declared by the user")


def _words(domain: str) -> Sentence:
    kind, _, number = domain.partition(":")
    if kind == "gpu":
        return sentence("GPU {number} (whole board)", number=number)
    if kind == "package":
        return sentence("processor package {number}", number=number)
    if kind == "dram":
        return sentence("memory (DRAM) of package {number}", number=number)
    if kind == "process":
        return sentence("CPU time of the measured process (estimated)")
    return sentence("{domain}", domain=domain)
