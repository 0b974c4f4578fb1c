"""What can go wrong with a project file, said in one sentence."""

from advisor.sentences import SaidError


class ProjectError(SaidError):
    """A project that cannot be opened or written: what is wrong, where, what to do."""
