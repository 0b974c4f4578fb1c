"""What goes wrong in this room, said in one sentence."""

from advisor.sentences import SaidError


class RiskError(SaidError):
    """Exposures, scenarios or rules that cannot be used: what is wrong, where, what to do."""
