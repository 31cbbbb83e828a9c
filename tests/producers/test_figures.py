"""Figures as people write them, and the stamp that is meant by a number, a code or an address."""

from __future__ import annotations

import io

import pytest

from app.core.errors import InvalidInput
from app.producers.areas.forms import drawing_text
from app.producers.areas.queries import outline
from app.producers.stamps.places import code_in_picture, stamp_place
from app.trace.stamps.codes import encode, group
from app.trace.stamps.keys import KeyRing
from app.trace.stamps.models import StampRoll

RING = KeyRing.parse("k1:" + "5e" * 32 + ",k0:" + "6f" * 32)
ROLL = StampRoll(key_id="k1", first_number=1_000, last_number=1_099)


def place(text: str) -> int:
    return stamp_place(text, roll=ROLL, ring=RING, field="first")


def test_a_stamp_is_meant_by_number_code_or_address() -> None:
    code = encode(1_041, RING.keys[0])
    for text in ("42", " 42 ", code, group(code).lower(), f"https://nguon.example/t/{code}?x=1"):
        assert place(text) == 42
    assert place(f"HTTPS://NGUON.EXAMPLE/01/09520000000011/21/{code}/") == 42
    assert place("1.000") == place("1 000") == 1_000


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "stamp-unreadable"),
        ("bốn hai", "stamp-unreadable"),
        ("-1", "stamp-unreadable"),
        ("/", "stamp-unreadable"),
        ("0" * 16, "stamp-not-of-roll"),
        (encode(1_100, RING.keys[0]), "stamp-not-of-roll"),
        (encode(999, RING.keys[0]), "stamp-not-of-roll"),
        (encode(1_041, RING.keys[1]), "stamp-not-of-roll"),
    ],
)
def test_a_stamp_of_another_roll_or_none_is_refused_at_its_field(text: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        place(text)
    assert (refused.value.code, refused.value.field) == (code, "first")


def test_a_picture_of_a_stamp_is_read() -> None:
    import segno

    picture = io.BytesIO()
    segno.make(f"https://nguon.example/t/{encode(1_041, RING.keys[0])}").save(picture, kind="png", scale=6)
    picture.seek(0)
    assert place(code_in_picture(picture, field="first")) == 42
    blank = io.BytesIO()
    from PIL import Image

    Image.new("L", (200, 200), 255).save(blank, "PNG")
    blank.seek(0)
    for wrong, code in ((blank, "no-code-in-picture"), (io.BytesIO(b"x"), "not-a-picture")):
        with pytest.raises(InvalidInput) as refused:
            code_in_picture(wrong, field="first")
        assert (refused.value.code, refused.value.field) == (code, "first")


def test_an_outline_lies_in_its_box_north_up() -> None:
    square = [[105.0, 21.0], [105.01, 21.0], [105.01, 21.02], [105.0, 21.02], [105.0, 21.0]]
    hole = [[105.004, 21.004], [105.004, 21.006], [105.006, 21.006], [105.006, 21.004], [105.004, 21.004]]
    drawn = outline({"type": "MultiPolygon", "coordinates": [[square, hole]]})
    assert drawn is not None
    points = [
        tuple(map(float, pair.split()))
        for pair in drawn.path.replace("Z", "L").replace("M", "").split("L")
        if pair
    ]
    assert all(0 <= x <= 320 and 0 <= y <= 200 for x, y in points)
    assert points[0][1] > points[2][1]
    assert drawn.path.count("M") == 2


def test_a_point_is_a_dot_and_nothing_is_nothing() -> None:
    spot = outline({"type": "Point", "coordinates": [105.0, 21.0]})
    assert spot is not None
    assert spot.dot == (160.0, 100.0)
    assert outline(None) is None
    assert drawing_text(None) == ""
    assert drawing_text({"type": "Point", "coordinates": [104.6, 21.6]}) == "21.6, 104.6"
