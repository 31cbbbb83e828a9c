"""A product as lists show it: origin before price, its standing of the day beside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import AlcoholRecord, Photo, Producer, Product, Variant
from app.catalogue.plates import plate_for
from app.certification.models import Certificate
from app.certification.standing import (
    FACT_COLUMNS,
    CertificateFacts,
    Standing,
    decides,
    dossier_is_open,
    standing,
)
from app.core.caching import depends_on
from app.core.clock import end_of
from app.geography.lookup import gazetteer
from app.listing.goods import TOURISM
from app.listing.indexed import PRODUCT_ID
from app.supply.models import Batch
from app.supply.stock import may_be_sold
from app.web.media import photo_url


@dataclass(frozen=True, slots=True)
class Card:
    """One product of a list. `price` in đồng of the pack shown (one in stock if there is one), None if not for sale.

    `producer` is None where the sources name none. `province` is its name at the time, `today_province`
    that of today's province ("Yên Bái", "Lào Cai"). `photo` is the key of the first photograph.
    `alcohol`: withheld from sale, as an alcoholic drink that is recorded (`adults`) or as one that may be.
    """

    id: int
    slug: str
    name: str
    producer: str | None
    producer_slug: str | None
    producer_kind: str
    province_id: str
    today_province_id: str
    province: str
    today_province: str
    group_code: str | None
    product_set: int | None
    alcohol: bool
    adults: bool
    standing: Standing
    price: int | None
    pack: str | None
    example: bool
    in_stock: bool
    photo: str | None

    @property
    def path(self) -> str:
        """The address of its page, `shop.product`; a list has too many of them to ask the router for each."""
        return f"/products/{self.slug}"

    @property
    def picture(self) -> str:
        """The address of its first photograph, else of its drawn plate."""
        if self.photo is not None:
            return photo_url(self.photo)
        return plate_for(self.name, self.group_code, self.product_set, self.province, self.slug)

    @property
    def sold_out(self) -> bool:
        """It has a price, and nothing is left."""
        return self.price is not None and not self.in_stock


@dataclass(frozen=True, slots=True)
class _ShownVariant:
    price: int
    pack: str
    example: bool
    stocked: bool


# The tables' own columns: without the ORM's attributes a question takes half the time.
_PRODUCT: Final = Product.__table__.c
_PRODUCER: Final = Producer.__table__.c
_VARIANT: Final = Variant.__table__.c
_PHOTO: Final = Photo.__table__.c
_BATCH: Final = Batch.__table__.c
_FIRST_PHOTO: Final = (
    sa.select(_PHOTO.key)
    .where(_PHOTO.product_id == _PRODUCT.id)
    .order_by(_PHOTO.position, _PHOTO.id)
    .limit(1)
    .scalar_subquery()
)
_COLUMNS = (
    _PRODUCT.id,
    _PRODUCT.slug,
    _PRODUCT.name,
    _PRODUCER.name.label("producer"),
    _PRODUCER.slug.label("producer_slug"),
    _PRODUCT.producer_id,
    _PRODUCT.producer_kind,
    _PRODUCT.province_id,
    _PRODUCT.today_province_id,
    _PRODUCT.group_code,
    _PRODUCT.product_set,
    _PRODUCT.alcohol,
    _PRODUCT.alcohol_record,
    _FIRST_PHOTO.label("photo"),
)


# Built once: putting these together for every list would take longer than asking them.
_IDS: Final[sa.BindParameter[Any]] = sa.bindparam("ids", expanding=True)
_ON: Final = cast(dt.date, sa.bindparam("on", type_=sa.Date()))
_DAY_END: Final[sa.BindParameter[dt.datetime]] = sa.bindparam("end", type_=_PRODUCT.created_at.type)
_CARDS: Final = (
    sa.select(*_COLUMNS, dossier_is_open(PRODUCT_ID, _DAY_END), *FACT_COLUMNS)
    .outerjoin(Producer.__table__, _PRODUCER.id == _PRODUCT.producer_id)
    .outerjoin(Certificate.__table__, decides(PRODUCT_ID, _ON))
    .where(_PRODUCT.id.in_(_IDS))
)
_STOCKED: Final = sa.exists(sa.select(1).where(_BATCH.variant_id == _VARIANT.id, may_be_sold(_ON)))
_VARIANTS: Final = (
    sa.select(_VARIANT.product_id, _VARIANT.price, _VARIANT.pack, _VARIANT.example, _STOCKED)
    .where(_VARIANT.product_id.in_(_IDS), _VARIANT.retired_at.is_(None), _VARIANT.price.is_not(None))
    .order_by(_VARIANT.price, _VARIANT.id)
)


def cards(session: Session, ids: Sequence[int], *, on: dt.date) -> tuple[Card, ...]:
    """The cards of these products in the order of the ids, in two queries however many there are."""
    if not ids:
        return ()
    places = gazetteer(session)
    variants = _variants(session, ids, on)
    depends_on("product", *ids)
    rows: Sequence[Any] = (
        session.connection().execute(_CARDS, {"ids": ids, "on": on, "end": end_of(on)}).all()
    )
    by_id: dict[int, Card] = {}
    width = len(_COLUMNS)
    for row in rows:
        (
            product_id,
            slug,
            name,
            producer,
            producer_slug,
            producer_id,
            kind,
            province_id,
            today_id,
            group,
            product_set,
            alcohol,
            record,
            photo,
        ) = row[:width]
        facts = row[width + 1 :]
        if producer_id is not None:
            depends_on("producer", producer_id)
        variant = None if producer is None or alcohol or group == TOURISM else variants.get(product_id)
        province = places.province(province_id)
        by_id[product_id] = Card(
            id=product_id,
            slug=slug,
            name=name,
            producer=producer,
            producer_slug=producer_slug,
            producer_kind=kind,
            province_id=province_id,
            today_province_id=today_id,
            province=province.short_name if province else "",
            today_province=places.today_of(province_id).short_name,
            group_code=group,
            product_set=product_set,
            alcohol=alcohol,
            adults=record == AlcoholRecord.ALCOHOL,
            standing=standing(None if facts[0] is None else CertificateFacts(*facts), bool(row[width]), on),
            price=variant.price if variant else None,
            pack=variant.pack if variant else None,
            example=bool(variant and variant.example),
            in_stock=bool(variant and variant.stocked),
            photo=photo,
        )
    return tuple(by_id[i] for i in ids if i in by_id)


def _variants(session: Session, ids: Sequence[int], on: dt.date) -> dict[int, _ShownVariant]:
    """By product the variant a card shows: the cheapest that can be sold, else the cheapest."""
    rows: Sequence[Any] = session.connection().execute(_VARIANTS, {"ids": ids, "on": on}).all()
    chosen: dict[int, _ShownVariant] = {}
    for product_id, price, pack, example, in_stock in rows:
        known = chosen.get(product_id)
        if known is None or (in_stock and not known.stocked):
            chosen[product_id] = _ShownVariant(price, pack, example, bool(in_stock))
    return chosen
