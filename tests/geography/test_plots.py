"""Plots of one area: neighbours become one, what lies apart stays so, true overlaps are refused where they are."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.geography.geojson import MAX_POINTS, AreaGeometry, parse_area_geometry
from app.geography.plots import NOISE_METRES
from app.geography.refused import GeometryRefused

METRE = 1 / 111_000  # degrees to the north


def box(west: float, south: float, east: float, north: float) -> list[list[float]]:
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


LEFT, RIGHT = box(106.3, 9.8, 106.31, 9.81), box(106.31, 9.8, 106.32, 9.81)


def polygons(*rings: list[list[float]]) -> list[dict[str, Any]]:
    return [{"type": "Polygon", "coordinates": [ring]} for ring in rings]


def multi(*rings: list[list[float]]) -> dict[str, Any]:
    return {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]}


def features(*shapes: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "geometry": shape} for shape in shapes],
    }


def taken(document: dict[str, Any]) -> AreaGeometry:
    return parse_area_geometry(json.dumps(document))


def refused(document: dict[str, Any]) -> GeometryRefused:
    with pytest.raises(GeometryRefused) as refusal:
        taken(document)
    return refusal.value


def size(*rings: list[list[float]]) -> float:
    return sum(taken(shape).hectares or 0 for shape in polygons(*rings))


@pytest.mark.parametrize(
    "document",
    [
        multi(LEFT, RIGHT),
        features(*polygons(LEFT, RIGHT)),
        features(multi(LEFT, RIGHT)),
        features(None, *polygons(LEFT), None, *polygons(RIGHT)),
        {"type": "GeometryCollection", "geometries": polygons(RIGHT, LEFT)},
        features({"type": "GeometryCollection", "geometries": polygons(LEFT, RIGHT)}),
    ],
)
def test_neighbours_with_a_boundary_in_common_are_one_outline(document: dict[str, Any]) -> None:
    area = taken(document)
    assert area.kind == "polygon"
    assert len(area.geojson["coordinates"]) == 1
    assert area.hectares == pytest.approx(242.7, rel=0.001)
    assert area.hectares == pytest.approx(size(LEFT, RIGHT), rel=0.001)


def test_neighbours_need_not_have_the_same_corners() -> None:
    lower, upper = box(106.31, 9.8, 106.32, 9.805), box(106.31, 9.805, 106.32, 9.81)
    area = taken(multi(LEFT, lower, upper))
    assert area.kind == "polygon"
    assert area.hectares == pytest.approx(size(LEFT, RIGHT), rel=0.001)


def test_plots_that_lie_apart_or_meet_at_a_corner_stay_plots() -> None:
    for other in (box(106.4, 9.8, 106.41, 9.81), box(106.31, 9.81, 106.32, 9.82)):
        area = taken(multi(LEFT, other))
        assert (area.kind, len(area.geojson["coordinates"])) == ("multipolygon", 2)
        assert area.hectares == pytest.approx(size(LEFT, other), rel=0.001)


def test_plots_far_apart_are_each_measured_at_their_own_latitude() -> None:
    north = box(104.9, 22.5, 104.91, 22.51)
    assert taken(multi(LEFT, north)).hectares == pytest.approx(size(LEFT, north), rel=0.0001)


def test_a_plot_in_the_hole_of_another_is_a_neighbour() -> None:
    hole = box(106.303, 9.803, 106.307, 9.807)
    document = {"type": "MultiPolygon", "coordinates": [[LEFT, hole], [hole]]}
    area = taken(document)
    assert (area.kind, len(area.geojson["coordinates"])) == ("polygon", 1)
    assert area.hectares == pytest.approx(size(LEFT), rel=0.001)
    small = box(106.304, 9.804, 106.306, 9.806)
    assert taken({"type": "MultiPolygon", "coordinates": [[LEFT, hole], [small]]}).kind == "multipolygon"


@pytest.mark.parametrize(
    ("other", "lat", "lon"),
    [
        (box(106.305, 9.8, 106.315, 9.81), 9.805, 106.3075),
        (box(106.302, 9.802, 106.308, 9.808), 9.805, 106.305),
        (LEFT, 9.805, 106.305),
        (list(reversed(LEFT)), 9.805, 106.305),
    ],
)
def test_plots_that_overlap_are_refused_with_the_place(
    other: list[list[float]], lat: float, lon: float
) -> None:
    for document in (multi(LEFT, other), features(*polygons(RIGHT, LEFT, other)[1:])):
        refusal = refused(document)
        assert refusal.code == "plots-overlap"
        assert (refusal.facts["lat"], refusal.facts["lon"]) == pytest.approx((lat, lon), abs=0.001)


@pytest.mark.parametrize(
    ("metres", "is_noise"), [(0.5, True), (2, True), (4.5, True), (6, False), (11, False)]
)
def test_what_two_plots_share_by_the_noise_of_walking_counts_once(metres: float, is_noise: bool) -> None:
    upper = box(106.3, 9.81 - metres * METRE, 106.31, 9.82)
    if not is_noise:
        assert refused(multi(LEFT, upper)).code == "plots-overlap"
        return
    area = taken(multi(LEFT, upper))
    assert area.kind == "polygon"
    assert area.hectares == pytest.approx(size(box(106.3, 9.8, 106.31, 9.82)), rel=0.0002)
    assert metres < NOISE_METRES


def test_each_plot_must_be_whole_by_itself() -> None:
    bow_tie = [[106.4, 9.8], [106.41, 9.81], [106.41, 9.8], [106.4, 9.81], [106.4, 9.8]]
    refusal = refused(multi(LEFT, bow_tie))
    assert (refusal.code, refusal.facts["lat"]) == ("self-crossing", 9.805)
    assert (
        refused(features(*polygons(LEFT, [[106.4, 9.8], [106.41, 9.81], [106.42, 9.82]]))).code == "no-area"
    )


def test_features_without_any_shape_are_empty() -> None:
    assert refused(features(None, None)).code == "empty"


@given(st.integers(min_value=1, max_value=5), st.integers(min_value=1, max_value=5), st.integers(3, 40))
def test_any_map_of_fields_is_one_outline_of_their_whole_size(across: int, up: int, hundredth: int) -> None:
    side = hundredth * 1e-4
    fields = [
        box(106.3 + x * side, 9.8 + y * side, 106.3 + (x + 1) * side, 9.8 + (y + 1) * side)
        for x in range(across)
        for y in range(up)
    ]
    area = taken(features(*polygons(*fields)))
    assert area.kind == "polygon"
    assert area.hectares == pytest.approx(
        size(box(106.3, 9.8, 106.3 + across * side, 9.8 + up * side)), rel=0.001
    )
    assert taken(area.geojson) == area


def comb(teeth: int, west: float, south: float, *, upright: bool) -> list[list[float]]:
    step = 0.5 / teeth
    ring = [[0.0, 0.0]]
    for at in (number * step for number in range(teeth)):
        ring += [[at, 0.01], [at, 0.5], [at + step / 2, 0.5], [at + step / 2, 0.01]]
    ring += [[0.5, 0.0], [0.0, 0.0]]
    return [[west + x, south + y] if upright else [west + y, south + x] for x, y in ring]


def test_two_combs_laid_across_each_other_are_refused_before_they_are_cut() -> None:
    across = multi(comb(600, 106.3, 9.8, upright=True), comb(600, 106.29, 9.79, upright=False))
    refusal = refused(across)
    assert refusal.code == "plots-overlap"
    assert math.isfinite(refusal.facts["lat"])


def test_noise_that_leaves_an_outline_of_very_many_corners_is_refused() -> None:
    def small(ring: list[list[float]], west: float, south: float) -> list[list[float]]:
        return [[west + x * 0.0016, south + y * 0.0016] for x, y in ring]

    teeth = 60
    across = multi(
        small(comb(teeth, 0, 0, upright=True), 106.3, 9.8),
        small(comb(teeth, 0, 0, upright=False), 106.29999, 9.79999),
    )
    refusal = refused(across)
    assert (refusal.code, refusal.facts) == ("too-many-points", {"most": MAX_POINTS})


def test_a_heap_of_plots_on_one_spot_is_refused() -> None:
    heap = [
        box(106.3 - n % 20 * 1e-6, 9.8 - n // 20 % 20 * 1e-6, 106.30001 + n % 7 * 1e-6, 9.80001)
        for n in range(900)
    ]
    assert refused(multi(*heap)).code == "plots-overlap"
