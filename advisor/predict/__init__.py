"""Energy of what was not measured: fitted on what was, with intervals calibrated on whole groups.

Use:

    model = fit(table, Columns(energy="mJ", energy_unit="mJ", sizes=("params",), device="board"))
    model.predict(frame)            # energy_j, energy_j_low, energy_j_high, …, used
    predict_inventory(models_frame) # from the shipped public measurements, no local ones needed
"""

from advisor.predict.columns import Columns, UnusableTableError
from advisor.predict.encoding import Knowledge
from advisor.predict.fitted import FittedModel, fit
from advisor.predict.prior import predict_inventory, prior_model, shipped_runs

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
