"""Options to recommendations: carbon saved per unit of accuracy lost, by the rule below.

1. An option whose saving cannot be told from zero shows *no distinguishable difference*; one that
   emits distinguishably more *saves nothing*; one of unknown accuracy stays *unknown*; one that
   loses more than its floor allows is *below the floor*.
2. What saves distinguishably and whose loss cannot be told from zero (or is a gain) is *no regret*.
   These come first, in order of carbon saved; they never enter a ratio.
3. The rest starts from the best no-regret option, whose loss counts as zero. Dominated options go,
   then those dominated by a mixture of two; what is left is the frontier, and the figure shown is
   the incremental ratio from the step before.
4. The rule is applied again to every draw (bootstrap draws of energy and accuracy, common factors
   of grid and PUE), each draw keeping the widths of the intervals: how often an option comes first,
   how often it is recommended, and the range of its place. What the draws differ in is therefore
   what a repeated measurement would.

"Distinguishable" means that the 95 % interval excludes zero. Ratios get the interval of their
draws, and none is given where the step's loss cannot be told from zero (Fieller's case).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from advisor.quantities import Quantity
from advisor.rank import reasons
from advisor.rank.draws import Array, quantity_draws
from advisor.rank.errors import RankError
from advisor.rank.frontier import Frontier, efficient_frontier
from advisor.rank.option import Option, OptionKind, Recommendation, Verdict
from advisor.sentences import Sentence, sentence

_ORDER = (
    Verdict.NO_REGRET,
    Verdict.FRONTIER,
    Verdict.BASELINE,
    Verdict.UNKNOWN,
    Verdict.NO_DIFFERENCE,
    Verdict.EXTENDED_DOMINATED,
    Verdict.DOMINATED,
    Verdict.BELOW_FLOOR,
    Verdict.WORSE,
)


@dataclass(frozen=True)
class _Plane:
    """Values, interval ends and draws of a model's options; loss NaN where unknown."""

    options: tuple[Option, ...]
    saved: Array
    saved_low: Array
    saved_high: Array
    loss: Array
    loss_low: Array
    allowed: Array
    """Largest loss allowed; infinite without a floor."""
    saved_draws: Array
    """Shape (options, draws)."""
    loss_draws: Array


@dataclass(frozen=True)
class _Sorted:
    verdicts: list[Verdict]
    order: list[int]
    """Recommended options, best first."""
    frontier: Frontier
    tradeoffs: list[int]
    start: int
    """The option the frontier starts from."""


def rank(options: Sequence[Option]) -> list[Recommendation]:
    """Recommendations for one model or several, each model on its own plane, best first.

    Each model needs exactly one option of kind `KEEP`. Raises `RankError`.
    """
    by_model: dict[str, list[Option]] = {}
    for option in options:
        by_model.setdefault(option.model_id, []).append(option)
    return [r for own in by_model.values() for r in _rank_one(own)]


def _rank_one(options: list[Option]) -> list[Recommendation]:
    keeps = [i for i, o in enumerate(options) if o.kind is OptionKind.KEEP]
    if len(keeps) != 1:
        raise RankError(
            sentence(
                "The model {model} needs exactly one option that keeps it as it is; it has "
                "{count}.",
                model=options[0].model_id,
                count=len(keeps),
            )
        )
    plane = _plane(options)
    found = _sort(plane, keeps[0], plane.saved, plane.loss)
    places = _places_by_draw(plane, keeps[0])
    made = [_recommendation(plane, found, places, i, keeps[0]) for i in range(len(options))]
    return sorted(
        made,
        key=lambda r: (
            r.place if r.place is not None else len(made) + 1,
            _ORDER.index(r.verdict),
            -r.option.carbon_saved_kg.value,
        ),
    )


def _plane(options: Sequence[Option]) -> _Plane:
    count = max((len(o.carbon_saved_draws_kg) for o in options), default=0) or 1000
    nan = float("nan")
    losses = [o.accuracy_loss for o in options]
    return _Plane(
        tuple(options),
        np.array([o.carbon_saved_kg.value for o in options]),
        np.array([o.carbon_saved_kg.low for o in options]),
        np.array([o.carbon_saved_kg.high for o in options]),
        np.array([nan if q is None else q.value for q in losses]),
        np.array([nan if q is None else q.low for q in losses]),
        np.array([np.inf if o.loss_allowed is None else o.loss_allowed for o in options]),
        np.array([_draws(o.carbon_saved_kg, o.carbon_saved_draws_kg, count) for o in options]),
        np.array(
            [_draws(q, o.accuracy_loss_draws, count) for q, o in zip(losses, options, strict=True)]
        ),
    )


def _draws(quantity: Quantity | None, kept: tuple[float, ...], count: int) -> Array:
    """Draws around the figure: kept ones recentred, else drawn by named source."""
    if quantity is None:
        return np.full(count, np.nan)
    if len(kept) != count:
        return quantity_draws(quantity, count)
    draws = np.asarray(kept)
    return draws - np.median(draws) + quantity.value


