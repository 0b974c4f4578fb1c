"""`carbon-advisor meters`: what energy can be read on this machine, and what to do for more."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from advisor.cli.console import OUT, fail, note, print_json, print_table
from advisor.cli.rank import language_named
from advisor.figures import Language, gain_text
from advisor.meters.coverage import coverage_statement
from advisor.meters.discovery import KINDS, Discovery, Kind, discover
from advisor.meters.meter import MeterFacts
from advisor.sentences import Sentence, sentence, translate


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("meters")
    def meters(  # pyright: ignore[reportUnusedFunction]
        as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
        only: Annotated[
            list[str] | None, typer.Option("--only", help="nvml, rapl or estimate; repeatable.")
        ] = None,
        lang: Annotated[str, typer.Option(help="Language of the words: en or ja.")] = "en",
        no_probe: Annotated[
            bool, typer.Option("--no-probe", help="Do not probe step and period of the counters.")
        ] = False,
    ) -> None:
        """Say what energy can be read on this machine, what cannot, why, and what to do."""
        language = language_named(lang)
        found = discover(_kinds(only), probing=not no_probe)
        try:
            if as_json:
                print_json(_document(found))
            else:
                _say(found, language)
        finally:
            found.close()
        if not found.meters:
            note(translate("No energy can be read here; follow the advice above.", language))
            raise typer.Exit(1)


def _kinds(only: list[str] | None) -> set[Kind] | None:
    if not only:
        return None
    unknown = [word for word in only if word not in KINDS]
    if unknown:
        fail(f"“{unknown[0]}” is no kind of meter; choose from {', '.join(KINDS)}.")
    return {kind for kind in KINDS if kind in only}


def _document(found: Discovery) -> dict[str, object]:
    facts = [meter.facts for meter in found.meters]
    return {
        "machine": found.surroundings,
        "meters": facts,
        "findings": [
            {"kind": f.kind, "found": f.found, "text": str(f.text), "ja": f.text.text("ja")}
            for f in found.findings
        ],
        "coverage": coverage_statement(facts).text() if facts else None,
    }


def _say(found: Discovery, language: Language) -> None:
    def word(text: str) -> str:
        return translate(text, language)

    facts = [meter.facts for meter in found.meters]
    if facts:
        heads = ("meter", "device", "label", "step", "period", "gain (95 %)")
        print_table(word("Meters"), [word(h) for h in heads], [_row(f, language) for f in facts])
    for finding in found.findings:
        mark = word("found") if finding.found else word("not found")
        OUT.print(f"{mark}: {escape(finding.text.text(language))}", highlight=False)
    for line in _ground(facts):
        OUT.print(escape(line.text(language)), highlight=False)
    if facts:
        OUT.print(escape(coverage_statement(facts).text(language)), highlight=False)


def _ground(facts: list[MeterFacts]) -> list[Sentence]:
    """What the gain's uncertainty of each meter rests on."""
    sources = dict.fromkeys((f.name, f.gain_source) for f in facts if f.gain_source)
    return [
        sentence("Uncertainty of {meter}: {source}.", meter=name, source=source)
        for name, source in sources
    ]


def _row(facts: MeterFacts, language: Language) -> list[str]:
    probed = "" if facts.probed else f" ({translate('not probed', language)})"
    step = f"{facts.resolution_j * 1000:.3g} mJ" if facts.resolution_j else "–"
    return [
        facts.name,
        facts.device,
        translate(str(facts.provenance), language),
        step,
        f"{facts.update_period_s * 1000:.3g} ms{probed}",
        gain_text(facts.gain_relative_std),
    ]
