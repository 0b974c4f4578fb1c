"""`carbon-advisor meters`: what energy can be read on this machine, and what to do for more."""

from __future__ import annotations

import math
from typing import Annotated

import typer
from rich.markup import escape

from advisor.cli.console import OUT, fail, note, print_json, print_table
from advisor.meters.coverage import coverage_statement
from advisor.meters.discovery import KINDS, Discovery, Kind, discover
from advisor.meters.meter import MeterFacts
from advisor.quantities import Z95


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("meters")
    def meters(  # pyright: ignore[reportUnusedFunction]
        as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
        only: Annotated[
            list[str] | None, typer.Option("--only", help="nvml, rapl or estimate; repeatable.")
        ] = None,
        no_probe: Annotated[
            bool, typer.Option("--no-probe", help="Do not probe step and period of the counters.")
        ] = False,
    ) -> None:
        """Say what energy can be read on this machine, what cannot, why, and what to do."""
        found = discover(_kinds(only), probing=not no_probe)
        try:
            if as_json:
                print_json(_document(found))
            else:
                _say(found)
        finally:
            found.close()
        if not found.meters:
            note("No energy can be read here; follow the advice above.")
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


def _say(found: Discovery) -> None:
    facts = [meter.facts for meter in found.meters]
    if facts:
        print_table(
            "Meters",
            ["meter", "device", "label", "step", "period", "gain (95 %)"],
            [_row(f) for f in facts],
        )
    for finding in found.findings:
        mark = "found    " if finding.found else "not found"
        OUT.print(f"{mark}  {escape(str(finding.text))}", highlight=False)
    if facts:
        OUT.print(escape(coverage_statement(facts).text()), highlight=False)


def _row(facts: MeterFacts) -> list[str]:
    probed = "" if facts.probed else " (declared)"
    gain = (
        f"±{Z95 * facts.gain_relative_std:.0%}"
        if facts.gain_relative_std < 0.1
        else f"× or ÷ {math.exp(Z95 * facts.gain_relative_std):.1f}"
    )
    return [
        facts.name,
        facts.device,
        str(facts.provenance),
        f"{facts.resolution_j * 1000:.3g} mJ" if facts.resolution_j else "none",
        f"{facts.update_period_s * 1000:.3g} ms{probed}",
        gain,
    ]
