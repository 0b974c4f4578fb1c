"""The noun `Model`: a row of the bank's model inventory.

Fields follow the inventories asked for by PRA SS1/23 (principle 1.2) and SR 26-2, plus those that
energy needs. Everything but id and name may be unknown (None), and stays unknown until somebody
says it.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Stage(StrEnum):
    """Where a model stands in its life cycle."""

    DEVELOPMENT = "development"
    VALIDATION = "validation"
    PRODUCTION = "production"
    RETIRING = "retiring"
    RETIRED = "retired"


class Model(BaseModel):
    """One model of the inventory."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1)
    name: str
    owner: str | None = None
    developer: str | None = None
    validator: str | None = None
    """Who is independent of the developer and validated it."""
    business_line: str | None = None
    purpose: str | None = None
    restrictions: str | None = None
    """On its use."""
    limitations: str | None = None
    """Known limitations and assumptions."""
    inputs: str | None = None
    """Type and source of its inputs."""
    outputs: str | None = None
    version: str | None = None
    kind: str | None = None
    """Model type in the words of the profiles: logistic, gradient_boosting, cnn, transformer …"""
    family: str | None = None
    vendor: str | None = None
    tier: int | None = Field(default=None, ge=1, le=4)
    """1 is the most material."""
    stage: Stage = Stage.PRODUCTION
    status: str | None = None
    first_used: date | None = None
    validated: date | None = None
    validation_finding: str | None = None
    exceptions: str | None = None
    """Exceptions to the bank's model policy."""
    overlays: str | None = None
    """Post-model adjustments in force."""
    last_updated: date | None = None
    next_review: date | None = None
    feeds: tuple[str, ...] = ()
    """Ids of the models that consume this one's output."""
    depends_on: tuple[str, ...] = ()
    """Ids of the models whose output it consumes."""
    fallback: str | None = None
    """Id of the model, or `rule`/`human`, that takes over when this one is retired."""
    metric: str | None = None
    metric_value: float | None = None
    metric_floor: float | None = None
    calls_per_year: float | None = Field(default=None, ge=0)
    planned_growth: float | None = Field(default=None, gt=-1)
    """Planned relative growth of its volume a year: 0.05 is 5 %."""
    carbon_kg_last_year: float | None = Field(default=None, ge=0)
    """Its footprint a year ago, location-based: what growth is measured against."""
    hardware: str | None = None
    region: str | None = None
    pue: float | None = Field(default=None, ge=1)
    parameters: float | None = Field(default=None, ge=0)
    flops_per_call: float | None = Field(default=None, ge=0)
    throughput_per_s: float | None = Field(default=None, gt=0)
    precision: str | None = None
    batch_size: float | None = Field(default=None, ge=1)
    utilisation: float | None = Field(default=None, ge=0, le=1)
    reserved_share: float | None = Field(default=None, ge=0)
    """Share of the machine reserved for the model around the clock."""
    machine: str | None = None
    """Name of the shared machine or cluster it runs on."""
    account: str | None = None
    """Cloud account, subscription or cost centre on whose invoice its energy stands."""
    training_runs_per_year: float | None = Field(default=None, ge=0)
    training_energy_kwh: float | None = Field(default=None, ge=0)
    """Electric energy of one training run, before PUE."""
    validation_energy_kwh: float | None = Field(default=None, ge=0)
    """Electric energy of validating and monitoring it in a year, before PUE."""
    idle_power_w: float | None = Field(default=None, ge=0)
    """Idle power of the whole machine whose `reserved_share` is held for the model."""
    contract_g_per_kwh: float | None = Field(default=None, ge=0)
    """Market-based factor of the contract its site buys power under, where there is one."""
    calls_last_90_days: float | None = Field(default=None, ge=0)
    retired_on: date | None = None
    """Day from which its energy has to be zero."""
    energy_per_call_j: float | None = Field(default=None, ge=0)
    """Imported or declared energy per call, where the bank has one."""
    energy_provenance: str | None = None
    candidate: str | None = None
    """Key of the measured candidate that is this model, where there is one."""
    never_touch: bool = False
    group: str | None = None
    """Models with one group change together."""
    fictitious: bool = False
