"""CSV with the columns of CodeCarbon's `emissions.csv`, a line a measured candidate.

CodeCarbon has no intervals: they follow in columns of ours at the end. Units are CodeCarbon's: s,
kg, kg/s, W, kWh; as there, energies hold the PUE (`emissions_tracker.py`) and the country is its
code of three letters. What it splits and we did not measure apart stays empty.
"""

from __future__ import annotations

from advisor.carbon import CarbonError
from advisor.carbon.grid import region_code
from advisor.project import Project
from advisor.project.assumptions import assumptions
from advisor.report.gather import PROGRAM
from advisor.report.measured_task import as_csv, measured_tasks
from advisor.report.summary import Summary

NAME = "codecarbon"
COLUMNS = (
    *("timestamp", "project_name", "run_id", "experiment_id", "duration", "emissions"),
    *("emissions_rate", "cpu_power", "gpu_power", "ram_power", "cpu_energy", "gpu_energy"),
    *("ram_energy", "energy_consumed", "water_consumed", "country_name", "country_iso_code"),
    *("region", "cloud_provider", "cloud_region", "os", "python_version", "codecarbon_version"),
    *("cpu_count", "cpu_model", "gpu_count", "gpu_model", "longitude", "latitude"),
    *("ram_total_size", "tracking_mode", "cpu_utilization_percent", "gpu_utilization_percent"),
    *("ram_utilization_percent", "ram_used_gb", "on_cloud", "pue", "wue"),
)
"""Names and order of `EmissionsData` (codecarbon 3.x, `output_methods/emissions_data.py`)."""
OWN = ("energy_consumed_low", "energy_consumed_high", "provenance", "candidate", "written_by")


def files(project: Project, summary: Summary) -> dict[str, bytes]:
    """`emissions.csv`."""
    stand = assumptions(project)
    rows: list[list[object]] = []
    for task in measured_tasks(project):
        energy, device = (task.energy * stand.pue_factor).to("kWh"), task.measurement.device
        gpu = any("nvml" in meter.name for meter in task.started.meters)
        try:
            kg: float | None = (energy * stand.grid).to("kgCO2e").value
        except CarbonError:
            kg = None
        environment = task.started.environment
        known: dict[str, object] = {
            "timestamp": task.at[:19],
            "project_name": summary.project,
            "run_id": task.measurement.run_id,
            "duration": task.duration_s,
            "emissions": kg,
            "emissions_rate": kg / task.duration_s if kg is not None and task.duration_s else None,
            "gpu_energy" if gpu else "cpu_energy": energy.value,
            "energy_consumed": energy.value,
            "country_iso_code": _country(stand.region),
            "os": environment.get("system"),
            "python_version": environment.get("python"),
            "cpu_count": environment.get("logical_processors"),
            "cpu_model": environment.get("processor"),
            "gpu_model": device if gpu else None,
            "ram_total_size": environment.get("memory_gib"),
            "tracking_mode": "machine",
            "on_cloud": None,
            "pue": stand.pue_factor.value,
        }
        own = (energy.low, energy.high, str(energy.provenance), task.candidate.name, PROGRAM)
        rows.append([*(known.get(column) for column in COLUMNS), *own])
    return {"emissions.csv": as_csv((*COLUMNS, *OWN), rows)} if rows else {}


def _country(region: str | None) -> str | None:
    """The country's code; None for a cloud region or a place without figures."""
    try:
        code = region_code(region) if region else None
    except CarbonError:
        return None
    return code if code and len(code) == 3 and code.isalpha() else None
