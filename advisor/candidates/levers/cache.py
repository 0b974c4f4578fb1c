"""Response cache: answers to repeated requests are looked up instead of computed.

Energy ratio r = (1 − h) + e_lookup / e, with h the share of requests that repeat an earlier one
within the cache's lifetime and e the energy of one inference. h comes from the user's traffic; a
model that is fed continuous features may have none.
"""

from __future__ import annotations

from dataclasses import dataclass

from advisor.candidates.levers.lever import Effect, LeverError, LeverKind, Need
from advisor.candidates.levers.operational import OperationalFacts
from advisor.figures import percent
from advisor.quantities import Quantity, total
from advisor.sentences import sentence


@dataclass(frozen=True)
class Cache(OperationalFacts):
    """The lever `cache`."""

    def effect(
        self, hit_rate: Quantity, energy_j: Quantity, lookup_j: Quantity | None = None
    ) -> Effect:
        """`hit_rate`: share of repeats (unit 1, 0 to 1). `lookup_j`: energy of one look-up.

        Raises `LeverError` for a rate outside 0 to 1 or a model without measured energy.
        """
        if not 0 <= hit_rate.value <= 1 or hit_rate.high > 1 + 1e-9 or hit_rate.low < -1e-9:
            raise LeverError(sentence("The repeat rate must lie between 0 and 1."))
        if energy_j.value <= 0:
            raise LeverError(sentence("The energy of an inference must be above 0."))
        computed = share_computed(hit_rate)
        parts = [computed] if lookup_j is None else [computed, lookup_j / energy_j]
        ratio = total(parts, "share computed" + (" + look-ups" if lookup_j else ""))
        return Effect(
            lever=self.name,
            kind=self.kind,
            energy_ratio=ratio,
            accuracy_loss=Quantity.exact(0.0, "point", hit_rate.provenance, "same answers"),
            reason=sentence(
                "{rate} of the requests repeat an earlier one and need no inference.",
                rate=percent(hit_rate.value),
            ),
            settings={"hit_rate": hit_rate.value},
        )


def share_computed(hit_rate: Quantity) -> Quantity:
    """1 − h, with an interval that never leaves 0 to 1; `hit_rate` is its one named source."""
    source = next(iter(hit_rate.spread), hit_rate.source)
    low, high = max(1.0 - hit_rate.high, 0.0), min(1.0 - hit_rate.low, 1.0)
    return Quantity.from_interval(
        1.0 - hit_rate.value, low, high, "1", hit_rate.provenance, f"1 − {hit_rate.source}", source
    )


LEVER = Cache(
    "cache",
    LeverKind.CACHE,
    sentence("Response cache"),
    sentence("Answers to repeated requests are looked up instead of computed."),
    (Need.TRAFFIC,),
    (
        sentence("Stale answers: the cache must be emptied when the model changes."),
        sentence("Stored requests may be personal data."),
    ),
)
