"""The dossier of a model to be retired: one page, and nothing a signer must know is left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from advisor.figures import Language
from advisor.portfolio.model import Model
from advisor.project import Project
from advisor.rank.option import OptionKind
from advisor.report import Edition, Summary
from advisor.report.dossier import dossier, dossiers
from advisor.report.export import ReportError, export


def text_of(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    assert len(document) == 1
    return document[0].get_textpage().get_text_range().replace("\r\n", " ")


def test_dependants_and_a_missing_fallback_are_said(summary: Summary) -> None:
    action = next(a for a in summary.actions if a.kind is OptionKind.RETIRE)
    models = {
        action.model_id: Model(id=action.model_id, name="Old", feeds=("x",)),
        "x": Model(id="x", name="Collections"),
    }
    text = text_of(dossier(action, models, summary, Edition()))
    assert "It feeds Collections" in text
    assert "No fallback is named" in text


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_retirement_has_its_page(
    summary: Summary, language: Language, tmp_path: Path
) -> None:
    with Project.create(tmp_path / "p.advisor") as project:
        made = dossiers(project, summary, Edition(language=language))
    wanted = [a for a in summary.actions if a.kind is OptionKind.RETIRE]
    assert len(made) == len(wanted) == 10
    for data in made.values():
        text_of(data)


def test_everything_at_once_lands_in_the_folder_and_progress_ends_at_one(
    bank: Callable[..., Any], measured_project: Project, tmp_path: Path
) -> None:
    wanted = ["pdf", "json", "dossiers", "disclosures", "evidence"]
    steps = list(export(measured_project, tmp_path, wanted, [Edition()], bank()))
    assert steps[-1][0] == 1.0
    names = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert "disclosures/esrs-e1/esrs-e1.csv" in names
    assert "sample-2026-11-20-evidence.zip" in names
    assert not any(name.endswith(".part") for name in names)


def test_a_folder_that_cannot_be_written_is_one_sentence(
    measured_project: Project, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("x")
    with pytest.raises(ReportError, match="could not be written"):
        list(export(measured_project, blocked, ["json"], [Edition()]))
