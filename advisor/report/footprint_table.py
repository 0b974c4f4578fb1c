"""The footprint as a table: by business line where lines are known, else a line a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from advisor.quantities import Provenance, Quantity
from advisor.report.summary import FootprintRow, Summary
from advisor.report.sums import provenance_shares, sum_known
from advisor.report.table import Cell, Column, Table, column_unit
from advisor.sentences import sentence


def footprint_table(s: Summary) -> Table:
    """Footprint by business line, the largest first; a line a model where no line is known."""
    grouped = len({r.group for r in s.footprint if r.group}) > 1
    rows = _groups(s.footprint) if grouped else list(s.footprint)
    rows = sorted(rows, key=lambda r: -(r.carbon.value if r.carbon else -1.0))
    carbon_unit = column_unit([r.carbon for r in rows], "kgCO2e/year")
    energy_unit = column_unit([r.energy for r in rows], "kWh/year")
    market = any(r.carbon_market is not None for r in rows)
    columns = [
        Column(sentence("Business line") if grouped else sentence("Model"), weight=2.3),
        *([Column(sentence("Models"), figures=True, weight=0.7)] if grouped else []),
        Column(sentence("Energy"), energy_unit, figures=True),
        Column(sentence("Carbon, location-based"), carbon_unit, figures=True, weight=1.75),
        *(
            [Column(sentence("Carbon, market-based"), carbon_unit, figures=True, weight=1.75)]
            if market
            else []
        ),
        Column(sentence("Measured share"), "percent", figures=True)
        if grouped
        else Column(sentence("Evidence")),
    ]
    members = _by_group(s.footprint)

    def line(name: Cell, count: int, r: FootprintRow) -> tuple[Cell, ...]:
        return (
            name,
            *([count] if grouped else []),
            r.energy,
            r.carbon,
            *([r.carbon_market] if market else []),
            measured_share(members.get(r.id, s.footprint))
            if grouped
            else (sentence(str(r.carbon.provenance)) if r.carbon else sentence("unknown")),
        )

    whole = FootprintRow(
        id="",
        name="",
        energy=s.energy_total,
        carbon=s.footprint_total,
        carbon_market=s.footprint_market_total,
    )
    return Table(
        key="footprint",
        title=sentence("What we run and what it emits"),
        columns=tuple(columns),
        rows=tuple(
            line(r.name or sentence("Not assigned"), len(members.get(r.id, ())), r) for r in rows
        ),
        total=line(sentence("Total of what is known"), s.models, whole),
    )


def measured_share(rows: Iterable[FootprintRow]) -> Cell:
    """Share of the known footprint that rests on measurement, in whole percent."""
    shares = provenance_shares(rows)
    return f"{100 * shares.get(Provenance.MEASURED, 0.0):.0f}" if shares else None


def _by_group(rows: Sequence[FootprintRow]) -> dict[str, list[FootprintRow]]:
    groups: dict[str, list[FootprintRow]] = {}
    for r in rows:
        groups.setdefault(r.group or "", []).append(r)
    return groups


def _groups(rows: Sequence[FootprintRow]) -> list[FootprintRow]:
    def summed(
        members: list[FootprintRow], figure: Callable[[FootprintRow], Quantity | None]
    ) -> Quantity | None:
        return sum_known(figure(m) for m in members)

    return [
        FootprintRow(
            id=group,
            name=group,
            energy=summed(members, lambda m: m.energy),
            carbon=summed(members, lambda m: m.carbon),
            carbon_market=summed(members, lambda m: m.carbon_market),
        )
        for group, members in _by_group(rows).items()
    ]
