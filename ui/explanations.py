"""Answers to “where does this number come from?”, put together from the nouns of the project."""

from __future__ import annotations

from advisor.bench import Measurement, Started
from advisor.candidates import Candidate
from advisor.figures import percent
from advisor.project.project import Project
from advisor.quantities import Quantity
from advisor.rank import Option, Recommendation
from ui.figures.explanation import Explanation
from ui.i18n import figure, interval, language, said, tr


def explain_candidate(candidate: Candidate) -> Explanation:
    """A model file: its facts, hash and, if a lever made it, how."""
    facts = candidate.facts
    made = (
        ((tr("Made by"), f"{candidate.lever} {candidate.lever_settings or ''}".strip()),)
        if candidate.lever
        else ()
    )
    flops = facts.flops_per_inference
    moved = facts.bytes_moved_per_inference
    operators = ", ".join(f"{name} × {n}" for name, n in sorted(facts.operators.items()))
    inputs = tuple(
        Explanation(title=title, quantity=q, meaning=q.source, facts=_file(candidate))
        for title, q in (
            (tr("Floating point operations per inference"), flops),
            (tr("Bytes moved per inference"), moved),
        )
        if q is not None
    )
    return Explanation(
        title=candidate.name,
        quantity=None,
        meaning=tr("Read from the model's graph, without running it."),
        inputs=inputs,
        facts=(
            *made,
            (tr("Parameters"), f"{facts.parameters:,}"),
            (tr("Precision"), facts.precision),
            (tr("Operators"), operators or "–"),
            (tr("Inputs"), _tensors(candidate)),
            (tr("ONNX opset"), str(facts.opset)),
            (tr("Producer"), facts.producer or "–"),
            *_file(candidate),
        ),
    )


def explain_energy(project: Project, measurement: Measurement) -> Explanation:
    """Energy per inference: windows, meters, run, file."""
    started = _started(project, measurement.run_id)
    meters = tuple(
        (m.name, f"{m.device}. {m.coverage.statement}") for m in (started.meters if started else ())
    )
    candidate = project.candidates.get(measurement.candidate)
    return Explanation(
        title=tr("Energy per inference"),
        quantity=measurement.energy_j,
        formula=tr("E = Σ joules of the windows ÷ Σ inferences in them"),
        meaning=measurement.energy_j.source,
        chain=(
            tr(
                "{n} windows were measured, {m} left out.",
                n=measurement.windows_used,
                m=measurement.windows_excluded,
            ),
            tr("Run {run} on {device}.", run=measurement.run_id, device=measurement.device),
            tr("Batch size {n}.", n=measurement.batch_size),
            tr("This is the total, idle power included; the ranking uses it."),
        ),
        cautions=tuple(said(c) for c in measurement.cautions),
        facts=(
            (tr("Above idle"), figure(measurement.energy_above_idle_j)),
            *meters,
            (tr("Covered"), _covered(measurement)),
            (tr("Data (SHA-256)"), measurement.workload_sha256 or "–"),
            *(_file(candidate) if candidate else ()),
        ),
    )


def explain_option_energy(project: Project, option: Option) -> Explanation | None:
    """Energy per inference as it is ranked: measured, or moved into the run it is compared in."""
    measurement = project.measurements.get(option.id)
    if measurement is None:
        return None
    measured = explain_energy(project, measurement)
    as_measured = (measurement.energy_j, measurement.energy_above_idle_j)
    if option.energy_j is None or any(q and q.value == option.energy_j.value for q in as_measured):
        return measured
    return Explanation(
        title=tr("Energy per inference"),
        quantity=option.energy_j,
        formula=tr(
            "E = E of a model measured in both runs × measured here ÷ that model measured here"
        ),
        meaning=tr(
            "Measured in another run than the model in use; brought onto its scale through a model "
            "that both runs measured."
        ),
        chain=(option.energy_j.source,),
        inputs=(measured,),
    )


def _covered(measurement: Measurement) -> str:
    statement = measurement.covered
    return statement.text(language.code) if statement else measurement.coverage


