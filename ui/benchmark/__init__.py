"""The parts of the benchmark page: candidates, data, conditions, and the run as it goes."""
