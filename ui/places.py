"""Where the window keeps projects and the sample unless it is told otherwise."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def data_folder() -> Path:
    """The program's data folder; `CARBON_ADVISOR_DATA` overrides the platform's place."""
    chosen = os.environ.get("CARBON_ADVISOR_DATA")
    folder = Path(chosen or platformdirs.user_data_dir("carbon-advisor", appauthor=False))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def first_project_path() -> Path:
    """The project that opens when none was opened before."""
    return data_folder() / "First project.advisor"


def fresh_project_path() -> Path:
    """A name for a new project that is not taken."""
    for number in range(1, 1000):
        path = data_folder() / f"Project {number}.advisor"
        if not path.exists():
            return path
    return data_folder() / "Project.advisor"


def sample_folder() -> Path:
    """Where the sample's models and data lie."""
    return data_folder() / "sample"


def sample_project_path() -> Path:
    """The sample's project file."""
    return data_folder() / "Sample.advisor"
