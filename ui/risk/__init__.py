"""The parts of the risk page: one file a tab."""
