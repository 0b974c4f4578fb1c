"""What the room of ranking says when it is given something it cannot rank."""

from advisor.sentences import SaidError


class RankError(SaidError):
    """Options that cannot be ranked: what is wrong, where, what to do."""
