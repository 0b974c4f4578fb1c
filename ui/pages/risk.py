"""The risk page stands in `ui.risk`; here it is found by its name."""

from ui.risk.page import RiskPage

PAGE = RiskPage
