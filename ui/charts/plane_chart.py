"""The plane (accuracy lost, carbon saved): every option with its intervals, and the frontier."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.figures import reader_unit, unit_text
from advisor.quantities import Quantity
from advisor.rank import Recommendation, Verdict, own_savings
from ui.charts.chart import Chart
from ui.i18n import figure, language, tr
from ui.theme import theme

_LOOKS: dict[Verdict, tuple[str, str, bool]] = {
    Verdict.BASELINE: ("s", "ink", True),
    Verdict.NO_REGRET: ("o", "accent", False),
    Verdict.FRONTIER: ("d", "accent", False),
    Verdict.DOMINATED: ("o", "ink_faint", True),
    Verdict.EXTENDED_DOMINATED: ("t", "ink_faint", True),
    Verdict.NO_DIFFERENCE: ("x", "ink_faint", False),
    Verdict.WORSE: ("t1", "ink_faint", False),
    Verdict.BELOW_FLOOR: ("star", "danger", False),
}
"""Symbol, colour token, hollow: each verdict has a shape of its own, never colour alone."""


_CORNERS = ((1, 0), (1, 1), (0, 0), (0, 1))
"""Where a legend may stand, the likeliest first: from the left, from the top."""


class PlaneChart(Chart):
    """Linked with the ranking table by the keys of candidates."""

    def __init__(self) -> None:
        super().__init__(
            tr("Accuracy lost"),
            tr("Carbon saved"),
            y_unit=unit_text("kgCO2e/year", language.code).strip(),
            legend=True,
        )
        self._unit = "kgCO2e/year"
        self._own: dict[str, Quantity] = {}

    def show_ranking(
        self, recommendations: Sequence[Recommendation], words: dict[Verdict, str]
    ) -> None:
        """Draw the options whose accuracy is known; `words` name the verdicts in the legend."""
        self.clear()
        self._unit = _common_unit(recommendations)
        losses = (r.option.accuracy_loss for r in recommendations)
        lost = next((unit_text(q.unit, language.code) for q in losses if q is not None), "")
        self.item.getAxis("bottom").setLabel(
            f"{tr('Accuracy lost')} [{lost}]" if lost else tr("Accuracy lost")
        )
        name = unit_text(self._unit, language.code).strip()
        self.item.getAxis("left").setLabel(f"{tr('Carbon saved')} [{name}]")
        self.level(0.0)
        self.level(0.0, upright=True)
        placed = [r for r in recommendations if r.option.accuracy_loss is not None]
        self._own = own_savings([r.option for r in recommendations])
        self._frontier(placed)
        for verdict in _LOOKS:
            group = [r for r in placed if r.verdict is verdict]
            if group:
                self._group(group, words[verdict])
        self._name_places(placed)
        self._clear_legend()

    def _clear_legend(self) -> None:
        """The legend in the corner that holds the fewest options."""
        box = self.item.getViewBox()
        box.updateAutoRange()
        (left, right), (low, high) = box.viewRange()
        shown = [
            ((x - left) / (right - left), (high - y) / (high - low))
            for x, y in self._marked.values()
        ]

        def crowd(corner: tuple[int, int]) -> int:
            return sum(abs(x - corner[0]) < 0.45 and abs(y - corner[1]) < 0.45 for x, y in shown)

        free = min(_CORNERS, key=crowd)
        edge = theme.px(10)
        offset = (edge - 2 * edge * free[0], edge - 2 * edge * free[1])
        self.item.legend.anchor(free, free, offset=offset)

    def _name_places(self, placed: Sequence[Recommendation]) -> None:
        """Place and name beside every option that is recommended."""
        self.words(
            [
                (
                    r.option.accuracy_loss.value,
                    r.option.carbon_saved_kg.to(self._unit).value,
                    f"  {r.place}  {r.option.name}",
                )
                for r in placed
                if r.place is not None and r.option.accuracy_loss is not None
            ]
        )

    def _group(self, group: Sequence[Recommendation], name: str) -> None:
        symbol, colour, hollow = _LOOKS[group[0].verdict]
        losses = [r.option.accuracy_loss for r in group if r.option.accuracy_loss is not None]
        savings = [r.option.carbon_saved_kg.to(self._unit) for r in group]
        own = [self._own[r.option.id].to(self._unit) for r in group]
        at = [q.value for q in losses], [q.value for q in savings]
        self.pale_bars(*at, [q.low for q in savings], [q.high for q in savings], colour)
        self.points(
            name,
            *at,
            x_low=[q.low for q in losses],
            x_high=[q.high for q in losses],
            y_low=[q.low for q in own],
            y_high=[q.high for q in own],
            keys=[r.option.candidate or r.option.id for r in group],
            labels=[
                tr(
                    "{name}: saves {saved} a year, loses {lost}",
                    name=r.option.name,
                    saved=figure(r.option.carbon_saved_kg),
                    lost=figure(r.option.accuracy_loss),
                )
                for r in group
            ],
            colour=colour,
            symbol=symbol,
            hollow=hollow,
        )

    def _frontier(self, placed: Sequence[Recommendation]) -> None:
        """From the model in use up to the best option without regret, then along the frontier."""
        free = [
            r.option.carbon_saved_kg.to(self._unit).value
            for r in placed
            if r.verdict is Verdict.NO_REGRET
        ]
        steps = sorted(
            (r.option.accuracy_loss.value, r.option.carbon_saved_kg.to(self._unit).value)
            for r in placed
            if r.verdict is Verdict.FRONTIER and r.option.accuracy_loss is not None
        )
        corners = [(0.0, 0.0), *([(0.0, max(free))] if free else []), *steps]
        if len(corners) > 1:
            xs, ys = zip(*corners, strict=True)
            self.line(xs, ys, name=tr("efficient frontier"), width=1.5, dashed=True)


def _common_unit(recommendations: Sequence[Recommendation]) -> str:
    """The reader's unit of the largest saving: one axis, one unit."""
    savings = [r.option.carbon_saved_kg for r in recommendations]
    return reader_unit(max(savings, key=lambda q: abs(q.value))) if savings else "kgCO2e/year"
