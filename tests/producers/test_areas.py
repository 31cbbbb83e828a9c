"""The area room: declared with a drawing that is checked, changed, closed."""

from __future__ import annotations

import io
import json

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.supply.models import RawMaterialArea
from tests.factories.client import Visitor
from tests.factories.places import LAO_CAI, VAN_CHAN
from tests.factories.supply import make_area
from tests.producers.conftest import SampleSite, send_raw

AREA = {"name": "Đồi chè Pang Cáng", "province": LAO_CAI, "commune": VAN_CHAN, "hectares": "", "geometry": ""}
SQUARE = [[104.6, 21.6], [104.61, 21.6], [104.61, 21.61], [104.6, 21.61], [104.6, 21.6]]


def polygon(ring: list[list[float]]) -> str:
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def made(session: Session) -> RawMaterialArea:
    return session.scalars(sa.select(RawMaterialArea).where(RawMaterialArea.name == AREA["name"])).one()


def count(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(RawMaterialArea)) or 0


def test_a_drawn_area_is_measured_and_shown(session: Session, portal: Visitor) -> None:
    answer = portal.post("/portal/suoi-giang/areas/new", data=AREA | {"geometry": polygon(SQUARE)})
    assert answer.status_code == 303
    area = made(session)
    assert area.hectares is not None
    assert 110 < area.hectares < 120
    page = portal.get(answer.location).text
    assert 'class="land"' in page
    assert "xã Văn Chấn, Lào Cai" in page


def test_a_spot_copied_from_a_phone_is_a_point(session: Session, portal: Visitor) -> None:
    portal.post(
        "/portal/suoi-giang/areas/new", data=AREA | {"geometry": "21.622185, 104.600491", "hectares": "1,5"}
    )
    area = made(session)
    assert area.geometry == {"type": "Point", "coordinates": [104.600491, 21.622185]}
    assert area.hectares == 1.5
    assert "21.622185, 104.600491" in portal.get(f"/portal/suoi-giang/areas/{area.slug}").text


def test_a_file_goes_before_the_text(session: Session, portal: Visitor) -> None:
    file = (io.BytesIO(polygon(SQUARE).encode()), "doi.geojson")
    portal.post(
        "/portal/suoi-giang/areas/new",
        data=AREA | {"geometry": "21.6, 104.6", "geometry_file": file},
        content_type="multipart/form-data",
    )
    assert made(session).geometry is not None
    assert made(session).geometry["type"] == "Polygon"  # type: ignore[index]


@pytest.mark.parametrize(
    ("drawing", "words"),
    [
        ("không phải hình", "Chưa đọc được vị trí"),
        ("{", "không đúng cách viết JSON"),
        ("106.3, 9.8", "Ghi vĩ độ trước, kinh độ sau"),
        ("https://maps.app.goo.gl/x1Yz", "không ghi tọa độ"),
        ("{}", "không phải GeoJSON"),
        ('{"type":"LineString","coordinates":[]}', "không nhận LineString"),
        (
            '{"type":"GeometryCollection","geometries":[{"type":"Point"},{"type":"Point"}]}',
            "Tệp có 2 hình, trong đó có điểm",
        ),
        (
            '{"type":"MultiPolygon","coordinates":[[[[104.6,21.6],[104.61,21.6],[104.61,21.61],[104.6,21.61]]],'
            "[[[104.605,21.6],[104.615,21.6],[104.615,21.61],[104.605,21.61]]]]}",
            "Hai thửa chồng lên nhau gần 21.605, 104.6075",
        ),
        ('{"type":"FeatureCollection","features":[]}', "không có hình nào"),
        (
            polygon([[104.6, 21.6], [104.61, 21.61], [104.61, 21.6], [104.6, 21.61]]),
            "tự cắt gần 21.605, 104.605",
        ),
        (polygon([[104.6, 21.6], [104.61, 21.61]]), "không có diện tích"),
        (polygon([[104.0, 21.0], [106.5, 21.0], [106.5, 22.5], [104.0, 22.5]]), "nhiều nhất 2.500.000 ha"),
        ('{"type":"Point","coordinates":[2.35,48.85]}', "ngoài lãnh thổ Việt Nam"),
        ('{"type":"Point","coordinates":[21.6,104.6]}', "hai số bị đảo"),
        ('{"type":"Point","coordinates":[504000,2390000]}', "VN-2000"),
        ('{"type":"Point","coordinates":["a",1]}', "không phải số"),
        (polygon([[104.6 + n / 10**6, 21.6] for n in range(5_001)]), "quá nhiều điểm"),
    ],
)
def test_a_drawing_that_cannot_be_is_said_at_the_field_and_nothing_is_saved(
    session: Session, portal: Visitor, sample: SampleSite, drawing: str, words: str
) -> None:
    page = portal.post("/portal/suoi-giang/areas/new", data=AREA | {"geometry": drawing})
    assert page.status_code == 400
    assert 'id="geometry-error"' in page.text
    assert words in page.text
    assert count(session) == 1


