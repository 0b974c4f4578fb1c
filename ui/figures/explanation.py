"""What the details panel says of a figure: where it comes from, step by step."""

from __future__ import annotations

from dataclasses import dataclass, field

from advisor.quantities import Quantity


@dataclass(frozen=True)
class Explanation:
    """The answer to “where does this number come from?”; words are in the reader's language.

    `formula` is one line of plain text (`E = ΔE ÷ n`); `chain` are the steps from the figure back
    to its origin; `facts` are pairs of label and text (hash, meter, windows, profile); `inputs` are
    the figures that went into it, each of which can be asked in turn.
    """

    title: str
    quantity: Quantity | None
    formula: str = ""
    meaning: str = ""
    chain: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    inputs: tuple[Explanation, ...] = ()
    cautions: tuple[str, ...] = field(default=())
