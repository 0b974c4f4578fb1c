"""The retirement dossier: one page A4 a model, with evidence, fallback, dependants and sign-offs.

A model that other models need, or that nothing replaces, is said so in so many words: whoever signs
must see it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from advisor.figures import written
from advisor.portfolio.model import Model
from advisor.project import Project
from advisor.quantities import Quantity
from advisor.rank.option import OptionKind
from advisor.report.documents.pdf import compile_page
from advisor.report.edition import Edition
from advisor.report.summary import Action, FootprintRow, Summary
from advisor.report.typesetting import unbroken
from advisor.sentences import Sentence, sentence

_TEMPLATE = Path(__file__).parent / "templates" / "dossier.typ"


def dossiers(project: Project, summary: Summary, edition: Edition) -> dict[str, bytes]:
    """`dossier-<model>-<language>.pdf` for every model whose retirement is recommended."""
    models = {m.id: m for m in project.models.all()}
    return {
        f"dossier-{safe(a.model_id)}-{edition.language}.pdf": dossier(a, models, summary, edition)
        for a in summary.actions
        if a.kind is OptionKind.RETIRE
    }


def dossier(
    action: Action, models: Mapping[str, Model], summary: Summary, edition: Edition
) -> bytes:
    """The page of one model as PDF."""
    return compile_page(_TEMPLATE, _data(action, models, summary, edition), summary.as_of)


def safe(name: str) -> str:
    """A model's id as part of a file name."""
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in name)


def _data(
    action: Action, models: Mapping[str, Model], summary: Summary, edition: Edition
) -> dict[str, Any]:
    language = edition.language
    row = next((r for r in summary.footprint if r.id == action.model_id), None)
    model = models.get(action.model_id)

    def words(text: Sentence | str) -> str:
        return text.text(language) if isinstance(text, Sentence) else text

    sections = (
        (sentence("The model"), _identity(model, row), ()),
        (sentence("What its retirement brings"), _effect(action, row), ()),
        (
            sentence("What takes over, and who depends on it"),
            (),
            _dependence(action, model, models),
        ),
        (sentence("Evidence"), (), [*map(sentence, action.evidence), *_log(summary)]),
    )
    return unbroken(
        {
            "language": language,
            "title": words(sentence("Retirement of {model}", model=action.model)),
            "reason": words(action.reason),
            "organisation": summary.organisation or summary.project,
            "date": [summary.as_of.year, summary.as_of.month, summary.as_of.day],
            "running": f"{words(sentence('Retirement dossier'))} · {summary.as_of.isoformat()}",
            "footer": f"{summary.program} · {words(sentence('Project'))} {summary.project}",
            "sections": [
                {
                    "title": words(title),
                    "rows": [[words(head), _shown(value, edition)] for head, value in rows],
                    "items": [words(item) for item in items],
                }
                for title, rows, items in sections
            ],
            "signatures": [
                words(sentence(role)) for role in ("Model owner", "Model risk", "Sustainability")
            ],
            "sign": [words(sentence(w)) for w in ("Name", "Date", "Signature")],
        }
    )


_Rows = list[tuple[Sentence, Quantity | str | None]]


def _identity(model: Model | None, row: FootprintRow | None) -> _Rows:
    if model is None:
        return [(sentence("Model id"), row.id if row else None)]
    return [
        (sentence("Model id"), model.id),
        (sentence("Purpose"), model.purpose),
        (sentence("Owner"), model.owner),
        (sentence("Tier"), None if model.tier is None else str(model.tier)),
        (sentence("Stage"), str(model.stage)),
        (sentence("First used"), model.first_used.isoformat() if model.first_used else None),
        (sentence("Validated"), model.validated.isoformat() if model.validated else None),
    ]


def _effect(action: Action, row: FootprintRow | None) -> _Rows:
    return [
        (sentence("Emitted today"), row.carbon if row else None),
        (sentence("Saved after charging what takes over"), action.saved),
        (sentence("Accuracy given up"), action.accuracy_loss),
        (sentence("One-off cost"), action.cost),
    ]


def _dependence(action: Action, model: Model | None, models: Mapping[str, Model]) -> list[Sentence]:
    if model is None:
        return [sentence("The model is not in the inventory: fallback and dependants are unknown.")]
    found: list[Sentence] = []
    proposed = action.reason.values.get("model")  # what the plan lets take over
    if proposed is not None:
        found.append(sentence("Its load goes to: {fallback}.", fallback=str(proposed)))
    elif model.fallback is None:
        found.append(sentence("No fallback is named: name one before signing."))
    else:
        name = models[model.fallback].name if model.fallback in models else model.fallback
        found.append(sentence("Its load goes to: {fallback}.", fallback=name))
    if model.feeds:
        names = [models[key].name if key in models else key for key in model.feeds]
        found.append(
            sentence("It feeds {names}: settle their input first.", names=", ".join(names))
        )
    else:
        found.append(sentence("No model of the inventory is fed by it."))
    return found


def _log(summary: Summary) -> list[str]:
    return [f"event log {summary.log_head[:16]}"] if summary.log_head else []


def _shown(value: Quantity | str | None, edition: Edition) -> str:
    if isinstance(value, str):
        return value
    shown = written(value, edition.language)
    if value is None or not shown.interval:
        return shown.text
    provenance = sentence(str(value.provenance)).text(edition.language)
    return f"{shown.text} ({shown.low} – {shown.high}, {provenance})"
