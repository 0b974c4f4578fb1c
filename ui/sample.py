"""Open the sample: real models trained on this machine, with held-out data and int8 variants."""

from __future__ import annotations

from advisor.candidates.levers import LeverError
from advisor.candidates.sample import make_sample
from advisor.project import Project
from advisor.project.intake import add_data, add_models, add_variant
from ui import jobs
from ui.i18n import tr
from ui.places import sample_folder, sample_project_path

LEVER = "int8-dynamic"


def open_sample_files() -> Project:
    """The sample's project, made where it is not there yet; runs in a job."""
    task = jobs.current_task()

    def progressed(fraction: float, doing: str) -> None:
        task.check()
        task.report(fraction, tr("Making the sample: {doing}", doing=tr(doing)))

    files = make_sample(sample_folder(), progressed)
    project = Project.open_or_create(sample_project_path())
    if project.candidates.count():
        return project
    added, _ = add_models(project, files.models)
    add_data(project, files.data, added, label=files.label, metric=files.metric)
    for candidate in added:
        try:
            add_variant(project, candidate, LEVER)
        except LeverError:
            continue  # trees have no weights to quantise: the catalogue says so on the page
    return project
