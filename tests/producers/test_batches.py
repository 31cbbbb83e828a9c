"""The batch room: opened with checked facts, its ledger written by hand, closed."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.supply.models import Batch, StockMovement
from tests.factories.catalogue import make_product, make_variant
from tests.factories.certification import make_certificate, make_dossier
from tests.factories.client import Visitor
from tests.factories.supply import make_batch
from tests.producers.conftest import SampleSite


def form(sample: SampleSite, **change: object) -> dict[str, object]:
    facts: dict[str, object] = {
        "variant": sample.variant.public_id,
        "code": "2611-01",
        "made_on": "2026-11-20",
        "expires_on": "20/11/2027",
        "quantity": "1.200",
        "areas": [sample.area.slug],
        "note": "Mẻ sáng",
    }
    return facts | change


def test_a_batch_is_opened_with_its_areas(session: Session, portal: Visitor, sample: SampleSite) -> None:
    answer = portal.post("/portal/suoi-giang/batches/new", data=form(sample))
    assert answer.status_code == 303
    batch = session.scalars(sa.select(Batch).where(Batch.code == "2611-01")).one()
    assert answer.location == f"/portal/suoi-giang/batches/{batch.public_id}"
    assert (batch.quantity, batch.on_hand, batch.expires_on) == (1_200, 1_200, dt.date(2027, 11, 20))
    assert [area.id for area in batch.areas] == [sample.area.id]
    page = portal.get(answer.location).text
    assert sample.area.name in page
    assert "1.200" in page


def test_the_next_free_code_of_the_month_is_proposed(
    session: Session, portal: Visitor, sample: SampleSite
) -> None:
    assert 'value="2611-01"' in portal.get("/portal/suoi-giang/batches/new").text
    make_batch(session, variant=sample.variant, code="2611-07")
    make_batch(session, variant=sample.variant, code="2611-X")
    assert 'value="2611-08"' in portal.get("/portal/suoi-giang/batches/new").text


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"quantity": "0"}, "quantity", "Số lượng từ 1"),
        ({"quantity": "-1"}, "quantity", "Số lượng từ 1"),
        ({"quantity": "1000000000000"}, "quantity", "Số lượng từ 1"),
        ({"quantity": "9" * 40}, "quantity", "số nguyên"),
        ({"quantity": "1.5"}, "quantity", "số nguyên"),
        ({"quantity": ""}, "quantity", "Chưa nhập số gói."),
        ({"made_on": "2026-11-22"}, "made_on", "không thể sau hôm nay (21/11/2026)"),
        ({"made_on": "0001-01-01"}, "made_on", "không thể trước 01/01/2000"),
        ({"made_on": "1999-12-31"}, "made_on", "không thể trước 01/01/2000"),
        ({"made_on": "9999-12-31"}, "made_on", "không thể sau hôm nay (21/11/2026)"),
        ({"expires_on": "9999-12-31"}, "expires_on", "nhiều nhất 20 năm, tức đến 20/11/2046"),
        ({"expires_on": "0001-01-01"}, "expires_on", "không thể trước ngày làm (20/11/2026)"),
        ({"made_on": "hôm qua"}, "made_on", "21/11/2026"),
        ({"made_on": "2026-02-30"}, "made_on", "21/11/2026"),
        ({"made_on": ""}, "made_on", "Chưa nhập ngày làm."),
        ({"expires_on": "2026-11-19"}, "expires_on", "không thể trước ngày làm (20/11/2026)"),
        ({"code": ""}, "code", "Mã lô dài nhất"),
        ({"code": "lô một"}, "code", "Mã lô dài nhất"),
        ({"code": "x" * 21}, "code", "Mã lô dài nhất"),
        ({"variant": ""}, "variant", "Chưa chọn sản phẩm, quy cách."),
        ({"note": "x" * 501}, "note", "nhiều nhất 500"),
    ],
)
def test_a_batch_that_cannot_be_is_said_at_the_field_and_not_opened(
    *, session: Session, portal: Visitor, sample: SampleSite, change: dict[str, str], field: str, words: str
) -> None:
    page = portal.post("/portal/suoi-giang/batches/new", data=form(sample, **change))
    assert page.status_code == 400
    assert f'id="{field}-error"' in page.text
    assert words in page.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Batch)) == 1


def test_sent_twice_a_batch_is_opened_once(session: Session, portal: Visitor, sample: SampleSite) -> None:
    portal.post("/portal/suoi-giang/batches/new", data=form(sample))
    again = portal.post("/portal/suoi-giang/batches/new", data=form(sample))
    assert again.status_code == 409
    assert "Mã lô 2611-01 đã dùng rồi" in again.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Batch)) == 2


def record(portal: Visitor, sample: SampleSite, **facts: str) -> tuple[int, str]:
    address = f"/portal/suoi-giang/batches/{sample.batch.public_id}"
    seen = re.search(r'name="after"[^>]* value="(\d+)"', portal.get(address).text)
    assert seen
    sent = {"kind": "spoiled", "quantity": "3", "after": seen[1]} | facts
    answer = portal.post(f"{address}/stock", data=sent)
    return answer.status_code, answer.text


def test_spoiled_packs_leave_and_a_count_corrects(
    session: Session, portal: Visitor, sample: SampleSite
) -> None:
    assert record(portal, sample, note="Lấy mẫu")[0] == 303
    assert record(portal, sample, kind="adjusted", quantity="-2")[0] == 303
    session.refresh(sample.batch)
    assert sample.batch.on_hand == 95
    page = portal.get(f"/portal/suoi-giang/batches/{sample.batch.public_id}").text
    assert "Lấy mẫu" in page
    assert "−2" in page


@pytest.mark.parametrize(
    ("facts", "field", "words"),
    [
        ({"quantity": "101"}, "quantity", "Lô chỉ còn 100 gói"),
        ({"quantity": "0"}, "quantity", "Số lượng từ 1"),
        ({"quantity": "-1"}, "quantity", "Số lượng từ 1"),
        ({"quantity": "1000000000000"}, "quantity", "Số lượng từ 1"),
        ({"quantity": ""}, "quantity", "Chưa nhập số gói."),
        ({"kind": "returned", "quantity": "1"}, "quantity", "không thể còn nhiều hơn"),
        ({"kind": "sold"}, "kind", "Chọn một loại"),
        ({"note": "x" * 201}, "note", "nhiều nhất 200"),
    ],
)
def test_a_line_that_cannot_be_is_said_at_the_field_and_not_written(
    *, session: Session, portal: Visitor, sample: SampleSite, facts: dict[str, str], field: str, words: str
) -> None:
    status, page = record(portal, sample, **facts)
    assert status == 400
    assert f'id="{field}-error"' in page
    assert words in page
    session.refresh(sample.batch)
    assert sample.batch.on_hand == 100


def test_the_same_line_sent_twice_is_written_once(
    session: Session, portal: Visitor, sample: SampleSite
) -> None:
    sent = {"kind": "spoiled", "quantity": "3", "after": "0"}
    address = f"/portal/suoi-giang/batches/{sample.batch.public_id}/stock"
    assert portal.post(address, data=sent).status_code == 303
    again = portal.post(address, data=sent)
    assert again.status_code == 409
    assert "có thể việc này đã ghi rồi" in again.text
    assert session.scalar(sa.select(sa.func.count()).where(StockMovement.kind == "spoiled")) == 1


def test_a_long_ledger_shows_its_end_first_and_all_when_asked(
    session: Session, portal: Visitor, sample: SampleSite
) -> None:
    for _ in range(14):
        record(portal, sample, quantity="1")
    address = f"/portal/suoi-giang/batches/{sample.batch.public_id}"
    assert "Xem thêm 3 dòng" in portal.get(address).text
    assert "Đóng gói" not in portal.get(address).text
    assert "Đóng gói" in portal.get(f"{address}?ledger=all").text


def test_a_closed_batch_is_closed_once_and_takes_no_stamps(
    session: Session, portal: Visitor, sample: SampleSite
) -> None:
    address = f"/portal/suoi-giang/batches/{sample.batch.public_id}"
    assert portal.post(f"{address}/close").status_code == 303
    assert "Lô đã đóng" in portal.post(f"{address}/close", follow_redirects=True).text
    page = portal.get(address).text
    assert "Kích hoạt thêm" not in page
    assert "Đóng lô" not in page


@pytest.mark.parametrize(
    ("days", "facts", "words"),
    [
        (30, {}, "Giấy 4 sao phủ ngày làm lô."),
        (30, {"issued_on": dt.date(2025, 1, 17)}, "Hiệu lực 17/01/2025 –"),
        (-30, {}, "Giấy đã hết hạn."),
        (
            30,
            {"withdrawn_on": dt.date(2026, 1, 1), "withdrawn_reason": "Mẫu không đạt"},
            "Giấy đã bị thu hồi.",
        ),
    ],
)
def test_the_page_says_what_the_certificate_means_for_the_making_day(
    *, session: Session, portal: Visitor, sample: SampleSite, days: int, facts: dict[str, Any], words: str
) -> None:
    until = clock.today() + dt.timedelta(days=days)
    make_certificate(session, product=sample.product, valid_until=until, **facts)
    assert words in portal.get(f"/portal/suoi-giang/batches/{sample.batch.public_id}").text


def test_without_a_certain_certificate_the_page_says_so(
    session: Session, portal: Visitor, sample: SampleSite
) -> None:
    address = f"/portal/suoi-giang/batches/{sample.batch.public_id}"
    assert "Lô không có sao." in portal.get(address).text
    make_dossier(session, product=sample.product)
    assert "Lô không có sao." in portal.get(address).text
    other = make_product(session, producer=sample.producer)
    for year, words in ((2025, "Công nhận năm 2025"), (2023, "Giấy chưa rõ hạn.")):
        product = other if year == 2025 else make_product(session, producer=sample.producer)
        make_certificate(session, product=product, recognised_year=year)
        batch = make_batch(session, variant=make_variant(session, product=product))
        assert words in portal.get(f"/portal/suoi-giang/batches/{batch.public_id}").text
