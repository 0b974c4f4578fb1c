"""Open the sample in a job, with progress in the reader's language."""

from __future__ import annotations

from advisor.project import Project
from advisor.project.sample import open_sample
from ui import jobs
from ui.i18n import tr
from ui.places import sample_folder, sample_project_path


def open_sample_files() -> Project:
    """The sample's project, made where it is not there yet; runs in a job."""
    task = jobs.current_task()

    def progressed(fraction: float, doing: str) -> None:
        task.check()
        task.report(fraction, tr("Making the sample: {doing}", doing=tr(doing)))

    return open_sample(sample_project_path(), sample_folder(), progressed)
