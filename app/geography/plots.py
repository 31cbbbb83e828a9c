"""Several plots of one area: neighbours become one outline, true overlaps are refused.

The fields of a cooperative lie side by side and are walked one by one with a phone, whose position is right to 4.9 m
under an open sky (gps.gov, "GPS Accuracy"). What two plots have in common and is nowhere wider than that is noise of
the drawing and counts once; anything wider is land that was drawn twice.
"""

from __future__ import annotations

import math
from typing import Any, Final

from app.geography.refused import GeometryRefused

NOISE_METRES: Final = 5.0
_GRID: Final = 1e-6  # degrees, 0.1 m: what the positions are rounded to
_METRES_A_DEGREE: Final = 111_000.0
_MOST_MEETINGS: Final = 40_000
"""Pairs of edges of different plots that come near each other. Neighbours have a handful for each edge; combs laid
across each other have millions, and cutting those would take a minute."""
_MOST_NEIGHBOURS: Final = 10  # on average; in any map of plots without overlaps it is below six
_CHUNK: Final = 64


def joined(plots: list[Any]) -> Any:
    """One shapely geometry of these valid polygons ((lon, lat) in degrees), boundaries in common dissolved.

    Raises GeometryRefused: plots-overlap.
    """
    import shapely

    if len(plots) == 1:
        return plots[0]
    _refuse_overlaps(plots)
    return shapely.union_all(plots, grid_size=_GRID)


def _refuse_overlaps(plots: list[Any]) -> None:
    import numpy as np
    import shapely

    tree = shapely.STRtree(plots)
    ones, others = tree.query(plots, predicate="intersects")
    ones, others = ones[ones < others], others[ones < others]
    if not len(ones):
        return
    polygons = np.array(plots)
    if len(ones) > _MOST_NEIGHBOURS * len(plots) or _too_many_meetings(polygons[np.union1d(ones, others)]):
        _refuse(shapely.intersection(shapely.envelope(plots[ones[0]]), shapely.envelope(plots[others[0]])))
    east = _METRES_A_DEGREE * math.cos(math.radians(plots[0].centroid.y))
    scale = np.array([east, _METRES_A_DEGREE])
    common = shapely.get_parts(shapely.intersection(polygons[ones], polygons[others]))
    metres = shapely.transform(common, lambda at: at * scale)
    large = metres[
        shapely.area(metres) > math.pi / 4 * NOISE_METRES**2
    ]  # a smaller one is narrower everywhere
    for core in shapely.buffer(large, -NOISE_METRES / 2):
        if not core.is_empty:
            _refuse(shapely.transform(core, lambda at: at / scale))


def _refuse(where: Any) -> None:
    spot = where.representative_point()
    raise GeometryRefused("plots-overlap", lat=round(spot.y, 5), lon=round(spot.x, 5))


def _too_many_meetings(polygons: Any) -> bool:
    """Whether edges of different plots come near each other more often than those of any honest drawing."""
    import numpy as np
    import shapely

    rings, plot_of_ring = shapely.get_rings(polygons, return_index=True)
    at, ring_of_position = shapely.get_coordinates(rings, return_index=True)
    inside = ring_of_position[:-1] == ring_of_position[1:]
    edges = shapely.linestrings(np.stack([at[:-1][inside], at[1:][inside]], axis=1))
    owner = plot_of_ring[ring_of_position[:-1][inside]]
    tree, met = shapely.STRtree(edges), 0
    for start in range(
        0, len(edges), _CHUNK
    ):  # in small parts, so that a flood does not fill the memory first
        here, there = tree.query(edges[start : start + _CHUNK])
        met += int(np.count_nonzero(owner[here + start] < owner[there]))
        if met > _MOST_MEETINGS:
            return True
    return False
