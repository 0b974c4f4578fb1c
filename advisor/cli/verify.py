"""`carbon-advisor verify` and `evidence`: prove a summary, and check the proof."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from advisor.cli.console import OUT, bad_input, negative, note, print_json
from advisor.project import Project, ProjectError


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command()
    def evidence(  # pyright: ignore[reportUnusedFunction]
        project: Annotated[Path, typer.Option(help="Project file.")],
        out: Annotated[Path, typer.Option(help="The pack to write (.zip).")],
        key: Annotated[
            Path | None, typer.Option(help="Ed25519 private key to sign with: OpenSSH or PEM.")
        ] = None,
        password: Annotated[
            str | None, typer.Option(envvar="CARBON_ADVISOR_KEY_PASSWORD", help="Of the key.")
        ] = None,
    ) -> None:
        """Pack everything a summary rests on, so that others can recompute it."""
        from advisor.report.evidence import evidence_pack
        from advisor.report.export import ReportError, write_whole
        from advisor.report.signing import SigningKeyError, read_key

        with bad_input(ProjectError, SigningKeyError, ReportError):
            signer = read_key(key, password) if key else None
            with Project.open(project) as opened:
                write_whole(out, evidence_pack(opened, signer))
        note(f"Written: {out}")

    @app.command()
    def verify(  # pyright: ignore[reportUnusedFunction]
        pack: Annotated[Path, typer.Argument(help="Evidence pack (.zip).")],
        signer: Annotated[
            Path | None, typer.Option(help="Public key (.pub or PEM) that must have signed it.")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Findings as JSON.")] = False,
    ) -> None:
        """Check an evidence pack: every byte, the log's chain, the figures. Exit 1 if it fails."""
        from advisor.report.opened_pack import NotAPackError
        from advisor.report.signing import SigningKeyError, read_public_key
        from advisor.report.verify import verify as check

        with bad_input(NotAPackError, SigningKeyError):
            findings = check(pack, read_public_key(signer) if signer else None)
        if as_json:
            print_json([f.model_dump() for f in findings])
        else:
            for finding in findings:
                mark = "ok" if finding.holds else "FAILS"
                OUT.print(f"{mark:6}{finding.statement}", markup=False, highlight=False)
        failed = sum(not f.holds for f in findings)
        if failed:
            negative(f"{pack} does not hold: {failed} finding{'s' if failed > 1 else ''}.")
