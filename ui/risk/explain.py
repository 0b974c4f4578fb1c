"""Where the figures of the risk page come from."""

from __future__ import annotations

from ui.figures import Explanation
from ui.i18n import said, tr
from ui.risk.frames import limit_name
from ui.risk.picture import RiskPicture
from ui.risk.words import CATEGORIES


def about_driver(picture: RiskPicture, driver: str) -> Explanation:
    """A driver: its meaning, how it is scored, what lowers it, how it reaches other risks."""
    taxonomy = picture.scores.taxonomy
    found = next(d for d in taxonomy.drivers if d.key == driver)
    metrics = "; ".join(
        f"{m.metric}: {', '.join(f'{b:g}' for b in m.breaks)}" for m in found.metrics
    )
    controls = [c for c in taxonomy.controls if driver in c.drivers]
    return Explanation(
        tr(found.name),
        None,
        formula="residual = 1 + (inherent − 1) · (1 − effectiveness)",
        meaning=tr(found.meaning),
        chain=(taxonomy.source, tr("version {version}", version=taxonomy.version)),
        facts=(
            (tr("Scored by"), metrics),
            *((tr("Control"), f"{tr(c.name)} ({100 * c.strength:.0f} %)") for c in controls),
            *(
                (tr(CATEGORIES[t.to]), tr(t.channel))
                for t in taxonomy.transmissions
                if t.driver == driver
            ),
        ),
    )


def about_indicator(picture: RiskPicture, key: str) -> Explanation:
    """An indicator: its value, outlook, limits, owner, the models behind it."""
    reading = next(r for r in picture.readings if r.key == key)
    limit = picture.appetite.limit(key)
    outlook = picture.outlooks.get(key)
    facts = [(tr("Models behind it"), ", ".join(reading.models[:12]))]
    if limit is not None:
        told = ", ".join(tr(who) for who in limit.escalation.values())
        facts += [(tr("Owner"), tr(limit.owner)), (tr("Escalated to"), told)]
    return Explanation(
        limit_name(picture, key),
        reading.value,
        meaning=said(reading.why_unknown) or said(outlook.said if outlook else None),
        chain=(picture.appetite.source,),
        facts=tuple(facts),
    )
