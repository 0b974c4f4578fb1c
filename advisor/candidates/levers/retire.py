"""Retire: the model stops; what took over its requests is charged to the option.

Energy ratio r = s · e_fallback / e, with s the share of requests that the fallback inherits (the
rest is no longer asked). The accuracy loss is measured against the fallback; with none, unknown.
"""

from __future__ import annotations

from dataclasses import dataclass

from advisor.candidates.levers.lever import Effect, LeverError, LeverKind, Need
from advisor.candidates.levers.operational import OperationalFacts
from advisor.figures import percent
from advisor.quantities import Provenance, Quantity
from advisor.sentences import sentence


@dataclass(frozen=True)
class Retire(OperationalFacts):
    """The lever `retire`."""

    def effect(
        self,
        energy_j: Quantity,
        fallback: str,
        fallback_j: Quantity | None,
        inherited_share: float = 1.0,
        accuracy_loss: Quantity | None = None,
    ) -> Effect:
        """`fallback_j`: energy per request of what takes over; None: unknown, and so the effect."""
        if not 0 <= inherited_share <= 1:
            raise LeverError(sentence("The share inherited must lie between 0 and 1."))
        ratio = None
        if inherited_share == 0:
            ratio = Quantity.exact(0.0, "1", Provenance.DECLARED, "nothing takes over")
        elif fallback_j is not None:
            ratio = fallback_j / energy_j * inherited_share
        return Effect(
            lever=self.name,
            kind=self.kind,
            energy_ratio=ratio,
            accuracy_loss=accuracy_loss,
            reason=sentence(
                "The model stops; {fallback} takes over {share} of its requests.",
                fallback=fallback,
                share=percent(inherited_share),
            ),
            settings={"fallback": fallback, "inherited_share": inherited_share},
        )


LEVER = Retire(
    "retire",
    LeverKind.RETIRE,
    sentence("Retire"),
    sentence("The model stops; its fallback (another model, a rule, a person) takes over."),
    (Need.TRAFFIC,),
    (
        sentence("Models that use its output lose an input."),
        sentence("The fallback's own footprint and errors count."),
    ),
)
