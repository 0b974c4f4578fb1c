"""Charts: `Chart` is the base; one file a chart beside it."""

from ui.charts.chart import Chart

__all__ = ["Chart"]
