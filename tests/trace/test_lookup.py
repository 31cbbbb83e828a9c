"""A code that cannot be scanned is typed, or sent as a picture."""

from __future__ import annotations

import io

import pytest
import segno
from flask import Flask
from PIL import Image
from sqlalchemy.orm import Session

from app.core.parts import part
from app.gs1.digital_link import stamp_uri
from app.trace.setup import Trace
from app.trace.stamps import pictures
from app.trace.stamps.codes import encode, group
from app.trace.stamps.qr_codes import qr_codes
from tests.factories.client import Visitor
from tests.factories.pictures import finder_patterns, scans_without_end, written
from tests.factories.supply import make_batch
from tests.factories.trace import make_roll


@pytest.fixture
def code(app: Flask, session: Session) -> str:
    ring = part(Trace, app).ring
    roll = make_roll(session, count=5, key_id=ring.issuing.id)
    return encode(roll.first_number, ring.issuing)


def picture_of(text: str, fmt: str = "PNG") -> io.BytesIO:
    drawn = io.BytesIO()
    segno.make(text, error="m").save(drawn, kind="png", scale=6, border=4)
    if fmt == "PNG":
        drawn.seek(0)
        return drawn
    converted = io.BytesIO()
    Image.open(drawn).convert("RGB").save(converted, fmt)
    converted.seek(0)
    return converted


def send(client: Visitor, file: io.BytesIO, name: str = "tem.png") -> tuple[int, str, str]:
    answer = client.post("/t", data={"picture": (file, name)}, content_type="multipart/form-data")
    return answer.status_code, answer.headers.get("Location", ""), answer.get_data(as_text=True)


def test_the_page_offers_typing_and_a_picture(client: Visitor) -> None:
    page = client.get("/t").get_data(as_text=True)
    assert 'name="code"' in page and 'name="picture"' in page


@pytest.mark.parametrize("write", [str, group, str.lower, lambda c: c.replace("0", "O").replace("1", "l")])
def test_a_code_typed_loosely_leads_to_its_page(client: Visitor, code: str, write: object) -> None:
    assert callable(write)
    answer = client.get("/t", query_string={"code": write(code)})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/t/{code}")


def test_a_wrong_code_is_marked_and_stays_in_the_field(client: Visitor) -> None:
    answer = client.get("/t", query_string={"code": "7K4M 9XQ2 TURB H5WE"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert 'data-wrong="3"' in page and "7K4M 9XQ2 TURB H5WE" in page


def test_a_picture_of_a_stamp_leads_to_its_page(client: Visitor, code: str) -> None:
    uri = stamp_uri("http://localhost", code)
    for fmt in ("PNG", "JPEG", "WEBP"):
        assert send(client, picture_of(uri, fmt))[:2] == (303, f"/t/{code}")
    with_gtin = stamp_uri("http://localhost", code, "09520000000011")
    assert send(client, picture_of(with_gtin))[:2] == (303, f"/01/09520000000011/21/{code}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("https://evil.example/t/7K4M9XQ2T0RBH5WE", "không dẫn về Nguồn"),
        ("javascript:alert(1)", "không dẫn về Nguồn"),
        ("http://localhost/logout", "không dẫn về Nguồn"),
        ("http://[", "không dẫn về Nguồn"),
    ],
)
def test_a_picture_of_another_code_leads_nowhere(client: Visitor, text: str, message: str) -> None:
    status, location, page = send(client, picture_of(text))
    assert (status, location) == (400, "")
    assert message in page


def test_a_picture_without_a_code_or_no_picture_at_all_is_explained(client: Visitor) -> None:
    blank = io.BytesIO()
    Image.new("RGB", (300, 300), "white").save(blank, "PNG")
    blank.seek(0)
    assert "Không thấy mã QR" in send(client, blank)[2]
    assert "không phải ảnh" in send(client, io.BytesIO(b"%PDF-1.7 not a picture"))[2]
    status, _, page = send(client, io.BytesIO(b"\xff\xd8" + bytes(13 * 1024 * 1024)))
    assert status == 413 and "12 MB" in page
    assert client.post("/t", data={}).status_code == 400


def test_a_picture_with_too_many_pixels_is_not_opened(client: Visitor) -> None:
    for side in (7_500, 10_000, 14_000):
        bomb = io.BytesIO()
        Image.new("1", (side, side)).save(bomb, "PNG")
        bomb.seek(0)
        status, _, page = send(client, bomb)
        assert status == 400 and "50 triệu điểm ảnh" in page


def test_a_batch_tells_its_story_and_records_no_scan(client: Visitor, session: Session) -> None:
    batch = make_batch(session)
    page = client.get(f"/batches/{batch.public_id}").get_data(as_text=True)
    assert batch.code in page and f'data-batch="{batch.public_id}"' in page
    assert client.get("/batches/none").status_code == 404


TEXT = "http://localhost/t/X"


def of_many_pixels(mode: str) -> bytes:
    ground = Image.new("L", (5000, 4200), "white")
    ground.paste(Image.open(picture_of(TEXT)).convert("L").resize((1500, 1500)), (300, 2200))
    return written(ground.convert(mode))


def lying(orientation: int) -> bytes:
    drawn = Image.open(picture_of(TEXT)).convert("L")
    exif = Image.Exif()
    exif[0x0112] = orientation
    return written(drawn.rotate(90 * orientation), "JPEG", exif=exif)


def of_16_bits() -> bytes:
    """Dark grey on grey, as a scanner writes it: all samples far above 255."""
    drawn = Image.open(picture_of(TEXT)).convert("I").point(lambda value: value * 100 + 4_000)
    return written(drawn.convert("I;16"))


def on_clear_ground() -> bytes:
    drawn = Image.open(picture_of(TEXT)).convert("L")
    black = Image.new("RGBA", drawn.size, "black")
    black.putalpha(drawn.point(lambda value: 255 - value))
    return written(black)


def on_a_long_screen() -> bytes:
    """What a telephone makes of a page scrolled from top to bottom."""
    screen = Image.new("L", (1080, 20_000), "white")
    screen.paste(Image.open(picture_of(TEXT)).convert("L"), (400, 15_000))
    return written(screen)


@pytest.mark.parametrize(
    "raw",
    [
        *(pytest.param(of_many_pixels(mode), id=f"many pixels, {mode}") for mode in ("1", "P", "RGBA")),
        *(pytest.param(lying(way), id=f"lying {way}") for way in (1, 2, 5, 6, 8)),
        pytest.param(of_16_bits(), id="16 bits"),
        pytest.param(on_clear_ground(), id="clear ground"),
        pytest.param(on_a_long_screen(), id="a long screen"),
    ],
)
def test_a_code_is_read_in_a_picture_of_any_kind(raw: bytes) -> None:
    assert qr_codes(raw) == [TEXT]


@pytest.mark.parametrize("cost", [finder_patterns(), scans_without_end(side=5000, scans=4000)])
def test_a_picture_made_to_keep_the_machine_busy_is_refused_in_words(client: Visitor, cost: bytes) -> None:
    status, _, page = send(client, io.BytesIO(cost))
    assert status == 400
    assert "máy đọc quá lâu" in page and 'name="code"' in page


def test_who_finds_the_queue_full_is_told_to_come_back(client: Visitor) -> None:
    with pictures._SANDBOX._places, pictures._SANDBOX._places:
        answer = client.post("/t", data={"picture": (picture_of(TEXT), "tem.png")})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "3"
    page = answer.get_data(as_text=True)
    assert "Máy chủ đang bận" in page and 'name="code"' in page
