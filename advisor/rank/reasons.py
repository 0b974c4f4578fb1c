"""One sentence of reason for each verdict."""

from __future__ import annotations

from advisor.quantities import Quantity
from advisor.rank.option import Option
from advisor.sentences import Sentence, sentence


def percent_saved(option: Option) -> float | None:
    """Share of the baseline's carbon that the option saves, in percent."""
    if option.carbon_kg is None:
        return None
    before = option.carbon_kg.value + option.carbon_saved_kg.value
    return round(100 * option.carbon_saved_kg.value / before, 1) if before > 0 else None


def baseline() -> Sentence:
    """The model in use."""
    return sentence("The model in use; every other option is compared with it.")


def no_regret(option: Option, loss: Quantity) -> Sentence:
    """Saves carbon and no loss can be told from zero."""
    saved, percent = option.carbon_saved_kg, percent_saved(option)
    if loss.high < 0:
        return sentence(
            "Saves {saved} ({percent} %) and is better by {gain}.",
            saved=saved,
            percent=percent,
            gain=loss * -1.0,
        )
    if loss.high == loss.low == 0:
        return sentence(
            "Saves {saved} ({percent} %) and answers exactly as before on the data.",
            saved=saved,
            percent=percent,
        )
    return sentence(
        "Saves {saved} ({percent} %); no loss of accuracy can be distinguished, though one of up "
        "to {bound} points cannot be ruled out.",
        saved=saved,
        percent=percent,
        bound=float(f"{loss.high:.2g}"),
    )


def no_difference(option: Option) -> Sentence:
    """The saving cannot be told from zero."""
    return sentence(
        "No distinguishable difference in carbon from the model in use: {saved} "
        "(95 % interval {saved.interval}).",
        saved=option.carbon_saved_kg,
    )


def worse(option: Option, loss: Quantity | None) -> Sentence:
    """Emits more than the model in use."""
    more = option.carbon_saved_kg * -1.0
    if loss is not None and loss.high < 0:
        return sentence(
            "Emits {more} more than the model in use, for {gain} of accuracy gained.",
            more=more,
            gain=loss * -1.0,
        )
    return sentence("Emits {more} more than the model in use.", more=more)


def unknown_accuracy(option: Option) -> Sentence:
    """Saves carbon, accuracy not measured."""
    return sentence(
        "Saves {saved}, but its accuracy is unknown: give labelled data before deciding.",
        saved=option.carbon_saved_kg,
    )


def below_floor(option: Option, loss: Quantity) -> Sentence:
    """Loses more than the floor leaves room for."""
    return sentence(
        "Loses {loss}; the floor leaves room for {allowed} points.",
        loss=loss,
        allowed=float(option.loss_allowed or 0.0),
    )


def dominated(by: Option) -> Sentence:
    """Another saves as much and loses no more."""
    return sentence("{other} saves at least as much and loses no more accuracy.", other=by.name)


def extended_dominated(left: Option, right: Option) -> Sentence:
    """A mixture beats it."""
    return sentence(
        "Between {left} and {right} each point given up saves more than it does here.",
        left=left.name,
        right=right.name,
    )


def on_frontier(
    option: Option, loss: Quantity, previous: Option, ratio: Quantity | None
) -> Sentence:
    """A step of the frontier."""
    if ratio is None:
        return sentence(
            "Saves {saved} for {loss} lost; its loss beyond {previous} cannot be told from zero, "
            "so no ratio is given.",
            saved=option.carbon_saved_kg,
            loss=loss,
            previous=previous.name,
        )
    return sentence(
        "Saves {saved} for {loss} lost: beyond {previous}, {ratio} for each point given up.",
        saved=option.carbon_saved_kg,
        loss=loss,
        ratio=ratio.model_copy(update={"unit": ratio.unit.removesuffix("/point")}),
        previous=previous.name,
    )
