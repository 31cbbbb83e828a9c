"""Why a drawing or a typed place is not taken."""

from __future__ import annotations

from typing import Any, Final

from app.core.errors import InvalidInput

FIELD: Final = "geometry"


class GeometryRefused(InvalidInput):
    """The drawing cannot be taken. `code` says why; each code has a message of its own:

    drawing-too-large (facts: most, bytes), not-utf8, not-json (line), not-geojson, wrong-type (found), not-only-plots
    (count), empty, not-a-number (found), not-degrees (found; metres of VN-2000 look so), too-many-points (most),
    too-much-land (found, most), no-area, self-crossing (lat, lon or None, detail), plots-overlap (lat, lon),
    outside-vietnam (swapped: it would fit in the other order).

    Of a place that was typed: not-a-place, spot-outside-vietnam (swapped), map-link-without-place.
    """

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code, field=FIELD, **facts)


class GeometryTooLarge(GeometryRefused):
    """More bytes than we take."""

    status = 413
