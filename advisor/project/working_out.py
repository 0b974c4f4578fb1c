"""Kept operational options, worked out from the measurements as they stand now.

One function a lever; what is entered meets what was measured here and nowhere else. Figures that
the user declared keep their own named source, so that two options resting on one share it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from advisor.bench import Measurement
from advisor.candidates.levers.cache import LEVER as CACHE
from advisor.candidates.levers.cache import share_computed
from advisor.candidates.levers.cascade import LEVER as CASCADE
from advisor.candidates.levers.lever import LeverError
from advisor.candidates.levers.move import LEVER as MOVE
from advisor.candidates.levers.retire import LEVER as RETIRE
from advisor.candidates.metrics import metric_named
from advisor.carbon import grid_intensity
from advisor.carbon.grid import region_name
from advisor.figures import percent
from advisor.project.assumptions import Assumptions
from advisor.project.operational import (
    CacheSettings,
    CascadeSettings,
    MoveSettings,
    OperationalOption,
    RetireSettings,
    Settings,
)
from advisor.quantities import Provenance, Quantity
from advisor.rank import OptionKind, Part, WorkedOut, answering_worse, worked_out
from advisor.sentences import Sentence, sentence

PER_INFERENCE = "J/inference"


@dataclass(frozen=True)
class Waiting:
    """An option that cannot be worked out now, and why."""

    option: OperationalOption
    reason: Sentence


def work_out(
    options: Sequence[OperationalOption],
    measured: Mapping[str, Measurement],
    names: Mapping[str, str],
    assumed: Assumptions,
    baseline: str,
) -> tuple[list[WorkedOut], list[Waiting]]:
    """Every option that can be worked out, and those that wait for something.

    `measured` by key, on one scale; `baseline` is the key of the model in use. An option waits
    while a candidate it rests on has no measurement that can be compared. Raises `CarbonError` for
    the project's own region.
    """
    made: list[WorkedOut] = []
    waiting: list[Waiting] = []
    for option in options:
        missing = [names.get(key, key[:12]) for key in option.candidates if key not in measured]
        if missing:
            reason = sentence(
                "{model} has no measurement that can be compared here; measure it again.",
                model=", ".join(missing),
            )
            waiting.append(Waiting(option, reason))
            continue
        try:
            _check_in_use(option.settings, baseline, names)
            made.append(_made(option, measured, names, assumed))
        except LeverError as error:
            waiting.append(Waiting(option, error.said))
    return made, waiting


def _check_in_use(settings: Settings, baseline: str, names: Mapping[str, str]) -> None:
    """Raises `LeverError` where a model would be retired that is not the one in use."""
    if isinstance(settings, RetireSettings) and settings.model != baseline:
        raise LeverError(
            sentence(
                "{model} is not the model in use, so retiring it changes nothing here; choose "
                "{other}, or name {model} as the model in use.",
                model=names.get(settings.model, settings.model[:12]),
                other=names.get(baseline, baseline[:12]),
            )
        )


def _made(
    option: OperationalOption,
    measured: Mapping[str, Measurement],
    names: Mapping[str, str],
    assumed: Assumptions,
) -> WorkedOut:
    match option.settings:
        case CacheSettings():
            return _cached(option, option.settings, measured[option.settings.model])
        case CascadeSettings():
            small, large = measured[option.settings.small], measured[option.settings.large]
            return _cascaded(option, option.settings, small, large)
        case MoveSettings():
            return _moved(option, option.settings, measured[option.settings.model], assumed)
        case RetireSettings():
            return _retired(option, option.settings, measured, names)


def _cached(option: OperationalOption, settings: CacheSettings, m: Measurement) -> WorkedOut:
    rate = _repeat_rate(settings)
    lookup = None if settings.lookup_j is None else _declared(settings.lookup_j, PER_INFERENCE)
    effect = CACHE.effect(rate, m.energy_j, lookup)
    parts = [Part(m, share_computed(rate))]
    made = worked_out(option.key, option.name, OptionKind.CACHE, parts, m, lookup)
    cautions = [] if lookup is not None else [
        sentence("The energy of a look-up is unknown and left out: the saving is at most this.")
    ]  # fmt: skip
    entered = [
        sentence(
            "Repeat rate {rate}, give or take {half}, as entered.",
            rate=percent(settings.repeat_rate, 1),
            half=percent(settings.give_or_take, 1),
        )
        if settings.give_or_take
        else sentence("Repeat rate {rate}, as entered.", rate=percent(settings.repeat_rate, 1))
    ]
    if settings.lookup_j is not None:
        each = _declared(settings.lookup_j, "J")
        entered.append(sentence("One look-up uses {energy}, as entered.", energy=each))
    return replace(made, reason=effect.reason, rests_on=tuple(entered), cautions=tuple(cautions))


def _cascaded(
    option: OperationalOption, settings: CascadeSettings, small: Measurement, large: Measurement
) -> WorkedOut:
    judged = settings.judged
    effect = CASCADE.effect(settings.plan, judged, small.energy_j, large.energy_j)
    always = Quantity.exact(1.0, "1", Provenance.DECLARED, "every request")
    parts = [Part(small, always), Part(large, judged.escalated, judged.escalated_draws)]
    made = worked_out(option.key, option.name, OptionKind.CASCADE, parts, large)
    cautions: list[Sentence] = []
    if large.metric not in (None, settings.metric):
        raise LeverError(
            sentence(
                "The cascade was judged by {before} and the models by {now}; learn it again.",
                before=settings.metric,
                now=large.metric,
            )
        )
    if judged.escalated.value == 1.0:
        cautions.append(
            sentence("No threshold keeps the accuracy asked for: every request is escalated.")
        )
    upward = metric_named(settings.metric).higher_is_better
    return replace(
        answering_worse(made, judged.loss, judged.loss_draws, upward),
        reason=effect.reason,
        rests_on=(
            sentence(
                "The threshold of {threshold} on the highest probability was learnt on {learning} "
                "rows of {data} and judged on {judging} others.",
                threshold=settings.plan.threshold,
                learning=settings.validation_samples,
                data=settings.data,
                judging=settings.evaluation_samples,
            ),
            sentence(
                "Of those others {share} go on to the large model.",
                share=judged.escalated.to("percent"),
            ),
        ),
        cautions=tuple(cautions),
    )


def _moved(
    option: OperationalOption, settings: MoveSettings, m: Measurement, assumed: Assumptions
) -> WorkedOut:
    whole = Quantity.exact(1.0, "1", Provenance.DECLARED, "the same work")
    made = worked_out(option.key, option.name, OptionKind.MOVE, [Part(m, whole)], m)
    cautions: tuple[Sentence, ...] = ()
    if settings.region is not None:
        grid = grid_intensity(settings.region, assumed.year)
        effect = MOVE.effect(assumed.grid, grid, region_name(settings.region))
        rests_on = (sentence("{text}", text=grid.source),)
    else:
        hourly = [_declared(g, "gCO2e/kWh", settings.hours_source) for g in settings.hours]
        effect = MOVE.effect_of_hours(hourly, settings.hours_needed, settings.may_wait)
        assert effect.intensity_ratio is not None  # hours always give one
        grid = assumed.grid * effect.intensity_ratio
        rests_on = (
            sentence(
                "Hours from {file}; {share} of the work may wait.",
                file=settings.hours_source,
                share=percent(settings.may_wait),
            ),
        )
        cautions = (
            sentence("Today's work is taken to be spread evenly over the day."),
            sentence(
                "The hours give the shape of the day; its level is that of the project's region."
            ),
        )
    # The same joules as measured: nothing about them is estimated.
    return replace(
        made, energy_j=m.energy_j, energy_above_idle_j=m.energy_above_idle_j, grid=_estimated(grid),
        reason=effect.reason, rests_on=rests_on, cautions=cautions,
    )  # fmt: skip


def _retired(
    option: OperationalOption,
    settings: RetireSettings,
    measured: Mapping[str, Measurement],
    names: Mapping[str, str],
) -> WorkedOut:
    m = measured[settings.model]
    share = _declared(settings.inherited_share, "1")
    if settings.fallback:
        taking = measured[settings.fallback]
        name = names.get(settings.fallback, settings.fallback[:12])
        effect = RETIRE.effect(m.energy_j, name, taking.energy_j, settings.inherited_share)
        made = worked_out(option.key, option.name, OptionKind.RETIRE, [Part(taking, share)], taking)
        return replace(made, reason=effect.reason)
    each = _declared(settings.fallback_j, PER_INFERENCE)
    effect = RETIRE.effect(m.energy_j, "a rule or a person", each, settings.inherited_share)
    made = worked_out(option.key, option.name, OptionKind.RETIRE, [], m, each * share)
    accuracy = (
        None
        if settings.accuracy_points is None or m.accuracy is None
        else _declared(settings.accuracy_points, m.accuracy.unit)
    )
    return replace(
        made, accuracy=accuracy, loss_draws=(), group_accuracy={}, reason=effect.reason,
        evidence=(*made.evidence, f"measurement:{m.run_id}/{m.candidate}"),
    )  # fmt: skip


def _repeat_rate(settings: CacheSettings) -> Quantity:
    value, half = settings.repeat_rate, settings.give_or_take
    source = "repeat rate, as entered"
    return Quantity.from_interval(
        value, max(value - half, 0.0), min(value + half, 1.0), "1", Provenance.DECLARED,
        source, source,
    )  # fmt: skip


def _declared(value: float, unit: str, source: str = "as entered") -> Quantity:
    return Quantity.exact(value, unit, Provenance.DECLARED, source)


def _estimated(quantity: Quantity) -> Quantity:
    weakest = Provenance.weakest((quantity.provenance, Provenance.ESTIMATED))
    return quantity.model_copy(update={"provenance": weakest})
