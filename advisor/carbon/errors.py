"""What the room of carbon says when it is given something it cannot use."""

from advisor.sentences import SaidError


class CarbonError(SaidError):
    """A region, factor or share that cannot be used: what is wrong, where, what to do."""
