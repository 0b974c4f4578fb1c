"""What the figures of a summary rest on, in sentences: energy, electricity, building, volume."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from advisor.carbon import CarbonError, grid_intensity
from advisor.predict.reach import Reach
from advisor.project.assumptions import Assumptions
from advisor.quantities import Provenance, Quantity
from advisor.report.summary import FootprintRow, MeasuredRow
from advisor.sentences import Sentence, sentence


def measured_basis(rows: Sequence[MeasuredRow], stand: Assumptions) -> Iterator[Sentence]:
    """For candidates that were measured here, under the project's assumptions."""
    own = [m for m in rows if m.windows_used]
    if own:
        yield sentence(
            "Energy: {count} models on {device}, {windows} windows, {provenance}.",
            count=len({m.candidate for m in own}),
            device=own[-1].device,
            windows=sum(m.windows_used for m in own),
            provenance=str(own[-1].energy.provenance),
        )
    try:
        grid = stand.grid
    except CarbonError:
        pass
    else:
        yield sentence(
            "Electricity of {region}: {grid} ({grid.interval}); {source}.",
            region=stand.region or "WORLD",
            grid=grid,
            source=_citation(grid),
        )
    if stand.pue is not None:
        yield sentence("Building: PUE {pue}, as entered.", pue=f"{stand.pue:g}")
    if stand.calls_per_year is not None:
        yield sentence(
            "Volume: {calls} inferences a year, as entered.", calls=f"{stand.calls_per_year:,.0f}"
        )


def portfolio_basis(
    rows: Sequence[FootprintRow], pue_assumed: int, reach: Reach | None = None
) -> Iterator[Sentence]:
    """For an inventory: how the energy of its models was got, and whose electricity they use."""
    got = Counter(r.energy_per_call.provenance for r in rows if r.energy_per_call is not None)
    if got:
        yield sentence(
            "Energy per inference: {measured} models measured, {imported} imported, {declared} "
            "declared, {estimated} estimated, {predicted} predicted.",
            **{str(kind): got.get(kind, 0) for kind in Provenance},
        )
    if reach is not None:
        yield sentence("Predicted energies. {reach}", reach=reach.words())
    by_region: dict[str, float] = {}
    for r in rows:
        if r.region and r.carbon is not None:
            carbon = r.carbon.to("kgCO2e/year").value
            by_region[r.region] = by_region.get(r.region, 0.0) + carbon
    if by_region:
        region = max(by_region, key=by_region.__getitem__)
        grid = grid_intensity(region)
        yield sentence(
            "Electricity of {count} regions; most is emitted in {region} at {grid} "
            "({grid.interval}); {source}.",
            count=len(by_region),
            region=region,
            grid=grid,
            source=_citation(grid),
        )
    if rows:
        yield sentence(
            "Building: PUE entered for {entered} models, assumed for {assumed}.",
            entered=len(rows) - pue_assumed,
            assumed=pue_assumed,
        )


def _citation(grid: Quantity) -> Sentence | str:
    """The source of a grid intensity without its own headline."""
    citation = grid.source.partition(": ")[2] or grid.source
    known, assumed, _ = citation.partition("; world mean assumed")
    if not assumed:
        return citation
    return sentence("{source}; world mean assumed, since no region was entered", source=known)
