"""JSON-LD says what the page says: a star while it may be drawn, an offer while it can be bought, no ratings."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from app.catalogue.models import Product
from app.core import clock
from app.core.db import atomic
from app.shop.storefront.producers import producer_page
from app.shop.storefront.product import product_page
from app.shop.storefront.structured_data import (
    breadcrumbs_json,
    certification_json,
    producer_json,
    product_json,
)
from tests.factories.catalogue import make_producer, make_product, make_variant
from tests.factories.certification import make_certificate
from tests.factories.client import Visitor
from tests.factories.places import SUOI_GIANG, YEN_BAI
from tests.factories.supply import make_batch

HERE = "http://localhost/products/che"


def said(session: Session, product: Product) -> dict[str, Any]:
    page = product_page(session, product.slug, on=clock.today())
    return product_json(page, address=HERE, images=["http://localhost/x.svg"], description="Chè")


def test_a_certificate_in_force_is_told_with_its_last_day(session: Session) -> None:
    product = make_product(session)
    make_certificate(
        session,
        product=product,
        stars=4,
        issued_on=dt.date(2024, 5, 2),
        valid_until=dt.date(2027, 5, 1),
        decision_number="7/QĐ-UBND",
    )
    told = said(session, product)["hasCertification"]
    assert told["certificationRating"]["ratingValue"] == 4
    assert (told["validFrom"], told["expires"]) == ("2024-05-02", "2027-05-01")
    assert told["certificationIdentification"] == "7/QĐ-UBND"


def test_an_unconfirmed_one_has_no_end_and_is_not_called_active(session: Session) -> None:
    product = make_product(session)
    make_certificate(session, product=product, stars=4, recognised_year=2023)
    told = said(session, product)["hasCertification"]
    assert "expires" not in told
    assert "certificationStatus" not in told


def test_a_lapsed_star_is_not_told(session: Session) -> None:
    product = make_product(session)
    make_certificate(session, product=product, stars=5, recognised_year=2019)
    assert certification_json(product_page(session, product.slug, on=clock.today()).standing) is None
    assert "hasCertification" not in said(session, product)


def test_offers_only_of_packs_that_can_be_sent(session: Session) -> None:
    product = make_product(session)
    assert "offers" not in said(session, product)
    make_batch(session, variant=make_variant(session, product=product, price=185_000))
    make_variant(session, product=product, pack="Túi 1 kg", price=900_000)
    session.rollback()
    offer = said(session, product)["offers"]
    assert (offer["price"], offer["priceCurrency"]) == (185_000, "VND")
    assert offer["seller"]["name"] == "HTX Suối Giàng"


def test_a_group_nobody_has_named_is_not_told(session: Session) -> None:
    product = make_product(session)
    assert said(session, product)["category"]
    with atomic() as writing:
        writing.get_one(Product, product.id).group_code = None
    assert "category" not in said(session, product)


def test_nobodys_rating_is_made_up(session: Session, client: Visitor) -> None:
    product = make_product(session)
    make_batch(session, variant=make_variant(session, product=product))
    assert "aggregateRating" not in said(session, product)
    assert "AggregateRating" not in client.get(f"/products/{product.slug}").text


def test_a_name_cannot_end_the_script(session: Session, client: Visitor) -> None:
    product = make_product(session, name="</script><script>alert(1)</script>")
    assert "<script>alert(1)" not in client.get(f"/products/{product.slug}").text


def test_a_true_gtin_is_told(session: Session) -> None:
    product = make_product(session)
    make_variant(session, product=product, gtin="08934563138165")
    assert said(session, product)["gtin"] == "08934563138165"


def test_a_producer_stands_at_its_place_of_today(session: Session) -> None:
    producer = make_producer(session, province_id=YEN_BAI, commune_id=SUOI_GIANG)
    told = producer_json(producer_page(session, producer.slug, on=clock.today()), address=HERE)
    assert told["address"]["addressRegion"] == "Lào Cai"
    assert told["address"]["addressLocality"] == "xã Văn Chấn"


def test_breadcrumbs_count_from_one() -> None:
    told = breadcrumbs_json([("Nguồn", "http://localhost/"), ("Chè", HERE)])
    assert [one["position"] for one in told["itemListElement"]] == [1, 2]
