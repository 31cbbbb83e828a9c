"""Producers, products, variants and photos."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from app.catalogue.models import DataSource, Photo, Producer, Product, Variant
from app.core import clock
from app.core.ids import public_id
from app.core.text import fold, slugify
from app.geography.lookup import gazetteer
from tests.factories.keeping import keep, number, together
from tests.factories.places import YEN_BAI

LONG_AGO = dt.timedelta(days=400)


def make_source(session: Session, *, title: str = "Danh sách sản phẩm OCOP", **facts: Any) -> DataSource:
    """A public page from which rows were taken."""
    n = number()
    return keep(
        session,
        DataSource(id=f"S{n}", title=title, address=f"https://nguon-du-lieu.example/{n}", **facts),
    )


def make_producer(
    session: Session,
    *,
    name: str = "HTX Suối Giàng",
    slug: str | None = None,
    province_id: str = YEN_BAI,
    kind: str = "cooperative",
    now: dt.datetime | None = None,
    **facts: Any,
) -> Producer:
    """A producer in a province of either scheme; today's province follows from it."""
    return keep(
        session,
        Producer(
            slug=slug or f"{slugify(name)}-{number()}",
            name=name,
            folded=fold(name),
            kind=kind,
            province_id=province_id,
            today_province_id=gazetteer(session).today_of(province_id).id,
            created_at=now or clock.now() - LONG_AGO,
            **facts,
        ),
    )


@together
def make_product(
    session: Session,
    *,
    producer: Producer | None = None,
    name: str = "Chè Shan tuyết",
    slug: str | None = None,
    group_code: str | None = None,
    province_id: str | None = None,
    published: bool = True,
    now: dt.datetime | None = None,
    **facts: Any,
) -> Product:
    """A published product; of a new producer where none is given (`producer_id=None` for a product without one)."""
    if producer is None and "producer_id" not in facts:
        producer = make_producer(session, province_id=province_id or YEN_BAI)
    if producer is not None:
        facts |= {"producer_id": producer.id}
        facts.setdefault("producer_kind", producer.kind)
    province_id = province_id or (producer.province_id if producer else YEN_BAI)
    created = now or clock.now() - LONG_AGO
    facts.setdefault("published_at", created if published else None)
    return keep(
        session,
        Product(
            slug=slug or f"{slugify(name)}-{number()}",
            name=name,
            folded=fold(name),
            group_code=group_code or _first_group(session),
            province_id=province_id,
            today_province_id=gazetteer(session).today_of(province_id).id,
            created_at=created,
            **facts,
        ),
    )


def _first_group(session: Session) -> str:
    from sqlalchemy import select

    from app.catalogue.models import ProductGroup

    return session.scalars(select(ProductGroup.code).order_by(ProductGroup.position)).first() or ""


@together
def make_variant(
    session: Session,
    *,
    product: Product | None = None,
    pack: str = "Hộp 100 g",
    net_weight: int | None = 100,
    price: int | None = 185_000,
    **facts: Any,
) -> Variant:
    """A variant for sale; of a new product where none is given."""
    product = product or make_product(session)
    return keep(
        session,
        Variant(
            public_id=public_id(),
            product_id=product.id,
            pack=pack,
            net_weight=net_weight,
            price=price,
            **facts,
        ),
    )


@together
def make_photo(session: Session, *, product: Product | None = None, **facts: Any) -> Photo:
    """A photo's row; the files of its key are not made."""
    product = product or make_product(session)
    facts = {"key": public_id(24), "width": 1600, "height": 1200, "created_at": clock.now()} | facts
    return keep(session, Photo(product_id=product.id, **facts))
