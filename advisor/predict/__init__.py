"""Energy of what was not measured: fitted on what was, with intervals calibrated on whole groups.

Use:

    model = fit(table, Columns(energy="mJ", energy_unit="mJ", sizes=("params",), device="board"))
    model.predict(frame)            # energy_j, energy_j_low, energy_j_high, …, used
    predict_inventory(models_frame) # from the shipped public measurements, no local ones needed
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from advisor.predict.columns import Columns, UnusableTableError
    from advisor.predict.encoding import Knowledge
    from advisor.predict.fitted import FittedModel
    from advisor.predict.fitting import fit
    from advisor.predict.prior import predict_inventory, prior_model, shipped_runs

_HOME = {
    "Columns": "columns",
    "FittedModel": "fitted",
    "Knowledge": "encoding",
    "UnusableTableError": "columns",
    "fit": "fitting",
    "predict_inventory": "prior",
    "prior_model": "prior",
    "shipped_runs": "prior",
}

__all__ = [
    "Columns",
    "FittedModel",
    "Knowledge",
    "UnusableTableError",
    "fit",
    "predict_inventory",
    "prior_model",
    "shipped_runs",
]


def __getattr__(name: str) -> Any:
    """Public names on first use: scikit-learn takes seconds to import, and most commands need none
    of it."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
