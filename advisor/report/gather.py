"""From the project file to a `Summary`: the only place where the documents meet the database."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from advisor import __version__
from advisor.bench.measurement import Measurement
from advisor.candidates.candidate import Candidate
from advisor.carbon import CarbonError, annual_footprint
from advisor.carbon.footprint import per_inference
from advisor.portfolio import Budgets
from advisor.profiles import (
    profile_paths,
    read_profile,
    shipped_profiles_folder,
    user_profiles_folder,
)
from advisor.project import Project
from advisor.project.assumptions import Assumptions, assumptions
from advisor.project.inventory import inventory_study
from advisor.project.published import Published
from advisor.project.standing import standing
from advisor.quantities import Quantity
from advisor.rank import RankError
from advisor.rank.option import Recommendation
from advisor.report.basis import measured_basis
from advisor.report.portfolio_figures import portfolio_figures
from advisor.report.published import restatements, to_publish
from advisor.report.summarise import summarise
from advisor.report.summary import (
    EvidenceReference,
    FootprintRow,
    Logo,
    MeasuredRow,
    RiskRow,
    Summary,
)
from advisor.sentences import Sentence, sentence

BUDGETS = "portfolio_budgets"
"""Setting of the project: the limits of the plan that the bank adopted in the window."""
PROGRAM = f"Carbon Advisor {__version__}"


def summary_of(
    project: Project,
    recommendations: Sequence[Recommendation] | None = None,
    *,
    footprint: Sequence[FootprintRow] | None = None,
    risk: Sequence[RiskRow] = (),
    as_of: date | None = None,
) -> Summary:
    """The summary of a project.

    Its date is the one given, the one kept in the project, or that of the last entry of the log.
    With an inventory, footprint, actions and risk are the portfolio's; else those of the measured
    candidates. `recommendations`, `footprint` and `risk` override either.
    """
    log = project.log()
    stand = assumptions(project)
    candidates = {c.key: c for c in project.candidates.all()}
    models = project.models.all()
    measured = project.measurements.all()
    published: list[Published] = project.shelf("published").all()
    logo = project.setting("logo")
    rows = [measured_row(m, candidates.get(m.candidate)) for m in measured]
    last = date.fromisoformat(log[-1].at[:10]) if log else date(1980, 1, 1)
    day = as_of or _kept_date(project) or last
    known = inventory_study(project) if footprint is None and recommendations is None else None
    if known is not None:
        budgets = adopted_budgets(project)
        found = portfolio_figures(known, day, budgets)
        footprint, recommendations, risk = found.footprint, found.recommendations, found.risk
        notes = _budget_notes(budgets, feasible=found.feasible)
        basis = found.basis
    else:
        notes = assumed_notes(stand) if measured else []
        basis = tuple(measured_basis(rows, stand)) if rows else ()
    return summarise(
        project=Path(project.address).stem,
        as_of=day,
        organisation=project.setting("organisation", ""),
        logo=Logo.model_validate(logo) if logo else None,
        fictitious=any(m.fictitious for m in models),
        footprint=footprint_rows(project) if footprint is None else footprint,
        recommendations=ranking_of(project) if recommendations is None else recommendations,
        names={c.key: c.name for c in candidates.values()},
        decisions=project.shelf("decisions").all(),
        risk=risk,
        measured=rows,
        restatements=restatements(published, log),
        evidence=[
            *(
                EvidenceReference(reference=f"operational:{o.key}", statement=f"{o.name}, entered")
                for o in project.shelf("operational").all()
            ),
            *evidence_of(measured, candidates, log[-1].hash if log else None),
        ],
        notes=notes,
        basis=basis,
        log_head=log[-1].hash if log else None,
        program=PROGRAM,
    )


def adopted_budgets(project: Project) -> Budgets | None:
    """The limits within which the bank adopted its plan; None where it adopted none."""
    kept = project.setting(BUDGETS)
    return Budgets.model_validate(kept) if kept else None


def _budget_notes(budgets: Budgets | None, *, feasible: bool) -> list[Sentence]:
    if budgets is None or budgets == Budgets():
        return []
    if not feasible:
        return [sentence("No plan keeps within the limits adopted: nothing is recommended.")]
    return [sentence("Recommended is the best plan within the limits that the bank adopted.")]


def ranking_of(project: Project) -> tuple[Recommendation, ...]:
    """The measured candidates as window and terminal rank them; nothing where nothing can be."""
    try:
        found = standing(project)
    except (RankError, CarbonError):
        return ()
    return found.recommendations if found else ()


def footprint_rows(project: Project) -> list[FootprintRow]:
    """The model under study as it is run today (the baseline), from its measurement."""
    try:
        found = standing(project)
    except (RankError, CarbonError):
        return []
    measured = found.measurement(found.baseline) if found else None
    if found is None or measured is None:
        return []
    name = found.names.get(found.baseline, found.baseline[:12])
    return [measured_footprint(measured, name, found.assumed)]


def measured_footprint(m: Measurement, name: str, stand: Assumptions) -> FootprintRow:
    """A year of a measured candidate under the project's assumptions."""
    energy = per_inference(m.energy_j)
    try:
        carbon: Quantity | None = annual_footprint(
            energy, stand.calls, stand.pue_factor, stand.grid
        )
    except CarbonError:
        carbon = None
    return FootprintRow(
        id=m.candidate,
        name=name,
        region=stand.region,
        hardware=m.device,
        calls_per_year=stand.calls.value,
        energy_per_call=energy,
        energy=(energy * stand.calls * stand.pue_factor).to("kWh/year"),
        carbon=carbon,
    )