def explain_saving(project: Project, recommendation: Recommendation) -> Explanation:
    """Carbon saved a year: before, after, and everything that went into both."""
    option = recommendation.option
    return Explanation(
        title=tr("Carbon saved per year: {name}", name=option.name),
        quantity=option.carbon_saved_kg,
        formula=tr("saved = footprint of the model in use − footprint of this option"),
        meaning=said(recommendation.reason),
        inputs=(*_footprint(option), *_energy(project, option)),
        chain=tuple(option.carbon_saved_kg.source.split(" − ")),
        facts=_standing(recommendation),
    )


def explain_footprint(project: Project, option: Option) -> Explanation:
    """kgCO2e a year of an option."""
    return Explanation(
        title=tr("Footprint per year: {name}", name=option.name),
        quantity=option.carbon_kg,
        formula=tr("inferences per year × energy per inference × PUE × grid intensity"),
        inputs=_energy(project, option),
        chain=tuple(option.carbon_kg.source.split(" × ")) if option.carbon_kg else (),
    )


def explain_loss(project: Project, recommendation: Recommendation) -> Explanation:
    """Accuracy lost against the model in use."""
    option = recommendation.option
    accuracy = option.accuracy
    inputs: tuple[Explanation, ...] = ()
    if accuracy is not None:
        title = tr("Metric of this option")
        inputs = (Explanation(title=title, quantity=accuracy, meaning=accuracy.source),)
    return Explanation(
        title=tr("Accuracy lost: {name}", name=option.name),
        quantity=option.accuracy_loss,
        meaning=""
        if option.accuracy_loss
        else tr(
            "Unknown: there is no labelled data, or the answers could not be scored. See Data on "
            "the Benchmark page."
        ),
        formula=tr("lost = metric of the model in use − metric of this option (worse is positive)"),
        inputs=inputs,
        chain=(option.accuracy_loss.source,) if option.accuracy_loss else (),
        facts=_standing(recommendation),
    )


def explain_ratio(recommendation: Recommendation) -> Explanation:
    """Carbon saved per accuracy point given up, from the previous step of the frontier."""
    ratio = recommendation.incremental_kg_per_point
    return Explanation(
        title=tr("Saved per point lost: {name}", name=recommendation.option.name),
        quantity=ratio,
        formula=tr("(saved − saved of the previous step) ÷ (lost − lost of the previous step)"),
        meaning=said(recommendation.reason),
        chain=(ratio.source,) if ratio else (),
        facts=_standing(recommendation),
    )


def _standing(recommendation: Recommendation) -> tuple[tuple[str, str], ...]:
    place = recommendation.place
    best = recommendation.probability_best
    rows: list[tuple[str, str]] = []
    if place is not None:
        low, high = recommendation.place_low or place, recommendation.place_high or place
        rows.append(
            (tr("Place"), tr("{place} (between {low} and {high})", place=place, low=low, high=high))
        )
    if best is not None:
        rows.append((tr("Best choice in"), tr("{share} of the draws", share=percent(best))))
    rows.extend((tr("Evidence"), e) for e in recommendation.option.evidence)
    return tuple(rows)


def _footprint(option: Option) -> tuple[Explanation, ...]:
    if option.carbon_kg is None:
        return ()
    return (
        Explanation(
            title=tr("Footprint per year"),
            quantity=option.carbon_kg,
            formula=tr("inferences per year × energy per inference × PUE × grid intensity"),
            chain=tuple(option.carbon_kg.source.split(" × ")),
        ),
    )


def _energy(project: Project, option: Option) -> tuple[Explanation, ...]:
    found = explain_option_energy(project, option)
    if found is None and option.energy_j is not None:  # worked out, not measured
        known = option.energy_j
        found = Explanation(title=tr("Energy per inference"), quantity=known, meaning=known.source)
    return (found,) if found is not None else ()


def _started(project: Project, run_id: str) -> Started | None:
    return next((e for e in project.events(run_id) if isinstance(e, Started)), None)


def _file(candidate: Candidate) -> tuple[tuple[str, str], ...]:
    return ((tr("File"), str(candidate.path)), (tr("SHA-256"), candidate.sha256))


def _tensors(candidate: Candidate) -> str:
    return "; ".join(
        f"{t.name}: {t.dtype} [{', '.join('?' if d is None else str(d) for d in t.shape)}]"
        for t in candidate.facts.inputs
    )


def plain_figure(quantity: Quantity | None) -> str:
    """Value with its interval in one line."""
    known = interval(quantity)
    return f"{figure(quantity)} ({known})" if known else figure(quantity)
