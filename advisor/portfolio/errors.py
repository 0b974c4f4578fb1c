"""What the room of the portfolio says when it is given something it cannot use."""

from advisor.sentences import SaidError


class PortfolioError(SaidError):
    """An inventory, plan or rule that cannot be used: what is wrong, where, what to do."""
