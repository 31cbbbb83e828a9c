"""What may be bought: a variant with its product and producer, and why it is not for sale where it is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Photo, Producer, Product, Variant
from app.core.errors import Conflict
from app.geography.lookup import gazetteer
from app.supply.models import Batch
from app.supply.stock import may_be_sold

TOURISM = "tourism"
"""The group of rural tourism (QĐ 148/QĐ-TTg, 2023): a visit is booked with the host, not put into a parcel."""


Obstacle = Literal["hidden", "no-producer", "alcohol", "tourism", "no-price"]
"""Why a variant cannot be bought, even when it is in stock."""


class NotForSale(Conflict):
    """The variant cannot be bought; `reason` is its obstacle."""

    code = "not-for-sale"

    def __init__(self, variant_id: int, reason: Obstacle, name: str) -> None:
        self.variant_id, self.reason = variant_id, reason
        super().__init__(reason=reason, name=name)


@dataclass(frozen=True, slots=True)
class Goods:
    """A pack as a cart needs it. `price` in đồng with tax, None while not for sale; `delivery_fee` in đồng a parcel.

    `province` is the product's, by the name of its time; `photo` the key of its first photograph.
    """

    variant_id: int
    public_id: str
    product_id: int
    slug: str
    name: str
    product_set: int | None
    group_code: str | None
    province: str
    photo: str | None
    pack: str
    price: int | None
    example: bool
    shown: bool
    alcohol: bool
    producer_id: int | None
    producer_name: str | None
    producer_slug: str | None
    producer_province_id: str | None
    delivery_fee: int | None

    @property
    def refusal(self) -> Obstacle | None:
        """Why it cannot be bought, None when it can (stock is another question)."""
        reasons: tuple[tuple[Obstacle, bool], ...] = (
            ("hidden", not self.shown),
            ("no-producer", self.producer_id is None),
            # Selling alcohol on line needs measures that keep minors from it (Law 44/2019/QH14, article 16).
            ("alcohol", self.alcohol),
            ("tourism", self.group_code == TOURISM),
            ("no-price", self.price is None),
        )
        return next((reason for reason, holds in reasons if holds), None)

    def require_for_sale(self) -> int:
        """The price in đồng. Raises NotForSale."""
        if self.refusal is not None or self.price is None:
            raise NotForSale(self.variant_id, self.refusal or "no-price", self.name)
        return self.price


_PHOTO = (
    sa.select(Photo.key)
    .where(Photo.product_id == Product.id)
    .order_by(Photo.position, Photo.id)
    .limit(1)
    .scalar_subquery()
)
_GOODS = (
    sa.select(
        Variant.id.label("variant_id"),
        Variant.public_id,
        Product.id.label("product_id"),
        Product.slug,
        Product.name,
        Product.product_set,
        Product.group_code,
        Product.province_id,
        _PHOTO.label("photo"),
        Variant.pack,
        Variant.price,
        Variant.example,
        sa.and_(Product.published_at.is_not(None), Variant.retired_at.is_(None)).label("shown"),
        Product.alcohol,
        Product.producer_id,
        Producer.name.label("producer_name"),
        Producer.slug.label("producer_slug"),
        Producer.today_province_id.label("producer_province_id"),
        Producer.delivery_fee,
    )
    .join(Product, Product.id == Variant.product_id)
    .outerjoin(Producer, Producer.id == Product.producer_id)
)


def _read(session: Session, statement: sa.Select[Any]) -> list[Goods]:
    places = gazetteer(session)
    offers = []
    for row in session.execute(statement).mappings():
        facts = dict(row)
        province = places.province(facts.pop("province_id"))
        facts |= {"province": province.short_name if province else "", "shown": bool(row["shown"])}
        offers.append(Goods(**facts))
    return offers


def goods(session: Session, variant_ids: Collection[int]) -> dict[int, Goods]:
    """These variants with what a sale needs, by id, in one query."""
    if not variant_ids:
        return {}
    return {offer.variant_id: offer for offer in _read(session, _GOODS.where(Variant.id.in_(variant_ids)))}


def goods_by_public_id(session: Session, public_id: str) -> Goods | None:
    """The variant of this public id, for sale or not; None when there is none."""
    offers = _read(session, _GOODS.where(Variant.public_id == public_id))
    return offers[0] if offers else None


def near(session: Session, product_id: int, on: dt.date, *, limit: int = 3) -> list[Goods]:
    """Variants that can be bought on that Vietnam day and are near to this product: of its group, of its kind and
    province first."""
    product = session.get(Product, product_id)
    if product is None:
        return []
    in_stock = sa.exists().where(Batch.variant_id == Variant.id, may_be_sold(on))
    near_by = (
        _GOODS.where(
            Product.id != product_id,
            Product.group_code == product.group_code,
            Product.published_at.is_not(None),
            Product.producer_id.is_not(None),
            Product.alcohol.is_(False),
            Variant.retired_at.is_(None),
            Variant.price.is_not(None),
            in_stock,
        )
        .order_by(
            Product.product_set != product.product_set,
            Product.today_province_id != product.today_province_id,
            Product.folded,
            Variant.position,
            Variant.id,
        )
        .limit(limit)
    )
    return _read(session, near_by)
