"""The parts of the variants page: the plan, the search as it goes, and what it found."""
