"""What can go wrong with a project file, said in one sentence."""


class ProjectError(ValueError):
    """A project that cannot be opened or written. Its text: what, where, what to do."""
