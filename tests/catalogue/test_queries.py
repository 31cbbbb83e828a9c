"""Reads of the catalogue."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.catalogue.queries import (
    SourceView,
    group_codes,
    list_producers,
    producer_by_slug,
    published_product,
    without_producer,
)
from app.core import clock
from app.core.errors import NotFound
from tests.factories.catalogue import make_photo, make_producer, make_product, make_variant
from tests.factories.places import LAO_CAI, SUOI_GIANG, TRA_VINH, YEN_BAI


def test_the_six_groups_in_their_order(session: Session) -> None:
    assert group_codes(session) == ("food", "beverage", "herbal", "handicraft", "ornamental", "tourism")


def test_a_product_with_variants_and_photographs_in_their_order(session: Session) -> None:
    product = make_product(session, province_id=YEN_BAI, commune_id=SUOI_GIANG)
    make_variant(session, product=product, pack="thứ hai", position=2)
    make_variant(session, product=product, pack="thứ nhất", position=1)
    make_variant(session, product=product, pack="thôi bán", retired_at=clock.now())
    later = make_photo(session, product=product, position=1)
    first = make_photo(session, product=product, position=0)
    facts = published_product(session, product.slug)
    assert [variant.pack for variant in facts.variants] == ["thứ nhất", "thứ hai"]
    assert [photo.key for photo in facts.photos] == [first.key, later.key]
    assert facts.place.province_now.short_name == "Lào Cai"


def test_a_hidden_product_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        published_product(session, make_product(session, published=False).slug)


def test_producers_by_either_name_of_their_province(session: Session) -> None:
    tea = make_producer(session, name="HTX Chè", province_id=YEN_BAI)
    make_product(session, producer=tea)
    make_product(session, producer=tea)
    make_product(session, producer=make_producer(session, name="HTX Dừa", province_id=TRA_VINH))
    for province in (YEN_BAI, LAO_CAI):
        (producer,) = list_producers(session, province_ids=[province])
        assert (producer.name, producer.products) == ("HTX Chè", 2)
    assert [producer.name for producer in list_producers(session, q="dua htx")] == ["HTX Dừa"]
    assert list_producers(session, q="100%_") == []


def test_a_producer_is_found_by_either_spelling_of_its_name(session: Session) -> None:
    for name in ("HTX Mỳ Quý", "Hộ Mì Quí", "Cơ sở Mai"):
        make_product(session, producer=make_producer(session, name=name))
    for q in ("mì", "mỳ quí", "MI QUY"):
        assert {producer.name for producer in list_producers(session, q=q)} == {"HTX Mỳ Quý", "Hộ Mì Quí"}


def test_one_producer(session: Session) -> None:
    producer = make_producer(session)
    assert producer_by_slug(session, producer.slug).name == producer.name
    with pytest.raises(NotFound):
        producer_by_slug(session, "khong-co")


def test_products_without_a_producer_are_counted_when_published(session: Session) -> None:
    make_product(session, producer_id=None)
    make_product(session, producer_id=None, published=False)
    assert without_producer(session) == 1


def test_a_source_is_linked_only_when_it_is_a_page() -> None:
    assert SourceView("1", "t", "https://example.vn/a", None).link == "https://example.vn/a"
    assert SourceView("1", "t", "000_ab.txt", None).link is None
    assert SourceView("1", "t", "javascript:alert(1)", None).link is None