def _sort(plane: _Plane, keep: int, saved: Array, loss: Array) -> _Sorted:
    """The rule, on values or on one draw (which keeps the widths of the intervals)."""
    saved_low = saved - (plane.saved - plane.saved_low)
    saved_high = saved + (plane.saved_high - plane.saved)
    loss_low = loss - (plane.loss - plane.loss_low)
    verdicts = [
        Verdict.BASELINE
        if i == keep
        else _first_verdict(saved_low[i], saved_high[i], loss[i], loss_low[i], plane.allowed[i])
        for i in range(len(saved))
    ]
    no_regret = sorted(
        (i for i, v in enumerate(verdicts) if v is Verdict.NO_REGRET), key=lambda i: -saved[i]
    )
    start = no_regret[0] if no_regret else keep
    tradeoffs = [i for i, v in enumerate(verdicts) if v is Verdict.FRONTIER]
    frontier = efficient_frontier(
        [float(loss[i]) for i in tradeoffs],
        [float(saved[i]) for i in tradeoffs],
        (0.0, float(saved[start]) if no_regret else 0.0),
    )
    for i in frontier.dominated:
        verdicts[tradeoffs[i]] = Verdict.DOMINATED
    for i in frontier.extended:
        verdicts[tradeoffs[i]] = Verdict.EXTENDED_DOMINATED
    order = [*no_regret, *(tradeoffs[i] for i in frontier.on)]
    return _Sorted(verdicts, order, frontier, tradeoffs, start)


def _first_verdict(
    saved_low: float, saved_high: float, loss: float, loss_low: float, allowed: float
) -> Verdict:
    if saved_high < 0:
        return Verdict.WORSE
    if saved_low <= 0:
        return Verdict.NO_DIFFERENCE
    if np.isnan(loss):
        return Verdict.UNKNOWN
    if loss > allowed:
        return Verdict.BELOW_FLOOR
    return Verdict.NO_REGRET if loss_low <= 0 else Verdict.FRONTIER


def _places_by_draw(plane: _Plane, keep: int) -> Array:
    """Place of each option in each draw, shape (options, draws); 0 where it is not recommended."""
    count = plane.saved_draws.shape[1]
    places = np.zeros((len(plane.options), count))
    for d in range(count):
        found = _sort(plane, keep, plane.saved_draws[:, d], plane.loss_draws[:, d])
        for place, i in enumerate(found.order, start=1):
            places[i, d] = place
    return places


def _recommendation(
    plane: _Plane, found: _Sorted, places: Array, i: int, keep: int
) -> Recommendation:
    option, verdict = plane.options[i], found.verdicts[i]
    place = found.order.index(i) + 1 if i in found.order else None
    mine = places[i]
    recommended = mine[mine > 0]
    low, high = (
        np.quantile(recommended, [0.025, 0.975], method="closest_observation")
        if recommended.size and place is not None
        else (None, None)
    )
    ratio = _ratio(plane, found, i) if verdict is Verdict.FRONTIER else None
    return Recommendation(
        option=option,
        verdict=verdict,
        place=place,
        place_low=None if low is None else int(low),
        place_high=None if high is None else int(high),
        incremental_kg_per_point=ratio,
        reason=_reason(plane, found, i, ratio),
        probability_best=None if i == keep else float(np.mean(mine == 1)),
        probability_recommended=None if i == keep else float(np.mean(mine > 0)),
    )


def _previous(found: _Sorted, i: int) -> int:
    on = [found.tradeoffs[k] for k in found.frontier.on]
    at = on.index(i)
    return on[at - 1] if at else found.start


def _ratio(plane: _Plane, found: _Sorted, i: int) -> Quantity | None:
    """Incremental kgCO2e per point from the step before, with the interval of its draws."""
    previous = _previous(found, i)
    first = previous == found.start
    option, before = plane.options[i], plane.options[previous]
    loss = option.accuracy_loss
    if loss is None:
        return None
    lost_before = np.zeros(plane.loss_draws.shape[1]) if first else plane.loss_draws[previous]
    lost = plane.loss_draws[i] - lost_before
    gained = plane.saved_draws[i] - plane.saved_draws[previous]
    if np.quantile(lost, 0.025) <= 0:
        return None
    step = plane.loss[i] - (0.0 if first else plane.loss[previous])
    value = (plane.saved[i] - plane.saved[previous]) / step
    low, high = np.quantile(gained / lost, [0.025, 0.975])
    saved, prior = option.carbon_saved_kg, before.carbon_saved_kg
    return Quantity.from_interval(
        float(value),
        float(min(low, value)),
        float(max(high, value)),
        f"{saved.unit}/{loss.unit}" if loss.unit != "1" else saved.unit,
        max(saved.provenance, prior.provenance, loss.provenance, key=lambda p: p.rank),
        f"step from {before.name} to {option.name}",
        f"step {option.id}",
    )


def _reason(plane: _Plane, found: _Sorted, i: int, ratio: Quantity | None) -> Sentence:
    option, loss = plane.options[i], plane.options[i].accuracy_loss
    match found.verdicts[i]:
        case Verdict.BASELINE:
            return reasons.baseline()
        case Verdict.WORSE:
            return reasons.worse(option, loss)
        case Verdict.NO_DIFFERENCE:
            return reasons.no_difference(option)
        case Verdict.UNKNOWN:
            return reasons.unknown_accuracy(option)
        case _:
            pass
    assert loss is not None  # every verdict below needs it
    match found.verdicts[i]:
        case Verdict.BELOW_FLOOR:
            return reasons.below_floor(option, loss)
        case Verdict.NO_REGRET:
            return reasons.no_regret(option, loss)
        case Verdict.FRONTIER:
            return reasons.on_frontier(option, loss, plane.options[_previous(found, i)], ratio)
        case Verdict.DOMINATED:
            by = found.frontier.dominated[found.tradeoffs.index(i)]
            return reasons.dominated(plane.options[found.start if by < 0 else found.tradeoffs[by]])
        case _:
            left, right = found.frontier.extended[found.tradeoffs.index(i)]
            return reasons.extended_dominated(
                plane.options[found.start if left < 0 else found.tradeoffs[left]],
                plane.options[found.tradeoffs[right]],
            )
