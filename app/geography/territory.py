"""Where Việt Nam is, roughly: enough to refuse a plot in another part of the world or with swapped coordinates.

This is a check of input, not a border: it reaches some 40 km beyond the outermost communes, into the sea and the
neighbouring countries alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Final

# shapely brings numpy: it is imported where it is used, to keep processes small that never check a shape.

_REACH: Final = 0.35
"""Degrees around each commune's point."""
_TOLERANCE: Final = 0.04
# West, south, east, north of the two archipelagos, whose communes have one point each.
_ARCHIPELAGOS: Final = ((110.9, 15.5, 113.1, 17.3), (111.2, 6.5, 117.0, 12.1))


def envelope_rings(points: Iterable[tuple[float, float]]) -> list[list[list[float]]]:
    """Outer rings, [lon, lat] in degrees to 0.01, around communes given as (lon, lat)."""
    import shapely

    discs = [shapely.Point(lon, lat).buffer(_REACH, quad_segs=4) for lon, lat in sorted(set(points))]
    land = shapely.unary_union(discs + [shapely.box(*bounds) for bounds in _ARCHIPELAGOS])
    parts = shapely.get_parts(shapely.simplify(land, _TOLERANCE))
    rings = [[[round(x, 2), round(y, 2)] for x, y in part.exterior.coords] for part in parts]
    return sorted(rings)


@cache
def _envelope() -> Any:
    import shapely

    from app.geography.maps import vietnam_map

    envelope = shapely.union_all([shapely.Polygon(ring) for ring in vietnam_map().envelope])
    shapely.prepare(envelope)
    return envelope


def within_vietnam(shape: Any) -> bool:
    """Whether a shapely geometry in (lon, lat) degrees lies wholly in the envelope."""
    return bool(_envelope().covers(shape))


def is_inside_vietnam(lat: float, lon: float) -> bool:
    """Whether a point lies in the envelope, Hoàng Sa and Trường Sa included."""
    import shapely

    return within_vietnam(shapely.Point(lon, lat))
