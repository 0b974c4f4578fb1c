"""What turns joules per inference into a year's carbon: entered by the user, kept as settings.

What nobody entered is a stated assumption, and every figure made from it says so.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from advisor.carbon import grid_intensity, pue_quantity
from advisor.carbon.grid import region_code
from advisor.project.project import Project
from advisor.quantities import Provenance, Quantity

_ASSUMED_CALLS_PER_YEAR = 1_000_000.0
_ASSUMED_REGION = "WORLD"


class Assumptions(BaseModel):
    """Volume, place and building of the model under study; None means that nobody said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    calls_per_year: float | None = Field(default=None, gt=0)
    region: str | None = None
    year: int | None = Field(default=None, ge=1990, le=2100)
    pue: float | None = Field(default=None, ge=1, le=5)
    baseline: str | None = None
    """Key of the candidate in use today; None: the first one that was measured."""
    floor: float | None = None
    """Least value of the metric that may be chosen, in its own points."""

    @property
    def calls(self) -> Quantity:
        """Inferences per year."""
        if self.calls_per_year is None:
            return Quantity.exact(
                _ASSUMED_CALLS_PER_YEAR,
                "inference/year",
                Provenance.ESTIMATED,
                "Inferences per year: 1,000,000 assumed, since none were entered",
            )
        return Quantity.exact(
            self.calls_per_year,
            "inference/year",
            Provenance.DECLARED,
            "Inferences per year, as entered",
        )

    @property
    def pue_factor(self) -> Quantity:
        """Power usage effectiveness (ISO/IEC 30134-2) of the building the machine stands in."""
        if self.pue is None:
            return Quantity.exact(
                1.0,
                "1",
                Provenance.ESTIMATED,
                "PUE: 1.0 assumed (the machine's own electricity only), since none was entered",
            )
        return pue_quantity(self.pue).named("PUE, as entered")

    @property
    def grid(self) -> Quantity:
        """Location-based grid intensity, gCO2e/kWh. Raises `CarbonError`."""
        found = grid_intensity(self.region or _ASSUMED_REGION, self.year)
        if self.region is None:
            return found.named(f"{found.source}; world mean assumed, since no region was entered")
        return found

    @property
    def assumed(self) -> tuple[str, ...]:
        """Names of what nobody entered."""
        names = ("calls_per_year", "region", "pue")
        return tuple(name for name in names if getattr(self, name) is None)


def assumptions(project: Project) -> Assumptions:
    """The project's assumptions."""
    fields = Assumptions.model_fields
    values = {name: project.setting(name) for name in fields}
    return Assumptions.model_validate(values)


def assume(project: Project, changed: Assumptions) -> None:
    """Keep assumptions in the project. Raises `CarbonError` for an unknown region."""
    if changed.region is not None:
        region_code(changed.region)
    project.set(**changed.model_dump())
