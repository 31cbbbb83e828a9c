"""A drawn area is taken, levelled and measured, or refused with the reason."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from app.geography.geojson import MAX_BYTES, MAX_POINTS, parse_area_geometry
from app.geography.refused import GeometryRefused

POINT = {"type": "Point", "coordinates": [104.87, 21.7]}
SQUARE = [[104.87, 21.70], [104.88, 21.70], [104.88, 21.71], [104.87, 21.71], [104.87, 21.70]]
POLYGON = {"type": "Polygon", "coordinates": [SQUARE]}
HOLE = [[104.873, 21.703], [104.877, 21.703], [104.877, 21.707], [104.873, 21.707], [104.873, 21.703]]


def _moved(ring: list[list[float]], east: float) -> list[list[float]]:
    return [[round(lon + east, 6), lat] for lon, lat in ring]


def _polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def test_a_point_has_a_place_and_no_area() -> None:
    area = parse_area_geometry(json.dumps(POINT))
    assert (area.kind, area.lat, area.lon, area.hectares) == ("point", 21.7, 104.87, None)
    assert area.geojson == POINT


def test_a_polygon_is_measured_in_hectares() -> None:
    area = parse_area_geometry(json.dumps(POLYGON))
    # 0.01° at 21.705° N on WGS 84: 1,107.4 m from south to north, 1,035.0 m from west to east.
    assert area.hectares == pytest.approx(114.5, rel=0.002)
    assert (area.kind, area.lat, area.lon) == ("polygon", 21.705, 104.875)


def test_a_hole_is_not_counted() -> None:
    whole = parse_area_geometry(json.dumps(POLYGON)).hectares
    holed = parse_area_geometry(json.dumps(_polygon(SQUARE, HOLE))).hectares
    assert whole is not None and holed is not None
    assert holed == pytest.approx(whole * (1 - 0.16), rel=0.001)


def test_two_plots_are_added_up() -> None:
    single = parse_area_geometry(json.dumps(POLYGON))
    both = parse_area_geometry(
        json.dumps({"type": "MultiPolygon", "coordinates": [[SQUARE], [_moved(SQUARE, 0.05)]]})
    )
    assert single.hectares is not None
    assert both.kind == "multipolygon"
    assert both.hectares == pytest.approx(2 * single.hectares, rel=0.001)
    assert both.lon == pytest.approx(104.9, abs=0.001)


def test_a_large_area_is_measured_within_a_thousandth() -> None:
    # Between 21° and 22° N a cell of one degree has 11,463.5 km² on WGS 84 (equal-area integral).
    ring = [[104.0, 21.0], [105.0, 21.0], [105.0, 22.0], [104.0, 22.0], [104.0, 21.0]]
    area = parse_area_geometry(json.dumps(_polygon(ring)))
    assert area.hectares == pytest.approx(1_146_350, rel=0.001)


def test_a_feature_and_a_collection_of_one_are_unwrapped() -> None:
    feature = {"type": "Feature", "properties": {"name": "Đồi 1"}, "geometry": POLYGON}
    collection = {"type": "FeatureCollection", "features": [feature]}
    expected = parse_area_geometry(json.dumps(POLYGON))
    assert parse_area_geometry(json.dumps(feature)) == expected
    assert parse_area_geometry(json.dumps(collection).encode()) == expected
    assert parse_area_geometry(b"\xef\xbb\xbf" + json.dumps(collection).encode()) == expected


def test_a_drawing_is_levelled() -> None:
    clockwise_open_high = [[lon, lat, 120.5] for lon, lat in reversed(SQUARE[1:])]
    area = parse_area_geometry(json.dumps(_polygon([*clockwise_open_high, [104.87123456789, 21.705, 9]])))
    (ring,) = area.geojson["coordinates"]
    assert ring[0] == ring[-1]
    assert all(len(position) == 2 for position in ring)
    assert [104.871235, 21.705] in ring
    signed = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring))
    assert signed > 0, "the outer ring runs counter-clockwise"


def test_islands_are_accepted() -> None:
    assert parse_area_geometry('{"type": "Point", "coordinates": [111.92, 8.64]}').kind == "point"


def _refusal(source: str | bytes) -> GeometryRefused:
    with pytest.raises(GeometryRefused) as refusal:
        parse_area_geometry(source)
    assert refusal.value.field == "geometry"
    return refusal.value


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("hello", "not-json"),
        ('{"type": "Point"', "not-json"),
        (b"\xff\xfe\x00", "not-utf8"),
        (b"\xff\xfe", "empty"),
        (b"PK\x03\x04\x14\x00\xff", "not-geojson"),
        (
            '{"type": "Point", "coordinates": [104.8, 21.7], "ten": "Đồi chè"}'.encode("cp1258", "ignore"),
            "not-utf8",
        ),
        ("[" * 100_000, "not-json"),
        ('{"type": "Point", "coordinates": [1' + "0" * 5_000 + ", 2]}", "not-json"),
        ("[]", "not-geojson"),
        ("null", "not-geojson"),
        ("{}", "not-geojson"),
        ('{"type": 1}', "not-geojson"),
        ('{"type": "Point"}', "not-geojson"),
        ('{"type": "Point", "coordinates": 7}', "not-geojson"),
        ('{"type": "Point", "coordinates": [104.8]}', "not-geojson"),
        ('{"type": "Point", "coordinates": [[104.8, 21.7]]}', "not-geojson"),
        ('{"type": "Polygon", "coordinates": [[104.8, 21.7]]}', "not-geojson"),
        ('{"type": "Feature", "geometry": 3}', "not-geojson"),
        ('{"type": "FeatureCollection", "features": [4]}', "not-geojson"),
        ('{"type": "FeatureCollection"}', "not-geojson"),
        ('{"type": "Feature", "geometry": null}', "empty"),
        ('{"type": "FeatureCollection", "features": []}', "empty"),
        ('{"type": "Point", "coordinates": []}', "empty"),
        ('{"type": "Polygon", "coordinates": []}', "empty"),
        ('{"type": "Polygon", "coordinates": [[]]}', "empty"),
        ('{"type": "LineString", "coordinates": [[104.8, 21.7], [104.9, 21.7]]}', "wrong-type"),
        ('{"type": "GeometryCollection", "geometries": []}', "empty"),
        ('{"type": "GeometryCollection"}', "not-geojson"),
        ('{"type": "Topology"}', "wrong-type"),
        ('{"type": "Point", "coordinates": [NaN, 21.7]}', "not-a-number"),
        ('{"type": "Point", "coordinates": [104.8, Infinity]}', "not-a-number"),
        ('{"type": "Point", "coordinates": [1e999, 21.7]}', "not-a-number"),
        ('{"type": "Point", "coordinates": [1' + "0" * 400 + ", 21.7]}", "not-a-number"),
        ('{"type": "Point", "coordinates": ["104.8", "21.7"]}', "not-a-number"),
        ('{"type": "Point", "coordinates": [true, false]}', "not-a-number"),
        ('{"type": "Point", "coordinates": [512345.6, 2401234.5]}', "not-degrees"),
        (json.dumps(_polygon([[104.87, 21.7], [104.88, 21.7]])), "no-area"),
        (json.dumps(_polygon([[104.87, 21.7], [104.88, 21.71], [104.89, 21.72]])), "no-area"),
    ],
)
def test_what_is_no_area_is_refused(source: str | bytes, code: str) -> None:
    assert _refusal(source).code == code


def test_50_megabytes_are_refused_unread() -> None:
    refusal = _refusal(b" " * 50_000_000)
    assert (refusal.code, refusal.status) == ("drawing-too-large", 413)
    assert refusal.facts == {"most": MAX_BYTES, "bytes": 50_000_000}
    assert _refusal("đ" * (MAX_BYTES // 2 + 1)).code == "drawing-too-large"


def test_too_many_points_are_refused() -> None:
    step = 0.2 / MAX_POINTS
    ring = [[round(104.8 + index * step, 5), 21.7] for index in range(MAX_POINTS)]
    refusal = _refusal(json.dumps(_polygon([*ring, [104.9, 21.8], ring[0]])))
    assert (refusal.code, refusal.facts) == ("too-many-points", {"most": MAX_POINTS})


def test_a_point_among_other_shapes_is_refused_with_their_number() -> None:
    for others in ([POLYGON], [POINT], [POLYGON, POLYGON]):
        features = [{"type": "Feature", "geometry": shape} for shape in [POINT, *others]]
        refusal = _refusal(json.dumps({"type": "FeatureCollection", "features": features}))
        assert (refusal.code, refusal.facts) == ("not-only-plots", {"count": len(features)})


def test_collections_in_collections_are_unpacked_as_deep_as_any_program_writes_them() -> None:
    deep: Any = POLYGON
    for _ in range(2):
        deep = {"type": "GeometryCollection", "geometries": [deep]}
    assert parse_area_geometry(json.dumps(deep)) == parse_area_geometry(json.dumps(POLYGON))
    feature = {"type": "Feature", "geometry": deep}
    refusal = _refusal(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert (refusal.code, refusal.facts) == ("wrong-type", {"found": "GeometryCollection"})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_file_is_read_in_the_encoding_its_first_bytes_show(encoding: str) -> None:
    feature = {"type": "Feature", "properties": {"tên": "Đồi chè"}, "geometry": POLYGON}
    text = json.dumps(feature, ensure_ascii=False)
    assert parse_area_geometry(text.encode(encoding)) == parse_area_geometry(json.dumps(POLYGON))


def test_an_outline_that_crosses_itself_is_refused_with_the_place() -> None:
    bow_tie = [[104.87, 21.70], [104.88, 21.71], [104.88, 21.70], [104.87, 21.71], [104.87, 21.70]]
    refusal = _refusal(json.dumps(_polygon(bow_tie)))
    assert refusal.code == "self-crossing"
    assert (refusal.facts["lat"], refusal.facts["lon"]) == (21.705, 104.875)


def test_a_hole_outside_is_refused() -> None:
    assert _refusal(json.dumps(_polygon(SQUARE, _moved(HOLE, 0.5)))).code == "self-crossing"


def test_swapped_coordinates_are_distinguished_from_another_country() -> None:
    swapped = _refusal(json.dumps(_polygon([[lat, lon] for lon, lat in SQUARE])))
    assert (swapped.code, swapped.facts) == ("outside-vietnam", {"swapped": True})
    for paris_or_sea in ([2.35, 48.85], [0, 0], [105.8, -21.0], [20.0, 150.0]):
        refusal = _refusal(json.dumps({"type": "Point", "coordinates": paris_or_sea}))
        assert (refusal.code, refusal.facts) == ("outside-vietnam", {"swapped": False})


def test_an_area_that_reaches_out_of_the_country_is_refused() -> None:
    ring = [[104.87, 21.7], [120.0, 21.7], [120.0, 21.8], [104.87, 21.7]]
    assert _refusal(json.dumps(_polygon(ring))).code == "outside-vietnam"
