"""Plots and raw-material areas drawn by people: GeoJSON (RFC 7946) checked, levelled and measured."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from app.core.errors import InvalidInput
from app.geography.territory import within_vietnam

MAX_BYTES: Final = 512 * 1024
MAX_POINTS: Final = 5_000
MAX_HECTARES: Final = 2_500_000.0
"""More than the largest province has (Lâm Đồng, 2,423,307 ha): no producer's area reaches further."""
FIELD: Final = "geometry"
_DECIMALS: Final = 6  # 0.1 m; more is noise of the drawing tool
_SLIVER: Final = 1e-11  # square degrees, 0.1 m²: positions in one line, but for rounding
_DEPTHS: Final = {"Point": 0, "Polygon": 2, "MultiPolygon": 3}


class GeometryRefused(InvalidInput):
    """The drawing cannot be taken. `code` says why; each code has a message of its own:

    drawing-too-large (facts: most, bytes), not-json (line), not-geojson, wrong-type (found), several-features (count),
    empty, not-a-number (found), not-degrees (found; metres of VN-2000 look so), too-many-points (most),
    too-much-land (found, most), no-area, self-crossing (lat, lon or None, detail), outside-vietnam (swapped: it would
    fit in the other order).
    """

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code, field=FIELD, **facts)


class GeometryTooLarge(GeometryRefused):
    """More bytes than we take."""

    status = 413


@dataclass(frozen=True, slots=True)
class AreaGeometry:
    """A checked drawing: `kind` is point, polygon or multipolygon; degrees in WGS 84.

    `geojson` is a bare geometry, two numbers a position, 6 decimals, outer rings counter-clockwise, rings closed.
    `hectares` is None for a point.
    """

    kind: str
    geojson: dict[str, Any]
    lat: float
    lon: float
    hectares: float | None


def parse_area_geometry(source: str | bytes) -> AreaGeometry:
    """Read a Point, Polygon or MultiPolygon, bare, in a Feature, or in a FeatureCollection of one.

    Raises GeometryRefused.
    """
    import shapely
    from shapely.geometry import mapping, shape

    geometry = _geometry(_decoded(source))
    kind = geometry["type"]
    coordinates = _positions(geometry.get("coordinates"), _DEPTHS[kind], _Counter())
    drawn = _whole(kind, shape({"type": kind, "coordinates": coordinates}))
    _within(drawn)
    if kind != "Point":
        drawn = shapely.orient_polygons(drawn)
    land = None if kind == "Point" else round(hectares(drawn), 2)
    if land is not None and land > MAX_HECTARES:
        raise GeometryRefused("too-much-land", found=round(land), most=round(MAX_HECTARES))
    middle = shapely.centroid(drawn)
    return AreaGeometry(
        kind=kind.lower(),
        geojson=json.loads(json.dumps(mapping(drawn))),
        lat=round(middle.y, _DECIMALS),
        lon=round(middle.x, _DECIMALS),
        hectares=land,
    )


def hectares(shape: Any) -> float:
    """The area of a shapely geometry in (lon, lat) degrees, in hectares.

    Each position is moved to metres by the lengths of a degree on the WGS 84 ellipsoid: that of longitude at its own
    latitude, which keeps areas true, that of latitude at the middle. Within 0.1 % for anything up to a province.
    """
    import shapely

    middle = shapely.centroid(shape)
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

    return float(shapely.transform(shape, to_metres).area) / 10_000


def _decoded(source: str | bytes) -> Any:
    raw = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    if len(raw) > MAX_BYTES:
        raise GeometryTooLarge("drawing-too-large", most=MAX_BYTES, bytes=len(raw))
    if not raw.strip():
        raise GeometryRefused("empty")
    try:
        return json.loads(raw.decode("utf-8-sig"), parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise GeometryRefused("not-json", line=error.lineno) from None
    except (ValueError, RecursionError):
        raise GeometryRefused("not-json", line=1) from None


def _no_constant(name: str) -> NoReturn:
    """NaN and Infinity: Python's reader takes them, JSON and maps do not."""
    raise GeometryRefused("not-a-number", found=name)


def _geometry(document: Any) -> dict[str, Any]:
    if not isinstance(document, dict) or not isinstance(document.get("type"), str):
        raise GeometryRefused("not-geojson")
    if document["type"] == "FeatureCollection":
        features = document.get("features")
        if not isinstance(features, list):
            raise GeometryRefused("not-geojson")
        if len(features) != 1:
            raise GeometryRefused("several-features" if features else "empty", count=len(features))
        document = features[0]
    if not isinstance(document, dict):
        raise GeometryRefused("not-geojson")
    if document.get("type") == "Feature":
        document = document.get("geometry")
        if document is None:
            raise GeometryRefused("empty")
    if not isinstance(document, dict) or not isinstance(document.get("type"), str):
        raise GeometryRefused("not-geojson")
    if document["type"] not in _DEPTHS:
        raise GeometryRefused("wrong-type", found=document["type"][:40])
    return document


class _Counter:
    """Counts positions as they are read, so that a flood stops at the limit."""

    def __init__(self) -> None:
        self.count = 0

    def add(self) -> None:
        self.count += 1
        if self.count > MAX_POINTS:
            raise GeometryRefused("too-many-points", most=MAX_POINTS)


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


def _whole(kind: str, drawn: Any) -> Any:
    """Refuse outlines that cross or touch themselves, holes outside, parts that overlap, and slivers of no area."""
    import shapely

    if kind == "Point":
        return drawn
    if drawn.convex_hull.area < _SLIVER:
        raise GeometryRefused("no-area")
    if not drawn.is_valid:
        detail = str(shapely.is_valid_reason(drawn))
        lat, lon = _spot(detail)
        raise GeometryRefused("self-crossing", lat=lat, lon=lon, detail=detail)
    return drawn


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
