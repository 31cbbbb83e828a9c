"""Variants, prices and GTINs: every number checked, examples replaced, other people's variants out of reach."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Product, Variant
from app.catalogue.variants import MOST_VARIANTS, VariantFacts, add_variant, change_variant, retire_variant
from app.core.audit import Actor, AuditEntry
from app.core.db import atomic
from app.core.errors import Conflict, InvalidInput, NotFound, WrongState
from tests.factories.catalogue import make_producer, make_product, make_variant

HOA = Actor(1, "Lý Thị Hoa")
GTIN = "8938505974194"
TEA = VariantFacts("Hộp 100 g", 100, "g", 185_000, None)


def add(product: Product, now: dt.datetime, facts: VariantFacts, producer_id: int | None = None) -> Variant:
    owner = product.producer_id if producer_id is None else producer_id
    assert owner is not None
    with atomic() as session:
        return add_variant(session, producer_id=owner, product_id=product.id, facts=facts, actor=HOA, now=now)


def change(session: Session, variant: Variant, now: dt.datetime, facts: VariantFacts, **more: Any) -> Variant:
    owner = more.pop("producer_id", session.get_one(Product, variant.product_id).producer_id)
    with atomic() as writing:
        return change_variant(
            writing, producer_id=owner, variant_id=variant.id, facts=facts, actor=HOA, now=now, **more
        )


def test_a_variant_is_added_after_the_others(session: Session, now: dt.datetime) -> None:
    product = make_product(session)
    first = add(product, now, TEA)
    second = add(product, now, VariantFacts(" Túi  500 g ", 500, "g", None, f" {GTIN[:7]} {GTIN[7:]}"))
    assert (second.pack, second.price, second.gtin) == ("Túi 500 g", None, "0" + GTIN)
    assert (first.position, second.position) == (0, 1)
    assert session.scalars(sa.select(AuditEntry.act).order_by(AuditEntry.id)).all() == [
        "variant.added",
        "variant.added",
    ]


@pytest.mark.parametrize(
    ("facts", "field", "code"),
    [
        (VariantFacts("  "), "pack", "missing"),
        (VariantFacts("x" * 61), "pack", "too-long"),
        (VariantFacts("a", 0), "net_weight", "net-out-of-range"),
        (VariantFacts("a", -1), "net_weight", "net-out-of-range"),
        (VariantFacts("a", 10**12), "net_weight", "net-out-of-range"),
        (VariantFacts("a", 1, "kg"), "net_unit", "unknown-unit"),
        (VariantFacts("a", price=0), "price", "price-out-of-range"),
        (VariantFacts("a", price=-1), "price", "price-out-of-range"),
        (VariantFacts("a", price=999), "price", "price-out-of-range"),
        (VariantFacts("a", price=10**12), "price", "price-out-of-range"),
        (VariantFacts("a", gtin="8938505974193"), "gtin", "gtin-check-digit"),
        (VariantFacts("a", gtin="89385059741"), "gtin", "gtin-length"),
        (VariantFacts("a", gtin="89385059741x4"), "gtin", "gtin-not-digits"),
        (VariantFacts("a", gtin="2001234567893"), "gtin", "gtin-restricted"),
    ],
)
def test_what_cannot_be_taken_is_refused_at_its_field_and_nothing_is_added(
    session: Session, now: dt.datetime, facts: VariantFacts, field: str, code: str
) -> None:
    product = make_product(session)
    with pytest.raises(InvalidInput) as refused:
        add(product, now, facts)
    assert (refused.value.field, refused.value.code) == (field, code)
    assert session.scalar(sa.select(sa.func.count()).select_from(Variant)) == 0


def test_a_gtin_belongs_to_one_variant_in_the_whole_shop(session: Session, now: dt.datetime) -> None:
    add(make_product(session), now, VariantFacts("a", gtin=GTIN))
    other = make_variant(session)
    with pytest.raises(Conflict, match="gtin-taken"):
        add(make_product(session), now, VariantFacts("a", gtin=GTIN))
    with pytest.raises(Conflict, match="gtin-taken"):
        change(session, other, now, VariantFacts("b", gtin="0" + GTIN))
    session.rollback()
    assert session.get_one(Variant, other.id).gtin is None


def test_a_demonstration_number_is_taken(session: Session, now: dt.datetime) -> None:
    assert add(make_product(session), now, VariantFacts("a", gtin="9520000000011")).gtin == "09520000000011"


def test_the_same_variant_twice_is_one_until_the_first_is_retired(session: Session, now: dt.datetime) -> None:
    product = make_product(session)
    first = add(product, now, TEA)
    with pytest.raises(Conflict, match="pack-exists"):
        add(product, now, VariantFacts("HỘP 100 G"))
    assert product.producer_id is not None
    for _ in range(2):
        with atomic() as writing:
            retire_variant(writing, producer_id=product.producer_id, variant_id=first.id, actor=HOA, now=now)
    assert add(product, now, TEA).id != first.id
    with pytest.raises(WrongState, match="variant-retired"):
        change(session, first, now, TEA)
    acts = session.scalars(sa.select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert acts.count("variant.retired") == 1


def test_a_product_has_only_so_many_variants(session: Session, now: dt.datetime) -> None:
    product = make_product(session)
    for number in range(MOST_VARIANTS):
        make_variant(session, product=product, pack=f"Gói {number}")
    with pytest.raises(Conflict, match="too-many-packs"):
        add(product, now, TEA)


@pytest.mark.parametrize(
    ("facts", "confirmed", "still_example"),
    [
        (TEA, False, True),
        (TEA, True, False),
        (VariantFacts("Hộp 100 g", 100, "g", 190_000), False, False),
        (VariantFacts("Hộp 120 g", 100, "g", 185_000), False, False),
        (VariantFacts("Hộp 100 g", 120, "g", 185_000), False, False),
        (VariantFacts("Hộp 100 g", 100, "g", 185_000, GTIN), False, True),
    ],
)
def test_example_values_lose_their_mark_when_replaced_or_confirmed(
    session: Session, now: dt.datetime, facts: VariantFacts, confirmed: bool, still_example: bool
) -> None:
    variant = make_variant(session, example=True)
    assert change(session, variant, now, facts, confirmed=confirmed).example is still_example


def test_saving_without_a_change_leaves_no_trace(session: Session, now: dt.datetime) -> None:
    change(session, make_variant(session), now, TEA)
    assert session.scalars(sa.select(AuditEntry.act).order_by(AuditEntry.id)).all() == []


def test_another_producers_variant_is_not_found_and_stays(session: Session, now: dt.datetime) -> None:
    variant, other = make_variant(session), make_producer(session)
    product = session.get_one(Product, variant.product_id)
    with pytest.raises(NotFound):
        change(session, variant, now, VariantFacts("Của tôi", price=1_000), producer_id=other.id)
    with pytest.raises(NotFound):
        add(product, now, TEA, producer_id=other.id)
    with pytest.raises(NotFound), atomic() as writing:
        retire_variant(writing, producer_id=other.id, variant_id=variant.id, actor=HOA, now=now)
    session.rollback()
    after = session.get_one(Variant, variant.id)
    assert (after.pack, after.price, after.retired_at) == ("Hộp 100 g", 185_000, None)
