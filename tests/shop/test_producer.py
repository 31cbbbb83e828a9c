"""Producers: the list and its filters, and one producer's page."""

from __future__ import annotations

from sqlalchemy.orm import Session

from tests.factories.catalogue import make_producer, make_product
from tests.factories.client import Visitor
from tests.factories.places import SUOI_GIANG, TRA_VINH, YEN_BAI
from tests.factories.supply import make_area


def test_the_list_holds_those_with_published_products(session: Session, client: Visitor) -> None:
    make_product(session, producer=make_producer(session, name="HTX Suối Giàng"))
    make_product(session, producer=make_producer(session, name="HTX Ẩn"), published=False)
    page = client.get("/producers").text
    assert 'data-total="1"' in page
    assert "HTX Suối Giàng" in page
    assert "HTX Ẩn" not in page


def test_it_is_asked_by_name_place_and_kind(session: Session, client: Visitor) -> None:
    make_product(session, producer=make_producer(session, name="HTX chè Mường", province_id=YEN_BAI))
    maker = make_producer(session, name="Công ty Dừa", province_id=TRA_VINH, kind="company")
    make_product(session, producer=maker)
    for query, name in (
        ("q=cong+ty+dua", "Công ty Dừa"),
        ("province=tra-vinh", "Công ty Dừa"),
        ("province=lao-cai", "HTX chè Mường"),
        ("kind=company", "Công ty Dừa"),
    ):
        page = client.get(f"/producers?{query}").text
        assert 'data-total="1"' in page, query
        assert name in page
    assert "Chưa có cơ sở nào như vậy" in client.get("/producers?q=zzz").text


def test_unknown_values_and_pages_are_said(session: Session, client: Visitor) -> None:
    make_product(session)
    odd = client.get("/producers?province=atlantis&kind=pirates&page=x")
    assert odd.status_code == 200
    assert "Bỏ qua điều kiện không có" in odd.text
    beyond = client.get("/producers?page=9")
    assert beyond.status_code == 200
    assert "Danh sách chỉ đến trang 1" in beyond.text


def test_products_whose_sources_name_nobody_are_counted_honestly(session: Session, client: Visitor) -> None:
    make_product(session, producer_id=None)
    assert "1 sản phẩm có trong sổ mà nguồn công khai không nêu tên cơ sở" in client.get("/producers").text


def test_one_producer_with_place_products_and_areas(session: Session, client: Visitor) -> None:
    producer = make_producer(session, province_id=YEN_BAI, commune_id=SUOI_GIANG, phone="+84900000001")
    make_product(session, producer=producer, name="Chè Shan")
    make_product(session, producer=producer, name="Chè ẩn", published=False)
    area = make_area(session, producer=producer)
    page = client.get(f"/producers/{producer.slug}").text
    assert "Chè Shan" in page
    assert "Chè ẩn" not in page
    assert f'href="/areas/{area.slug}"' in page
    assert "nay là" in page
    assert 'data-total="1"' in page
    assert client.get("/producers/khong-co").status_code == 404


def test_a_producer_with_nothing_to_show_says_so(session: Session, client: Visitor) -> None:
    producer = make_producer(session)
    assert "chưa đưa sản phẩm nào lên" in client.get(f"/producers/{producer.slug}").text
    assert client.get(f"/producers/{producer.slug}?page=3").status_code == 200


def test_a_page_past_the_last_points_to_the_last(session: Session, client: Visitor) -> None:
    producer = make_producer(session)
    make_product(session, producer=producer)
    page = client.get(f"/producers/{producer.slug}?page=7")
    assert page.status_code == 200
    assert "Tới trang cuối" in page.text
