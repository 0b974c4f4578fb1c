"""The parts of the predict page: what-if, batch, shortlist, and how far predictions are trusted."""
