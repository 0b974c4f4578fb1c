"""What became of each variant of a search, in plain words: the verdict and its reasons.

Energy is compared with the parent's in the same run, by the paired bootstrap draws of both:
change = variant ÷ parent − 1, in percent. A change whose 95 % interval holds zero is no difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from advisor.bench import Measurement
from advisor.bench.search_plan import Entry
from advisor.candidates import Candidate
from advisor.candidates.guard import GuardResult
from advisor.candidates.levers.why import processor_flags, why_no_gain
from advisor.quantities import Provenance, Quantity
from advisor.sentences import Sentence, sentence


class Verdict(StrEnum):
    """What can be said of a variant, from the best to what was never tried."""

    GREENER = "greener"
    NO_DIFFERENCE = "no difference"
    HUNGRIER = "hungrier"
    MADE = "made, not measured"
    WAITING = "waiting"
    BEATEN = "beaten by another"
    DUPLICATE = "same as another"
    REFUSED = "refused by the guard"
    NOT_MADE = "could not be made"
    LEFT_OUT = "left out"
    DOES_NOT_APPLY = "does not apply"


@dataclass(frozen=True)
class Outcome:
    """One variant of the plan with everything the search found about it."""

    entry: Entry
    verdict: Verdict
    reasons: tuple[Sentence, ...]
    """Why, the most important first."""
    candidate: Candidate | None = None
    guard: GuardResult | None = None
    measurement: Measurement | None = None
    measured_in: str = ""
    """The last stage with a figure: `glance` (an estimate), `short 1` … `full`; empty: none."""
    energy_change: Quantity | None = None
    """Percent more (negative: less) energy per inference than its parent in the same run."""

    @property
    def key(self) -> str:
        """Key of the candidate; the entry's where nothing was made."""
        return self.candidate.key if self.candidate else self.entry.id

    @property
    def finalist(self) -> bool:
        """Whether it was measured in full."""
        return self.measured_in == "full"

    @property
    def batched(self) -> bool:
        """Whether requests have to wait until a larger batch is full."""
        return self.candidate is not None and "batch_size" in self.candidate.run_options


def energy_change(parent: Measurement, variant: Measurement) -> Quantity:
    """Percent more (negative: less) joules per inference than the parent, paired by draw."""
    mine, theirs = np.asarray(variant.energy_draws_j), np.asarray(parent.energy_draws_j)
    provenance = Provenance.weakest((variant.energy_j.provenance, parent.energy_j.provenance))
    if not len(mine) or len(mine) != len(theirs):
        ratio = variant.energy_j / parent.energy_j
        low, value, high = (100.0 * (r - 1.0) for r in (ratio.low, ratio.value, ratio.high))
    else:
        draws = 100.0 * (mine / theirs - 1.0)
        low, value, high = (float(q) for q in np.quantile(draws, (0.025, 0.5, 0.975)))
    return Quantity(
        value=value,
        low=low,
        high=high,
        unit="percent",
        provenance=provenance,
        source="energy per inference ÷ that of the parent in the same run − 1, paired by block",
    )


def expected_change(entry: Entry) -> Quantity | None:
    """What the catalogue expects, as percent more (negative: less) energy; None: nothing known."""
    ratio = entry.expected_energy_ratio
    if ratio is None:
        return None
    low, value, high = (100.0 * (r - 1.0) for r in (ratio.low, ratio.value, ratio.high))
    return Quantity(
        value=value,
        low=low,
        high=high,
        unit="percent",
        provenance=ratio.provenance,
        source=ratio.source,
    )


def glanced_change(parent_s: Sequence[float], variant_s: Sequence[float]) -> Quantity:
    """The same from the processor time of a few calls: an estimate, before anything is measured."""
    ratios = 100.0 * (np.asarray(variant_s) / np.asarray(parent_s) - 1.0)
    return Quantity(
        value=float(np.median(ratios)),
        low=float(ratios.min()),
        high=float(ratios.max()),
        unit="percent",
        provenance=Provenance.ESTIMATED,
        source="processor time of a few calls ÷ that of the parent − 1; least and greatest",
    )


def measured_outcome(
    parent: Candidate,
    candidate: Candidate,
    change: Quantity,
    *,
    gpu: bool = False,
) -> tuple[Verdict, tuple[Sentence, ...]]:
    """Verdict and reasons of a variant that was measured."""
    if change.high < 0:
        return Verdict.GREENER, (
            sentence("It uses {less} less energy than its parent.", less=_size(change)),
        )
    why = tuple(why_no_gain(parent, candidate, processor_flags(), gpu=gpu))
    if change.low > 0:
        said = sentence("On this machine it uses {more} more energy.", more=_size(change))
        return Verdict.HUNGRIER, (said, *why)
    said = sentence("Its energy cannot be told from its parent's on this machine.")
    return Verdict.NO_DIFFERENCE, (said, *why)


def _size(change: Quantity) -> Quantity:
    """The change without its sign, for words that say the direction."""
    low, high = sorted((abs(change.low), abs(change.high)))
    return change.model_copy(update={"value": abs(change.value), "low": low, "high": high})
