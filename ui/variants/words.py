"""How levers, settings and verdicts are called in the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from advisor.bench.search import Entry
from advisor.bench.search_plan import SearchPlan
from advisor.candidates.levers import Lever, LeverError, lever_named
from advisor.candidates.levers.making import comparison_of
from advisor.figures import percent
from advisor.project.outcomes import Outcome, Verdict
from ui.i18n import later, said, tr

VERDICTS = {
    Verdict.GREENER: later("greener"),
    Verdict.NO_DIFFERENCE: later("no difference"),
    Verdict.HUNGRIER: later("hungrier here"),
    Verdict.BEATEN: later("beaten early"),
    Verdict.MADE: later("made"),
    Verdict.WAITING: later("waiting"),
    Verdict.DUPLICATE: later("same as another"),
    Verdict.REFUSED: later("refused"),
    Verdict.NOT_MADE: later("not made"),
    Verdict.LEFT_OUT: later("left out"),
    Verdict.DOES_NOT_APPLY: later("does not apply"),
}
NEEDS = {
    "calibration data": later("calibration data"),
    "labelled data": later("labelled data"),
    "GPU": later("GPU"),
    "a second model for the same task": later("a second model for the same task"),
    "figures about the traffic": later("figures about the traffic"),
    "grid intensity by place or hour": later("grid intensity by place or hour"),
}
_METHODS = {
    "minmax": later("min–max"),
    "entropy": later("entropy"),
    "percentile": later("percentile"),
}


def lever_of(plan: SearchPlan, name: str) -> Lever | None:
    """The lever of an entry; None where a plug-in is no longer installed."""
    try:
        return lever_named(name, plan.own_levers)
    except LeverError:
        return None


def lever_title(plan: SearchPlan, name: str) -> str:
    """What a lever is called."""
    lever = lever_of(plan, name)
    return said(lever.title) if lever is not None else name


def variant_title(plan: SearchPlan, entry: Entry) -> str:
    """Lever and settings of a variant."""
    settings = settings_words(entry.settings)
    title = lever_title(plan, entry.lever)
    return tr("{lever}: {settings}", lever=title, settings=settings) if settings else title


def settings_words(settings: Mapping[str, Any]) -> str:
    """The settings of an entry; empty where there is nothing to tell apart."""
    if "keep" in settings:
        return tr("{n} nodes in float", n=len(settings["keep"]))
    return tr(", ").join(filter(None, (_one(name, value) for name, value in settings.items())))


def needs_words(needs: Sequence[str]) -> str:
    """What a lever needs."""
    return tr(", ").join(tr(NEEDS.get(str(need), str(need))) for need in needs)


def compared_words(outcome: Outcome) -> str:
    """How far a made file's outputs are from its parent's; empty where no file was made."""
    made = outcome.candidate
    compared = comparison_of(made) if made is not None and not made.run_options else None
    if compared is None:
        return ""
    words = tr(
        "Outputs compared on {n} samples: they differ by {share} of the largest at most.",
        n=compared.samples,
        share=percent(compared.largest_relative_difference, 2),
    )
    if compared.equal_labels is None:
        return words
    same = tr("{share} of the answers are the same.", share=percent(compared.equal_labels, 1))
    return f"{words} {same}"


def signed(words: str) -> str:
    """A written figure with its sign, also where it is positive."""
    return words if words.startswith(("-", "−", "0")) else f"+{words}"


def duration(seconds: float) -> str:
    """A length of time in words a person uses."""
    if seconds < 90:
        return tr("{n} s", n=round(seconds))
    if seconds < 5400:
        return tr("{n} min", n=round(seconds / 60))
    return tr("{n} h", n=f"{seconds / 3600:.1f}")


def size_words(count: int) -> str:
    """Bytes in words."""
    for unit, step in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)):
        if count >= step:
            return f"{count / step:,.1f} {unit}"
    return f"{count} B"


def _one(name: str, value: Any) -> str:
    match name:
        case "method":
            return tr(_METHODS.get(str(value), str(value)))
        case "batch_size":
            return tr("{n} at a time", n=value)
        case "intra_op_threads":
            return tr("1 thread") if value == 1 else tr("{n} threads", n=value)
        case "block_size":
            return tr("blocks of {n}", n=value)
        case "share":
            return tr("cut {share}", share=percent(float(value)))
        case "keep_share":
            return tr("keep {share}", share=percent(float(value)))
        case "execution_mode" | "base" | "damage_share" | "command":
            return ""
        case _:
            return f"{name} {value}"
