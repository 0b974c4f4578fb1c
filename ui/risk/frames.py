"""Tables of the risk page: rows for `FrameTable` out of a picture or a stress test."""

from __future__ import annotations

import pandas as pd

from advisor.risk import CoverageRow, Reading, StressResult
from advisor.risk.taxonomy import RISK_CATEGORIES
from ui.i18n import said, tr
from ui.risk.picture import RiskPicture
from ui.risk.words import level_words


def indicator_frame(picture: RiskPicture) -> pd.DataFrame:
    """A row an indicator, figures as columns of `FrameTable`, words in the reader's language."""
    rows: list[dict[str, object]] = []
    for reading in picture.readings:
        limit = picture.appetite.limit(reading.key)
        if limit is None:
            continue
        value = reading.value
        rows.append(
            {
                "key": reading.key,
                "name": tr(limit.name),
                "value": value.value if value else None,
                "value_low": value.low if value else None,
                "value_high": value.high if value else None,
                "value_provenance": str(value.provenance) if value else None,
                "unit": "" if limit.unit == "1" else limit.unit,
                "amber": f"{limit.amber:g}",
                "red": f"{limit.red:g}",
                "level": reading.level.value,
                "outlook": outlook_words(picture, reading),
                "owner": tr(limit.owner),
            }
        )
    return pd.DataFrame(rows)


def outlook_words(picture: RiskPicture, reading: Reading) -> str:
    """Where an indicator is heading, or why it is unknown."""
    if reading.why_unknown is not None:
        return said(reading.why_unknown)
    found = picture.outlooks.get(reading.key)
    words = [said(found.said)] if found else []
    limit = picture.appetite.limit(reading.key)
    if limit is not None and reading.value is not None:
        worst = limit.worst_level(reading.value)
        if worst.rank > reading.level.rank:
            level = level_words(worst.value)
            words.append(tr("Its 95 % interval reaches {level}.", level=level))
    return " ".join(words)


def coverage_frame(picture: RiskPicture) -> pd.DataFrame:
    """A row an obligation."""
    return pd.DataFrame(
        [
            {
                "key": row.obligation.key,
                "regime": row.obligation.regime,
                "reference": row.obligation.reference,
                "obligation": tr(row.obligation.obligation) if row.obligation.obligation else "",
                "coverage": row.coverage.value,
                "share": row.share,
                "origin": row.obligation.origin,
                "applies_from": row.obligation.applies_from.isoformat(),
                "status": row.obligation.status,
                "checked": row.obligation.checked.isoformat(),
            }
            for row in picture.coverage
        ]
    )


def breach_frame(picture: RiskPicture) -> pd.DataFrame:
    """A row a breach, open ones first."""
    columns = ["id", "indicator", "level", "state", "opened", "owner", "escalated_to", "due"]
    rows = [
        {
            "id": b.id,
            "indicator": limit_name(picture, b.indicator),
            "level": b.level.value,
            "state": b.state.value,
            "opened": b.opened.isoformat(),
            "owner": tr(b.owner),
            "escalated_to": tr(b.escalated_to),
            "due": b.due.isoformat() if b.due else "",
        }
        for b in sorted(picture.breaches, key=lambda b: (b.closed is not None, -b.level.rank))
    ]
    return pd.DataFrame(rows, columns=columns)


def limit_name(picture: RiskPicture, key: str) -> str:
    """An indicator's name in the reader's language."""
    limit = picture.appetite.limit(key)
    return tr(limit.name) if limit else key


def named(picture: RiskPicture, frame: pd.DataFrame) -> pd.DataFrame:
    """A frame with `model_id` and, beside it, name, business line, owner, carbon and provenance."""
    wanted = ["model_id", "name", "business_line", "owner", "carbon_kg", "provenance"]
    about = picture.exposures.table[wanted]
    extra = [c for c in frame.columns if c == "model_id" or c not in wanted]
    return frame[extra].merge(about, on="model_id", how="left")


def models_of_reading(picture: RiskPicture, reading: Reading) -> pd.DataFrame:
    """The models behind an indicator, in its own order."""
    return named(picture, pd.DataFrame({"model_id": list(reading.models)}))


def models_of_obligation(picture: RiskPicture, row: CoverageRow) -> pd.DataFrame:
    """The largest models for which a field of an obligation is empty."""
    return named(picture, pd.DataFrame({"model_id": list(row.lacking)}))


def models_of_loss(picture: RiskPicture, result: StressResult, driver: str | None) -> pd.DataFrame:
    """The models behind a loss, the largest share of the shortfall first; of one driver or all."""
    column = f"shortfall_{driver}" if driver else "shortfall_share"
    table = result.before.by_model()
    columns = ["model_id", "expected_loss", column, "shortfall_share_error"]
    kept = table[columns].rename(columns={column: "share"})
    if driver:
        kept = kept.drop(columns=["expected_loss", "shortfall_share_error"])
    kept = kept.sort_values("share", ascending=False, ignore_index=True)
    return named(picture, kept[kept["share"] != 0].head(500))


def icaap_frame(table: pd.DataFrame) -> pd.DataFrame:
    """The ICAAP rows with a key each."""
    keys = table["portfolio"] + " " + table["year"].astype(str)
    words = table["portfolio"].map(tr)
    return table.assign(key=keys, portfolio=words, year=table["year"].astype(str))


def transmission_frame(picture: RiskPicture) -> pd.DataFrame:
    """How each driver reaches the bank's other risk categories: dots for its strength."""
    taxonomy = picture.scores.taxonomy
    rows: list[dict[str, str]] = []
    for driver in taxonomy.drivers:
        ways = {t.to: t for t in taxonomy.transmissions if t.driver == driver.key}
        dots = {to: _dots(ways[to].strength if to in ways else 0) for to in RISK_CATEGORIES}
        rows.append({"key": driver.key, "driver": tr(driver.name), **dots})
    return pd.DataFrame(rows)


def _dots(strength: int) -> str:
    return "●" * strength + "○" * (3 - strength) if strength else "–"
