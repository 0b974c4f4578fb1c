"""Declared dependence: how far drivers stray from their path, and how they move together.

Each driver has a latent standard normal X_t, an AR(1) over the years with persistence φ; the
innovations of one year are correlated by R. With one φ for all drivers R is also the correlation of
the X_t of one year (a Gaussian copula; Nelsen 2006, ch. 2). A price's factor is exp(σX − σ²/2), of
mean one: the scenario's path is the expectation.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from advisor.profiles import profile_paths, read_profile
from advisor.risk.errors import RiskError
from advisor.risk.refusals import refused
from advisor.sentences import sentence

Latent = Literal[
    "energy_price",
    "carbon_price",
    "grid_intensity",
    "supply",
    "volume",
    "regulation",
    "measurement",
]
LATENT: tuple[Latent, ...] = get_args(Latent)
Sigma = Annotated[float, Field(ge=0, le=5)]


class Correlation(BaseModel):
    """Correlation of two latent drivers, with the reason for it."""

    model_config = ConfigDict(frozen=True)

    between: tuple[Latent, Latent]
    value: float = Field(ge=-1, le=1)
    reason: str = ""

    @model_validator(mode="after")
    def _of_two(self) -> Self:
        if self.between[0] == self.between[1]:
            raise RiskError(
                sentence(
                    "A correlation stands between two drivers, not {key} twice; correct it.",
                    key=self.between[0],
                )
            )
        return self


class Dependence(BaseModel):
    """Spreads, correlations and persistence, as declared."""

    model_config = ConfigDict(frozen=True)

    spread: dict[Latent, Sigma] = Field(default_factory=dict)
    own_volume: Sigma = 0.0
    """Yearly log standard deviation of one model's volume, independent of the others'."""
    year_to_year: float = Field(default=0.0, ge=0, le=1)
    common_measurement: float = Field(default=0.0, ge=0, le=1)
    """Share of a footprint's log variance that all models have in common."""
    correlations: tuple[Correlation, ...] = ()
    source: str = ""

    def sigma(self, driver: Latent) -> float:
        """Log standard deviation of a driver around its path; 0 where none is declared."""
        return self.spread.get(driver, 0.0)

    def matrix(self) -> NDArray[np.float64]:
        """The correlation matrix in the order of `LATENT`. Raises `RiskError` if it is none."""
        matrix = np.eye(len(LATENT))
        for pair in self.correlations:
            i, j = (LATENT.index(name) for name in pair.between)
            matrix[i, j] = matrix[j, i] = pair.value
        if np.linalg.eigvalsh(matrix).min() < -1e-9:
            raise RiskError(
                sentence(
                    "The declared correlations contradict each other (their matrix is not "
                    "positive semidefinite); bring the largest ones nearer to zero."
                )
            )
        return matrix

    def root(self) -> NDArray[np.float64]:
        """A with A·Aᵀ = R, also for a singular R. Shape (K, K)."""
        values, vectors = np.linalg.eigh(self.matrix())
        return vectors * np.sqrt(np.clip(values, 0.0, None))


INDEPENDENT = Dependence(source="no uncertainty declared")


def read_dependence(path: Path | None = None) -> Dependence:
    """The declared dependence, the user's file over the shipped one. Raises `RiskError`."""
    if path is None:
        layers = profile_paths("frameworks").get("ai_carbon_dependence.toml", [])
        if not layers:
            raise RiskError(
                sentence(
                    "There is no profile {name}; reinstall the program.",
                    name="ai_carbon_dependence.toml",
                )
            )
        path = layers[-1]
    profile = read_profile(path)
    document: dict[str, Any] = profile.document
    spread = dict(document.get("spread", {}))
    try:
        made = Dependence(
            own_volume=spread.pop("own_volume", 0.0),
            spread=spread,
            **document.get("persistence", {}),
            correlations=document.get("correlation", ()),
            source=profile.citation,
        )
    except ValidationError as error:
        raise refused(error, path.name) from error
    made.matrix()
    return made
