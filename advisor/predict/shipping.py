"""What is shipped beside the public runs: `python -m advisor.predict.shipping` computes it anew.

Writes `prior.toml` (hyperparameters) and `judgement.toml` (the contenders' scores) into the folder
of the shipped profiles; minutes. To be done whenever the runs, the contenders or the rules by which
they are judged change; a test holds it.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from advisor.predict.judgement import JUDGEMENT, as_profile, judge
from advisor.predict.prior import (
    FOLDER,
    HYPERPARAMETERS,
    searched_hyperparameters,
    shipped_runs,
)
from advisor.profiles import profile_paths


def main() -> None:
    """Compute and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["prior", "judgement"])
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    today = datetime.now(UTC).date().isoformat()
    folder = shipped_folder()
    if asked.only != "judgement":
        (folder / HYPERPARAMETERS).write_text(searched_hyperparameters(today), encoding="utf-8")
    if asked.only != "prior":
        found = judge(shipped_runs(), today, processes=asked.processes)
        (folder / JUDGEMENT).write_text(as_profile(found), encoding="utf-8")


def shipped_folder() -> Path:
    """The folder of the shipped runs: the first layer of the profiles."""
    return next(iter(profile_paths(FOLDER, "*.csv").values()))[0].parent


if __name__ == "__main__":
    main()
