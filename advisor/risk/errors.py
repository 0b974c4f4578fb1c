"""What goes wrong in this room, said in one sentence."""

from __future__ import annotations


class RiskError(ValueError):
    """Exposures, scenarios or rules that cannot be used: what is wrong, where, what to do."""
