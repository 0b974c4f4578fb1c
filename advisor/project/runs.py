"""What lets a benchmark be opened again: where the data came from, how it was run, settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from advisor.candidates.rows import RowSplit


class WorkloadSource(BaseModel):
    """How a workload was read, so that it can be read again; the arrays stay in their file."""

    model_config = ConfigDict(frozen=True)

    path: Path | None
    """None for synthetic inputs."""
    sha256: str
    label: str | None = None
    group: str | None = None
    metric: str | None = None
    mapping: dict[str, Any] = Field(default_factory=dict)
    samples: int | None = None
    seed: int = 0
    rows: RowSplit | None = None
    """Set where a part of the rows calibrates: `sha256` is then that of the evaluation rows."""

    @property
    def key(self) -> str:
        """Identity: the digest of the arrays and how they are scored."""
        return f"{self.sha256}/{self.metric or '-'}"


class BenchmarkRun(BaseModel):
    """What a run set out to do. Its events are in the table `events`."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    candidates: tuple[str, ...]
    workload: str
    """Key of the `WorkloadSource`."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """The plan's settings besides candidates and workload."""
    finished: bool = False
    ended_because: str = ""


class Setting(BaseModel):
    """A setting of the project (PUE, region, calls per year, language …), kept with its history."""

    model_config = ConfigDict(frozen=True)

    name: str
    value: JsonValue