def measured_row(m: Measurement, candidate: Candidate | None) -> MeasuredRow:
    """A measurement as the annex shows it."""
    return MeasuredRow(
        run_id=m.run_id,
        candidate=m.candidate,
        name=candidate.name if candidate else _short(m.candidate),
        sha256=candidate.sha256 if candidate else "",
        device=m.device,
        energy=m.energy_j,
        latency_p50=m.latency_ms.get("p50"),
        throughput=m.throughput_per_s,
        metric=m.metric,
        accuracy=m.accuracy,
        windows_used=m.windows_used,
        windows_excluded=m.windows_excluded,
        coverage=str(m.coverage),
        warnings=tuple(str(w) for w in m.warnings),
    )


def _short(key: str) -> str:
    """A key as a reader meets it: a digest by its beginning, a name of another tracker whole."""
    return key[:12] if len(key) >= 64 else key


def evidence_of(
    measured: Sequence[Measurement], candidates: dict[str, Candidate], head: str | None
) -> list[EvidenceReference]:
    """What the figures lead back to: measurements, model files, profiles and the event log."""
    found = [
        EvidenceReference(
            reference=f"measurement:{m.run_id}/{m.candidate[:12]}",
            statement=f"{candidates[m.candidate].name}, {m.device}, {m.windows_used} windows"
            if m.candidate in candidates
            else m.device,
            sha256=candidates[m.candidate].sha256 if m.candidate in candidates else None,
        )
        for m in measured
    ]
    found += [
        EvidenceReference(reference=f"profile:{name}", statement=source, sha256=digest)
        for name, layers in all_profiles().items()
        for digest, source in {p.sha256: p.header.source for p in map(read_profile, layers)}.items()
    ]
    if head:
        found.append(
            EvidenceReference(reference="log", statement="event log, last entry", sha256=head)
        )
    return found


def assumed_notes(stand: Assumptions) -> list[Sentence]:
    """What nobody entered, said plainly."""
    words = {
        "calls_per_year": sentence(
            "Inferences per year were not entered: {calls} are assumed.",
            calls=f"{stand.calls.value:,.0f}",
        ),
        "region": sentence("The region was not entered: the world's mean grid is assumed."),
        "pue": sentence("The PUE was not entered: 1.0 is assumed, which leaves cooling out."),
    }
    return [words[name] for name in stand.assumed]


def all_profiles() -> dict[str, list[Path]]:
    """Every profile the program would read now: `folder/name` → its layers, shipped first."""
    roots = (shipped_profiles_folder(), user_profiles_folder())
    folders = {p.name for root in roots if root.is_dir() for p in root.iterdir() if p.is_dir()}
    return {
        f"{folder}/{name}": layers
        for folder in sorted(folders)
        for name, layers in profile_paths(folder).items()
    }


def profile_digests() -> dict[str, str]:
    """The profiles with their SHA-256, over all layers."""
    return {
        name: hashlib.sha256(b"".join(path.read_bytes() for path in layers)).hexdigest()
        for name, layers in all_profiles().items()
    }


def publish(project: Project, summary: Summary) -> bool:
    """Keep what a summary says, so that a later one can restate it; False when it is nothing new.

    Published twice, the same figures are kept once: the same project gives the same documents.
    """
    shelf = project.shelf("published")
    new = to_publish(shelf.all(), summary, profile_digests(), project.log())
    if new is not None:
        shelf.put(new, action="published")
    return new is not None


def _kept_date(project: Project) -> date | None:
    kept = project.setting("as_of")
    return date.fromisoformat(kept) if kept else None