def test_fifty_megabytes_are_refused_at_the_field_and_nothing_is_saved(
    session: Session, portal: Visitor, sample: SampleSite
) -> None:
    page = send_raw(portal, "/portal/suoi-giang/areas/new", "geometry_file", b"[" * 50 * 2**20, **AREA)
    assert page.status_code == 413
    assert 'id="geometry_file-error"' in page.text
    assert "Tệp quá nặng" in page.text
    assert (
        portal.post("/portal/suoi-giang/areas/new", data=AREA | {"geometry": "[" * 600_000}).status_code
        == 413
    )
    assert (
        portal.post("/portal/suoi-giang/areas/new", data=AREA | {"geometry": "[" * 3_000_000}).status_code
        == 413
    )
    assert count(session) == 1


def test_a_wrong_file_is_said_at_the_file(portal: Visitor) -> None:
    page = portal.post(
        "/portal/suoi-giang/areas/new",
        data=AREA | {"geometry_file": (io.BytesIO(b"{}"), "x.json")},
        content_type="multipart/form-data",
    )
    assert 'id="geometry_file-error"' in page.text


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"name": " "}, "name", "Chưa nhập tên vùng."),
        ({"hectares": "0"}, "hectares", "lớn hơn 0"),
        ({"hectares": "-1"}, "hectares", "héc-ta"),
        ({"hectares": "2500001"}, "hectares", "không quá 2.500.000 ha"),
        ({"hectares": "1000000000000"}, "hectares", "không quá 2.500.000 ha"),
        ({"hectares": "nhiều"}, "hectares", "héc-ta"),
        ({"province": "xx"}, "province", "Chọn một tỉnh"),
        ({"commune": "VN34-29308"}, "commune", "không thuộc tỉnh"),
        ({"standards": "x" * 201}, "standards", "nhiều nhất 200"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(
    portal: Visitor, change: dict[str, str], field: str, words: str
) -> None:
    page = portal.post("/portal/suoi-giang/areas/new", data=AREA | change)
    assert page.status_code == 400
    assert f'id="{field}-error"' in page.text
    assert words in page.text


def test_sent_twice_an_area_is_declared_once(session: Session, portal: Visitor) -> None:
    portal.post("/portal/suoi-giang/areas/new", data=AREA)
    assert "đã có vùng tên này" in portal.post("/portal/suoi-giang/areas/new", data=AREA).text
    assert made(session)


def test_a_changed_area_keeps_its_address_and_its_district(
    session: Session, portal: Visitor, sample: SampleSite
) -> None:
    area = make_area(session, producer=sample.producer, name="Vùng cũ", district="huyện Văn Chấn")
    address = f"/portal/suoi-giang/areas/{area.slug}"
    form = {"name": "Vùng cũ", "province": area.province_id, "commune": "", "hectares": "3", "geometry": ""}
    assert portal.post(address, data=form).status_code == 303
    session.refresh(area)
    assert (area.hectares, area.district, area.geometry) == (3.0, "huyện Văn Chấn", None)
    assert portal.post(address, data=form | {"province": LAO_CAI}).status_code == 303
    session.refresh(area)
    assert (area.district, area.province_id) == (None, LAO_CAI)


def test_a_closed_area_is_not_offered_again(session: Session, portal: Visitor, sample: SampleSite) -> None:
    address = f"/portal/suoi-giang/areas/{sample.area.slug}"
    assert portal.post(f"{address}/close").status_code == 303
    again = portal.post(f"{address}/close", follow_redirects=True)
    assert "đã ngừng dùng" in again.text
    assert sample.area.slug not in portal.get("/portal/suoi-giang/batches/new").text
    assert "ngừng dùng" in portal.get("/portal/suoi-giang/areas").text
