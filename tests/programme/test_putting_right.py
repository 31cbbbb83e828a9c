"""Officers put certificates right and say what is alcohol: each with a reason, of the own place only."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Product
from app.certification.models import OPEN_START, Certificate
from app.certification.standing import standing_of
from app.core.audit import AuditEntry
from tests.factories.accounts import make_officer
from tests.factories.catalogue import make_producer, make_product, make_variant
from tests.factories.certification import make_certificate
from tests.factories.client import Visitor
from tests.factories.places import LAO_CAI, TRA_VINH, VINH_LONG
from tests.programme.test_rooms import AWARD, TODAY, text

WHY = "Gõ nhầm sản phẩm, xem biên bản 12."


@pytest.fixture
def officer(session: Session, client: Visitor) -> Visitor:
    return client.log_in(make_officer(session, VINH_LONG))


@pytest.fixture
def coconut(session: Session) -> Product:
    producer = make_producer(session, name="HTX Cầu Kè", province_id=TRA_VINH)
    return make_product(session, producer=producer, name="Dừa sáp", group_code="food")


def page_of(product: Product) -> str:
    return f"/programme/products/{product.id}"


def fix_url(officer: Visitor, product: Product) -> str:
    """Where the product's page leads to put its newest certificate right."""
    found = re.search(rf'href="({page_of(product)}/certificates/\d+)"', text(officer, page_of(product)))
    assert found
    return found[1]


def test_a_certificate_of_the_wrong_product_is_struck_and_both_readings_are_shown(
    session: Session, officer: Visitor, coconut: Product
) -> None:
    make_certificate(session, product=coconut, stars=3, decides_from=dt.date(2025, 1, 1))
    officer.post(f"{page_of(coconut)}/award", data=AWARD)
    here = fix_url(officer, coconut)
    assert "2101/QĐ-UBND" in text(officer, here)
    short = officer.post(f"{here}/strike", data={"never-reason": "nhầm"})
    assert short.status_code == 400 and "từ 10 đến 1.000 ký tự" in short.get_data(as_text=True)
    assert standing_of(session, coconut.id, TODAY).stars == 4
    assert officer.post(f"{here}/strike", data={"never-reason": WHY}).status_code == 303
    page = text(officer, page_of(coconut))
    assert 'data-stars="3"' in page and "Đã ghi nhầm" in page and WHY in page
    assert "Thạch Thị Sương ghi là nhầm lúc" in page and "Nay biết về ngày đầu ấy: 3 sao" in page
    assert "2101/QĐ-UBND" not in text(officer, f"/products/{coconut.slug}")
    assert officer.get(here).status_code == 404
    assert "Recorded in error" in text(officer, f"{page_of(coconut)}?lang=en")


def test_the_days_on_which_the_register_had_said_so_are_told(
    session: Session, officer: Visitor, coconut: Product
) -> None:
    for slug, since in (("đầu", OPEN_START), ("01/10/2026", dt.date(2026, 10, 1))):
        product = make_product(session, province_id=TRA_VINH, name=f"Kẹo {slug}")
        make_certificate(session, product=product, decides_from=since)
        officer.post(f"{fix_url(officer, product)}/strike", data={"never-reason": WHY})
        assert f"Từ {slug} đến 21/11/2026 sổ đã nói: 4 sao" in text(officer, page_of(product))


def test_the_day_on_the_paper_is_recorded_in_place_of_the_year(
    session: Session, officer: Visitor, coconut: Product
) -> None:
    make_certificate(session, product=coconut, recognised_year=2024, decides_from=dt.date(2024, 1, 1))
    here = fix_url(officer, coconut)
    paper = AWARD | {"issued_on": "2024-05-05"}
    for change, words in (
        ({"reason": ""}, "Chưa nhập vì sao là nhầm"),
        ({"reason": "nhầm"}, "từ 10 đến 1.000 ký tự"),
        ({"reason": WHY, "stars": "5"}, "5 sao do trung ương công nhận"),
        ({"reason": WHY, "issued_on": "hôm qua"}, "Ghi ngày như 21/11/2026."),
    ):
        answer = officer.post(f"{here}/correct", data=paper | change)
        assert answer.status_code == 400 and words in answer.get_data(as_text=True)
    assert officer.post(f"{here}/correct", data=paper | {"reason": WHY}).status_code == 303
    assert "05/05/2027" in text(officer, page_of(coconut))
    assert "thay giấy số" in text(officer, page_of(coconut))
    again = fix_url(officer, coconut)
    assert 'value="2024-05-05"' in text(officer, again) and again != here


