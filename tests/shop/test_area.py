"""A raw-material area: where it is, whose it is and what is made from it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.core import clock
from app.shop.storefront.producers import outline
from tests.factories.catalogue import make_product, make_variant
from tests.factories.client import Visitor
from tests.factories.supply import make_area, make_batch

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[104.6, 21.6], [104.7, 21.6], [104.7, 21.7], [104.6, 21.7], [104.6, 21.6]]],
}


def test_it_shows_place_standards_hectares_and_what_is_made_from_it(
    session: Session, client: Visitor
) -> None:
    product = make_product(session, name="Chè Shan")
    area = make_area(session, standards="VietGAP", geometry=SQUARE)
    make_batch(session, variant=make_variant(session, product=product), code="L-07", areas=[area])
    page = client.get(f"/areas/{area.slug}").text
    for words in ("VietGAP", "12,5", "Chè Shan", "L-07", "area-outline", "mini-map"):
        assert words in page, words


def test_a_hidden_product_is_not_betrayed_by_its_area(session: Session, client: Visitor) -> None:
    product = make_product(session, name="Chè giấu", published=False)
    area = make_area(session)
    make_batch(session, variant=make_variant(session, product=product), code="L-08", areas=[area])
    page = client.get(f"/areas/{area.slug}").text
    assert "Chè giấu" not in page
    assert "L-08" not in page


def test_a_closed_or_unknown_area_is_not_found(session: Session, client: Visitor) -> None:
    area = make_area(session, closed_at=clock.now())
    assert client.get(f"/areas/{area.slug}").status_code == 404
    assert client.get("/areas/khong-co").status_code == 404


def test_an_area_without_batches_says_so(session: Session, client: Visitor) -> None:
    assert "Chưa có lô nào làm từ vùng này" in client.get(f"/areas/{make_area(session).slug}").text


def test_an_outline_fills_its_frame_with_north_on_top() -> None:
    assert outline(SQUARE) == "M0.0 100.0L96.0 100.0L96.0 0.0L0.0 0.0L0.0 100.0Z"
    assert outline({"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"]]}) == outline(SQUARE)
    assert outline({"type": "Point", "coordinates": [104.6, 21.6]}) is None
    assert outline(None) is None
