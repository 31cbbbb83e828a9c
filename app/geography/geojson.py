"""Plots and raw-material areas drawn by people: GeoJSON (RFC 7946) checked, levelled and measured."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from app.geography.plots import joined
from app.geography.refused import GeometryRefused, GeometryTooLarge
from app.geography.territory import within_vietnam

MAX_BYTES: Final = 512 * 1024
MAX_POINTS: Final = 5_000
MAX_HECTARES: Final = 2_500_000.0
"""More than the largest province has (Lâm Đồng, 2,423,307 ha): no producer's area reaches further."""
_DECIMALS: Final = 6  # 0.1 m; more is noise of the drawing tool
_SLIVER: Final = 1e-11  # square degrees, 0.1 m²: positions in one line, but for rounding
_DEPTHS: Final = {"Point": 0, "Polygon": 2, "MultiPolygon": 3}
_MEMBERS: Final = {"FeatureCollection": "features", "Feature": "geometry", "GeometryCollection": "geometries"}
_DEEPEST: Final = (
    3  # a collection of features with collections of geometries; RFC 7946 advises against deeper ones
)


@dataclass(frozen=True, slots=True)
class AreaGeometry:
    """A checked drawing: `kind` is point, polygon or multipolygon; degrees in WGS 84.

    `geojson` is a bare geometry, two numbers a position, 6 decimals, outer rings counter-clockwise, rings closed.
    Neighbouring plots are one outline. `hectares` is None for a point.
    """

    kind: str
    geojson: dict[str, Any]
    lat: float
    lon: float
    hectares: float | None


def parse_area_geometry(source: str | bytes) -> AreaGeometry:
    """Read a point, or the plots of an area: bare geometries, Features, or a collection of either.

    Plots may lie apart or side by side; what two of them have in common may not be wider than the noise of drawing
    (`app.geography.plots`). Raises GeometryRefused.
    """
    import shapely
    from shapely.geometry import mapping, shape

    geometries = list(_geometries(_document(decoded(source))))
    if not geometries:
        raise GeometryRefused("empty")
    counter = _Counter()
    kinds = {geometry["type"] for geometry in geometries}
    if "Point" in kinds and len(geometries) > 1:
        raise GeometryRefused("not-only-plots", count=len(geometries))
    parts = [shape(_levelled(geometry, counter)) for geometry in geometries]
    if kinds == {"Point"}:
        (drawn,) = parts
    else:
        plots = [_whole(plot) for part in parts for plot in shapely.get_parts(part)]
        drawn = shapely.orient_polygons(joined(plots))
        if shapely.get_num_coordinates(drawn) > MAX_POINTS:
            raise GeometryRefused("too-many-points", most=MAX_POINTS)
    _within(drawn)
    land = None if kinds == {"Point"} else round(hectares(drawn), 2)
    if land is not None and land > MAX_HECTARES:
        raise GeometryRefused("too-much-land", found=round(land), most=round(MAX_HECTARES))
    middle = shapely.centroid(drawn)
    return AreaGeometry(
        kind=drawn.geom_type.lower(),
        geojson=json.loads(json.dumps(mapping(drawn))),
        lat=round(middle.y, _DECIMALS),
        lon=round(middle.x, _DECIMALS),
        hectares=land,
    )


def hectares(shape: Any) -> float:
    """The area of a shapely geometry in (lon, lat) degrees, in hectares.

    Each position is moved to metres by the lengths of a degree on the WGS 84 ellipsoid: that of longitude at its own
    latitude, which keeps areas true, that of latitude at the middle of its part. Within 0.1 % for parts up to a
    province.
    """
    import shapely

    return sum(_hectares(part) for part in shapely.get_parts(shape))


def _hectares(part: Any) -> float:
    import shapely

    middle = shapely.centroid(part)
    north = math.radians(middle.y)
    degree_north = 111_132.954 - 559.822 * math.cos(2 * north) + 1.175 * math.cos(4 * north)

    def to_metres(positions: Any) -> Any:
        metres = positions.copy()
        for position in metres:
            phi = math.radians(position[1])
            degree_east = 111_412.84 * math.cos(phi) - 93.5 * math.cos(3 * phi)
            position[0] = (position[0] - middle.x) * degree_east
            position[1] = (position[1] - middle.y) * degree_north
        return metres

    return float(shapely.transform(part, to_metres).area) / 10_000