def test_a_withdrawal_by_mistake_is_taken_back(session: Session, officer: Visitor, coconut: Product) -> None:
    make_certificate(session, product=coconut, stars=4)
    here = fix_url(officer, coconut)
    assert "Thu hồi nhầm" not in text(officer, here)
    never = officer.post(f"{here}/restore", data={"withdrawal-reason": WHY})
    assert never.status_code == 409 and "chưa bị thu hồi" in never.get_data(as_text=True)
    officer.post(f"{page_of(coconut)}/withdraw", data={"reason": "voluntary", "note": WHY})
    assert "Thu hồi nhầm" in text(officer, here)
    assert officer.post(f"{here}/restore", data={"withdrawal-reason": WHY}).status_code == 303
    assert 'data-stars="4"' in text(officer, f"/products/{coconut.slug}")


def test_the_nations_rank_is_withdrawn_with_its_number(
    session: Session, officer: Visitor, coconut: Product
) -> None:
    make_certificate(session, product=coconut, stars=5)
    asked = {"reason": "voluntary", "note": WHY}
    refused = officer.post(f"{page_of(coconut)}/withdraw", data=asked)
    assert refused.status_code == 400 and "trung ương thu hồi" in refused.get_data(as_text=True)
    asked |= {"decision_number": "77/QĐ-BNNMT"}
    assert officer.post(f"{page_of(coconut)}/withdraw", data=asked).status_code == 303
    assert session.scalars(sa.select(Certificate.withdrawn_by_decision)).one() == "77/QĐ-BNNMT"


def test_another_places_certificate_is_nobodys_business(
    session: Session, client: Visitor, coconut: Product
) -> None:
    held = make_certificate(session, product=coconut)
    mine = make_certificate(session, product=make_product(session))
    client.log_in(make_officer(session, LAO_CAI))
    here = f"{page_of(coconut)}/certificates/{held.id}"
    mixed = f"/programme/products/{mine.product_id}/certificates/{held.id}"
    for address in (here, mixed):
        assert client.get(address).status_code == 404
        for act, field in (
            ("strike", "never-reason"),
            ("restore", "withdrawal-reason"),
            ("correct", "reason"),
        ):
            assert client.post(f"{address}/{act}", data=AWARD | {field: WHY}).status_code == 404
    assert standing_of(session, coconut.id, TODAY).certificate_id == held.id


def test_what_may_be_alcohol_waits_for_an_officer_and_is_decided_by_one_click(
    session: Session, officer: Visitor, coconut: Product
) -> None:
    producer = make_producer(session, name="HTX Cầu Kè", province_id=TRA_VINH)
    noodles = make_product(session, producer=producer, name="Bún khô Phúc Vang", alcohol=True)
    make_variant(session, product=noodles)
    make_product(session, producer=producer, name="Rượu dừa", alcohol=True)
    elsewhere = make_product(session, name="Rượu táo mèo", alcohol=True)
    page = text(officer, "/programme/alcohol?place=tra-vinh")
    assert 'data-waiting="2" data-decided="0"' in page and "Rượu táo mèo" not in page
    assert "Dừa sáp" not in page and "Chưa ai ghi; tên gợi rượu bia" in page
    act = f"{page_of(noodles)}/alcohol?place=tra-vinh"
    for data in ({}, {"decided": "perhaps"}, {"decided": "none", "reason": "bored"}):
        assert officer.post(act, data=data).status_code == 303
        assert 'data-waiting="2"' in text(officer, "/programme/alcohol")
    assert officer.post(act, data={"decided": "none", "reason": "name-only"}).location.endswith("tra-vinh")
    page = text(officer, "/programme/alcohol")
    assert 'data-waiting="1" data-decided="1"' in page and "Cán bộ OCOP ghi: không" in page
    assert session.get_one(Product, noodles.id, populate_existing=True).alcohol is False
    told = text(officer, page_of(noodles))
    assert "Chỉ là tên gọi, không phải đồ uống" in told and "Thạch Thị Sương, 21/11/2026" in told
    officer.post(act, data={"decided": "alcohol", "reason": "label"})
    assert "Cán bộ OCOP ghi: có" in text(officer, "/programme/alcohol")
    assert "Từ 18 tuổi" in text(officer, "/products")
    assert officer.post(f"{page_of(elsewhere)}/alcohol", data={"decided": "none"}).status_code == 404
    acts = sa.select(sa.func.count()).where(AuditEntry.act == "product.alcohol-recorded")
    assert session.scalar(acts) == 2


def test_what_a_producer_has_said_stands_in_the_list(
    session: Session, officer: Visitor, coconut: Product
) -> None:
    product = make_product(
        session,
        province_id=TRA_VINH,
        name="Nước táo mèo",
        alcohol=True,
        alcohol_record="alcohol",
        alcohol_recorder="producer",
        alcohol_recorded_by="Lý Thị Hoa",
        alcohol_recorded_at=dt.datetime(2026, 11, 20, tzinfo=dt.UTC),
    )
    page = text(officer, "/programme/alcohol")
    assert "Cơ sở khai: có" in page and "Lý Thị Hoa, 20/11/2026" in page and product.slug in page
