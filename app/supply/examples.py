"""Example prices, variants, areas and batches: with them the register's goods can be bought and traced.

The rule, also in docs/example-data.md, is judged on one fixed day so that it gives the same on any day: products of
the five seed provinces, and products whose certificate was in force on that day, if they have a named producer, are
certified or lapsed, and are neither tourism nor alcohol. Values come from a hash of the product's register key.
Everything made here carries `example`, and pages show it. A product that has a variant is left alone for good.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.loading import free_slug
from app.catalogue.models import Product, Variant
from app.certification.standing import Standing, StandingState, standings
from app.core import clock
from app.core.ids import public_id
from app.core.text import fold
from app.geography.lookup import gazetteer
from app.geography.models import VN63
from app.supply.models import Batch, BatchArea, MovementKind, RawMaterialArea, StockMovement

DAY = dt.date(2026, 11, 21)
SEED_PROVINCES = ("Yên Bái", "Trà Vinh", "Hòa Bình", "Quảng Ninh", "Kon Tum")
SELLABLE_STATES = (StandingState.IN_FORCE, StandingState.UNCONFIRMED, StandingState.LAPSED)
# GS1 reserves prefix 952 for demonstrations and examples; such numbers identify nothing in trade.
EXAMPLE_GTINS = {"Chè đinh Tân Cương": "09520000000011", "Mật ong": "09520000000028"}


@dataclass(frozen=True, slots=True)
class PackagingRule:
    """How goods of a kind are packed, priced (đồng, thousands) and their shelf life (days; None: no expiry)."""

    terms: tuple[str, ...]
    pack: str
    net: int
    unit: str
    least: int
    most: int
    shelf_life: int | None


# The first rule with a term in the folded name applies; the last applies to all.
PACKAGING_RULES = (
    PackagingRule(("mat ong", "mat hoa", "duong"), "Hũ 500 g", 500, "g", 120, 260, 540),
    PackagingRule(("ca phe", "cacao", "ca cao"), "Gói 250 g", 250, "g", 95, 190, 365),
    PackagingRule(("che ", "tra ", "hong tra"), "Hộp 100 g", 100, "g", 85, 420, 540),
    PackagingRule(("nuoc mam", "mam ", "tuong"), "Chai 500 ml", 500, "ml", 55, 160, 540),
    PackagingRule(("nuoc", "mat dua", "giam", "siro"), "Chai 330 ml", 330, "ml", 25, 90, 270),
    PackagingRule(("gao", "nep", "khoai", "lac", "dau ", "ngo"), "Túi 1 kg", 1000, "g", 35, 95, 300),
    PackagingRule(("bun", "mien", "mi ", "banh", "keo"), "Gói 400 g", 400, "g", 28, 85, 120),
    PackagingRule(
        ("cha ", "gio", "xuc xich", "lap xuong", "thit", "ca ", "tom", "muc"),
        "Gói 300 g",
        300,
        "g",
        75,
        240,
        60,
    ),
    PackagingRule(("tinh dau",), "Lọ 10 ml", 10, "ml", 80, 220, 900),
    PackagingRule(("cao ", "vien", "bot", "nghe", "sam", "dong trung"), "Hộp 100 g", 100, "g", 110, 520, 720),
    PackagingRule(
        ("rau", "qua", "cam", "buoi", "xoai", "thanh long", "dua"), "Túi 1 kg", 1000, "g", 30, 90, 30
    ),
)
OTHER = PackagingRule((), "Gói 500 g", 500, "g", 45, 180, 270)
CRAFT = PackagingRule((), "1 chiếc", 0, "piece", 150, 1_200, None)


def _draw(key: str, purpose: str, least: int, most: int) -> int:
    """A number in [least, most] that is always the same for this key and purpose."""
    digest = hashlib.sha256(f"{purpose}|{key}".encode()).digest()
    return least + int.from_bytes(digest[:8]) % (most - least + 1)


def _rule(product: Product) -> PackagingRule:
    if product.group_code == "handicraft":
        return CRAFT
    name = fold(product.name) + " "
    return next((rule for rule in PACKAGING_RULES if any(term in name for term in rule.terms)), OTHER)


def eligible(product: Product, standing: Standing, seed_province_ids: frozenset[str]) -> bool:
    """Whether the rule gives this product an example price and batches."""
    return (
        product.producer_id is not None
        and standing.state in SELLABLE_STATES
        and product.group_code != "tourism"
        and not product.alcohol
        and (product.province_id in seed_province_ids or standing.in_force)
    )


def load_examples(session: Session, product_ids: Mapping[str, int], *, now: dt.datetime) -> int:
    """Give eligible products without a variant an example variant, area and two batches. Returns how many."""
    names = gazetteer(session)
    seeds = frozenset(p.id for name in SEED_PROVINCES if (p := names.province_by_name(name, VN63)))
    have = set(session.scalars(sa.select(Variant.product_id)))
    products = session.scalars(
        sa.select(Product).where(Product.id.in_(product_ids.values())).order_by(Product.id)
    ).all()
    on_the_day = standings(session, [p.id for p in products], DAY)
    chosen = [p for p in products if p.id not in have and eligible(p, on_the_day[p.id], seeds)]
    if chosen:
        _make(session, chosen, now)
    return len(chosen)


def _make(session: Session, products: Sequence[Product], now: dt.datetime) -> None:
    variants = [_variant(product) for product in products]
    gtins = dict(EXAMPLE_GTINS)
    for product, variant in zip(products, variants, strict=True):
        for name, gtin in list(gtins.items()):
            if product.name.startswith(name):
                variant.gtin = gtins.pop(name) and gtin
                break
    session.add_all(variants)
    areas = _areas(session, products, now)
    session.flush()
    counters: dict[int, int] = {}
    for product, variant in zip(products, variants, strict=True):
        for age in (0, 1):
            _batch(session, product, variant, area=areas[product.id], age=age, counters=counters, now=now)
    session.flush()


def _variant(product: Product) -> Variant:
    rule, key = _rule(product), product.register_key or product.slug
    return Variant(
        public_id=public_id(),
        product_id=product.id,
        pack=rule.pack,
        net_weight=rule.net or None,
        net_unit=rule.unit,
        price=_draw(key, "price", rule.least, rule.most) * 1000,
        example=True,
    )


def _areas(session: Session, products: Sequence[Product], now: dt.datetime) -> dict[int, RawMaterialArea]:
    """An area per product: the one its source names, else one example area per producer and commune."""
    taken = set(session.scalars(sa.select(RawMaterialArea.slug)))
    by_name: dict[tuple[int | None, str], RawMaterialArea] = {}
    areas: dict[int, RawMaterialArea] = {}
    for product in products:
        name = product.raw_material or f"Vùng nguyên liệu {_place_name(product)}"
        name = name[0].upper() + name[1:]
        key = (product.producer_id, name)
        if key not in by_name:
            by_name[key] = RawMaterialArea(
                slug=free_slug(name, taken),
                producer_id=product.producer_id,
                name=name,
                commune_id=product.commune_id,
                province_id=product.province_id,
                district=product.district,
                example=product.raw_material is None,
                created_at=now,
            )
            session.add(by_name[key])
        areas[product.id] = by_name[key]
    return areas


def _place_name(product: Product) -> str:
    return (
        product.commune or product.district or (product.producer.name if product.producer else product.name)
    )


def _batch(
    session: Session,
    product: Product,
    variant: Variant,
    *,
    area: RawMaterialArea,
    age: int,
    counters: dict[int, int],
    now: dt.datetime,
) -> None:
    """One of the two batches: the newer (age 0) or the older (age 1), which is sold first."""
    rule, key = _rule(product), f"{product.register_key}|{age}"
    shortest = min(rule.shelf_life or 60, 60)
    made_on = DAY - dt.timedelta(
        days=_draw(key, "made", 2 + age * shortest // 3, (age + 1) * shortest // 3 + 2)
    )
    quantity = _draw(key, "quantity", 24, 160)
    producer_id = product.producer_id
    if producer_id is None:
        raise LookupError(product.slug)  # eligible() has left such a product out
    number = counters[producer_id] = counters.get(producer_id, 0) + 1
    batch = Batch(
        public_id=public_id(),
        producer_id=producer_id,
        variant_id=variant.id,
        code=f"{made_on:%y%m}-{number:02d}",
        made_on=made_on,
        expires_on=made_on + dt.timedelta(days=rule.shelf_life) if rule.shelf_life else None,
        quantity=quantity,
        on_hand=quantity,
        example=True,
        created_at=now,
    )
    session.add(batch)
    session.flush()
    session.add(BatchArea(batch_id=batch.id, area_id=area.id))
    session.add(
        StockMovement(
            batch_id=batch.id,
            kind=MovementKind.MADE,
            quantity=quantity,
            at=dt.datetime.combine(made_on, dt.time(9), clock.VIETNAM),
            reference=batch.code,
        )
    )
