"""A place is read however it was typed or copied, or refused with what to do."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.geography.refused import GeometryRefused
from app.geography.spots import parse_place
from app.geography.territory import is_inside_vietnam
from app.producers.areas.forms import drawing_text


@pytest.mark.parametrize(
    "typed",
    [
        "9.8, 106.3",
        "9.8,106.3",
        "9.8 106.3",
        "9.8; 106.3",
        "9.8000\t106.3000",
        "(9.8, 106.3)",
        "9,8000, 106,3000",
        "9,8 106,3",
        "9,8; 106,3",
        "9,8,106,3",
        "\ufeff9.8,\u00a0106.3\n",
        "9.8° N, 106.3° E",
        "9.8N 106.3E",
        "N 9.8 E 106.3",
        "106.3 E, 9.8 N",
        "106,3° Đ, 9,8° B",
        "9°48'00.0\"N 106°18'00.0\"E",
        "9° 48′ 0″ N, 106° 18′ 0″ E",
        "9°48'N106°18'E",
        "9°48’00”B 106°18’00”Đ",
        "9°48'0''N, 106°18'0''E",
        "9º48'Bắc, 106º18'Đông",
        "Vĩ độ: 9,8 - Kinh độ: 106,3".replace(" -", ","),
        "lat 9.8, long 106.3",
        "lat=9.8 lng=106.3",
        "Kinh độ 106.3, vĩ độ 9.8",
        "https://www.google.com/maps/@9.8,106.3,15z",
        "https://www.google.com/maps/place/Ch%E1%BB%A3/@9.7,106.2,17z/data=!3m1!4b1!4m5!3d9.8!4d106.3",
        "https://maps.google.com/?q=9.8,106.3",
        "https://www.google.com/maps/search/?api=1&query=9.8%2C106.3",
        "https://www.google.com/maps/search/9.8,+106.3",
        "https://maps.apple.com/?ll=9.8,106.3&t=m",
        "https://www.openstreetmap.org/#map=15/9.8/106.3",
        "https://www.openstreetmap.org/?mlat=9.8&mlon=106.3#map=12/9.7/106.2",
        "geo:9.8,106.3?z=15",
        "maps.google.com/maps?q=loc:9.8,106.3",
        '{"type": "Point", "coordinates": [106.3, 9.8]}',
    ],
)
def test_a_spot_is_read_in_every_way_it_is_written(typed: str) -> None:
    area = parse_place(typed)
    assert (area.kind, area.lat, area.lon) == ("point", 9.8, 106.3)
    assert parse_place(typed.encode("utf-16")) == area


@pytest.mark.parametrize(
    ("typed", "code", "swapped"),
    [
        ("106.3, 9.8", "spot-outside-vietnam", True),
        ("106,3000, 9,8000", "spot-outside-vietnam", True),
        ("106°18' 9°48'", "spot-outside-vietnam", True),
        ("https://www.google.com/maps/@106.3,9.8,15z", "spot-outside-vietnam", True),
        ("48.85, 2.35", "spot-outside-vietnam", False),
        ("-9.8, 106.3", "spot-outside-vietnam", False),
        ("9.8 S, 106.3 E", "spot-outside-vietnam", False),
        ("9.8 N, 106.3 W", "spot-outside-vietnam", False),
        ("0, 0", "spot-outside-vietnam", False),
        ("gần chợ Cầu Kè", "not-a-place", None),
        ("9.8", "not-a-place", None),
        ("9.8, 106.3, 12", "not-a-place", None),
        ("9.8 N, 106.3 N", "not-a-place", None),
        ("9.8 N, 106.3", "not-a-place", None),
        ("9°60'N 106°18'E", "not-a-place", None),
        ("9°48'75\"N 106°18'E", "not-a-place", None),
        ("9..8, 106.3", "not-a-place", None),
        ("٩.٨, 106.3", "not-a-place", None),
        ("1" * 3_000, "not-a-place", None),
        ("1," * 900, "not-a-place", None),
        ("1085000, 600000", "not-degrees", None),
        ("https://maps.app.goo.gl/x1YzAbC", "map-link-without-place", None),
        ("https://vidu.vn", "map-link-without-place", None),
        ("", "empty", None),
        (" \ufeff ", "empty", None),
    ],
)
def test_what_is_no_spot_of_the_country_is_refused_in_words_of_its_own(
    typed: str, code: str, swapped: bool | None
) -> None:
    with pytest.raises(GeometryRefused) as refusal:
        parse_place(typed)
    assert (refusal.value.code, refusal.value.facts.get("swapped")) == (code, swapped)
    assert refusal.value.field == "geometry"


def test_a_swapped_drawing_is_told_the_order_of_drawings() -> None:
    with pytest.raises(GeometryRefused) as refusal:
        parse_place(json.dumps({"type": "Point", "coordinates": [9.8, 106.3]}))
    assert (refusal.value.code, refusal.value.facts) == ("outside-vietnam", {"swapped": True})


@given(
    st.floats(min_value=8.6, max_value=23.3).map(lambda lat: round(lat, 6)),
    st.floats(min_value=102.2, max_value=109.4).map(lambda lon: round(lon, 6)),
)
def test_a_spot_as_the_form_writes_it_is_read_back(lat: float, lon: float) -> None:
    if not is_inside_vietnam(lat, lon):
        return
    area = parse_place(f"{lat:.6f}, {lon:.6f}".replace(".", ","))
    assert (area.lat, area.lon) == (lat, lon)
    assert parse_place(drawing_text(area.geojson)) == area