def decoded(source: str | bytes) -> str:
    """The text of a drawing: of a file in UTF-8, 16 or 32, as its first bytes show. Raises GeometryRefused."""
    raw = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    if len(raw) > MAX_BYTES:
        raise GeometryTooLarge("drawing-too-large", most=MAX_BYTES, bytes=len(raw))
    if raw.startswith(b"PK\x03\x04"):  # a packed file: KMZ, a shapefile in a zip
        raise GeometryRefused("not-geojson")
    try:
        text = raw.decode(json.detect_encoding(raw))
    except UnicodeDecodeError:
        raise GeometryRefused("not-utf8") from None
    if not text.strip("\ufeff \t\r\n\0"):
        raise GeometryRefused("empty")
    return text


def _document(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise GeometryRefused("not-json", line=error.lineno) from None
    except (ValueError, RecursionError):
        raise GeometryRefused("not-json", line=1) from None


def _no_constant(name: str) -> NoReturn:
    """NaN and Infinity: Python's reader takes them, JSON and maps do not."""
    raise GeometryRefused("not-a-number", found=name)


def _geometries(part: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """The geometries in a document, a feature of it or a collection; a feature without one holds none."""
    if not isinstance(part, dict) or not isinstance(part.get("type"), str):
        raise GeometryRefused("not-geojson")
    kind = part["type"]
    if kind in _DEPTHS:
        yield part
        return
    if kind not in _MEMBERS or depth == _DEEPEST:
        raise GeometryRefused("wrong-type", found=kind[:40])
    members = part.get(_MEMBERS[kind])
    if kind == "Feature":
        members = [] if members is None else [members]
    if not isinstance(members, list):
        raise GeometryRefused("not-geojson")
    for member in members:
        yield from _geometries(member, depth + 1)


class _Counter:
    """Counts positions as they are read, so that a flood stops at the limit."""

    def __init__(self) -> None:
        self.count = 0

    def add(self) -> None:
        self.count += 1
        if self.count > MAX_POINTS:
            raise GeometryRefused("too-many-points", most=MAX_POINTS)


def _levelled(geometry: dict[str, Any], counter: _Counter) -> dict[str, Any]:
    kind = geometry["type"]
    return {"type": kind, "coordinates": _positions(geometry.get("coordinates"), _DEPTHS[kind], counter)}


def _positions(value: Any, depth: int, counter: _Counter) -> Any:
    """Coordinates nested `depth` lists deep above the positions, checked and rounded; rings are closed."""
    if not isinstance(value, list):
        raise GeometryRefused("not-geojson")
    if not value:
        raise GeometryRefused("empty")
    if depth == 0:
        counter.add()
        return _position(value)
    parts = [_positions(part, depth - 1, counter) for part in value]
    if depth == 1:
        if parts[0] != parts[-1]:
            parts.append(parts[0])
        if len(set(parts)) < 3:
            raise GeometryRefused("no-area")
    return parts


def _position(value: list[Any]) -> tuple[float, float]:
    if len(value) < 2:
        raise GeometryRefused("not-geojson")
    numbers = []
    for part in value[:2]:
        if isinstance(part, bool) or not isinstance(part, int | float):
            raise GeometryRefused("not-a-number", found=str(part)[:40])
        try:
            number = round(float(part), _DECIMALS)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise GeometryRefused("not-a-number", found="1e400")
        if abs(number) > 180:
            raise GeometryRefused("not-degrees", found=number)
        numbers.append(number)
    return numbers[0], numbers[1]


def _whole(plot: Any) -> Any:
    """Refuse an outline that crosses or touches itself, a hole outside it, and a sliver of no area."""
    import shapely

    if plot.convex_hull.area < _SLIVER:
        raise GeometryRefused("no-area")
    if not plot.is_valid:
        detail = str(shapely.is_valid_reason(plot))
        lat, lon = _spot(detail)
        raise GeometryRefused("self-crossing", lat=lat, lon=lon, detail=detail)
    return plot


def _spot(reason: str) -> tuple[float | None, float | None]:
    """Latitude and longitude from the end of "Self-intersection[105.1 21.2]"."""
    spot = re.search(r"\[(\S+) (\S+)\]$", reason)
    return (round(float(spot[2]), _DECIMALS), round(float(spot[1]), _DECIMALS)) if spot else (None, None)


def _within(drawn: Any) -> None:
    import shapely

    if within_vietnam(drawn):
        return
    if within_vietnam(shapely.transform(drawn, lambda positions: positions[:, ::-1])):
        raise GeometryRefused("outside-vietnam", swapped=True)
    raise GeometryRefused("outside-vietnam", swapped=False)
