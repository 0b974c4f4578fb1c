"""`python -m advisor.cli` is `carbon-advisor`."""

from advisor.cli import run

run()
