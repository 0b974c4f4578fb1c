"""95 % intervals of the points of a native chart, as DrawingML error bars (ECMA-376, 21.2.2.55)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls

from advisor.quantities import Quantity

_AFTER = ("c:xVal", "c:yVal", "c:cat", "c:val", "c:smooth", "c:shape", "c:extLst")
"""Children of a series that the schema wants after its error bars."""


def add_intervals(
    series: Any, direction: Literal["x", "y"], figures: Sequence[Quantity | None]
) -> None:
    """Draw the interval of each point, in the figures' own unit; None draws nothing."""
    above = [0.0 if q is None else max(0.0, q.high - q.value) for q in figures]
    below = [0.0 if q is None else max(0.0, q.value - q.low) for q in figures]
    bars = parse_xml(
        f'<c:errBars {nsdecls("c", "a")}><c:errDir val="{direction}"/>'
        '<c:errBarType val="both"/><c:errValType val="cust"/><c:noEndCap val="1"/>'
        f"<c:plus>{_numbers(above)}</c:plus><c:minus>{_numbers(below)}</c:minus>"
        '<c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="5B6872"/></a:solidFill></a:ln>'
        "</c:spPr>"
        "</c:errBars>"
    )
    element = series._element
    before = next(
        (child for name in _AFTER if (child := element.find(_clark(name))) is not None), None
    )
    if before is None:
        element.append(bars)
    else:
        before.addprevious(bars)


def _numbers(values: Sequence[float]) -> str:
    points = "".join(
        f'<c:pt idx="{n}"><c:v>{value!r}</c:v></c:pt>' for n, value in enumerate(values)
    )
    head = f'<c:formatCode>General</c:formatCode><c:ptCount val="{len(values)}"/>'
    return f"<c:numLit>{head}{points}</c:numLit>"


def _clark(name: str) -> str:
    return "{http://schemas.openxmlformats.org/drawingml/2006/chart}" + name.removeprefix("c:")
