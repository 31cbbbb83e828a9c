"""Reads of the products: a producer's products with state, standing, price and stock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload
from wtforms import SelectChoice

from app.catalogue.models import AlcoholRecord, AlcoholRecorder, Photo, Product, ProductGroup, Variant
from app.catalogue.plates import plate_for
from app.certification.standing import Standing, StandingState, history, standings
from app.core.errors import NotFound
from app.geography.lookup import gazetteer
from app.geography.places import PlaceView, place
from app.gs1.numbers import is_demonstration
from app.supply.queries import sellable
from app.trace.stamps.models import StampRoll
from app.web.media import WIDTHS, photo_url


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product in the list. Prices in đồng (None: no variant is for sale); `stock` units may be sold today."""

    slug: str
    name: str
    picture: str
    published: bool
    standing: Standing
    lowest: int | None
    highest: int | None
    stock: int
    example: bool


@dataclass(frozen=True, slots=True)
class VariantView:
    """A variant. `demonstration`: its GTIN is one of GS1's examples, no number of trade."""

    id: int
    public_id: str
    pack: str
    net_weight: int | None
    net_unit: str
    price: int | None
    gtin: str | None
    demonstration: bool
    example: bool
    retired: bool
    stock: int


@dataclass(frozen=True, slots=True)
class PhotoView:
    """A photograph; `ratio` is width by height."""

    key: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ProductView:
    """A product whole, as its producer sees it. `of_register`: name and group are facts of the register.

    `withheld`: it is not for sale as an alcoholic drink, or as one that may be (`alcohol_record`);
    `alcohol_decided`: the programme has said what it is, which is not for the producer to change.
    """

    id: int
    slug: str
    name: str
    group_code: str | None
    group_name: str | None
    group_name_en: str | None
    description: str | None
    published: bool
    of_register: bool
    withheld: bool
    alcohol_record: AlcoholRecord
    alcohol_decided: bool
    place: PlaceView
    picture: str
    standing: Standing
    certificates: tuple[Standing, ...]
    variants: tuple[VariantView, ...]
    photos: tuple[PhotoView, ...]

    @property
    def for_sale(self) -> tuple[VariantView, ...]:
        return tuple(variant for variant in self.variants if not variant.retired)


def picture_of(session: Session, product: Product, photos: Sequence[Photo], width: int = WIDTHS[0]) -> str:
    """The address of a product's first photograph, else of its plate."""
    if photos:
        return photo_url(photos[0].key, width)
    province = gazetteer(session).province(product.province_id)
    return plate_for(
        product.name,
        product.group_code,
        product.product_set,
        province.short_name if province else None,
        product.slug,
    )


def products_of(session: Session, producer_id: int, on: dt.date) -> list[ProductRow]:
    """A producer's products in the order of their names, in a fixed number of queries."""
    products = session.scalars(
        sa.select(Product)
        .where(Product.producer_id == producer_id)
        .options(selectinload(Product.variants), selectinload(Product.photos))
        .order_by(Product.folded, Product.id)
    ).all()
    standing = standings(session, [product.id for product in products], on)
    for_sale = {
        product.id: [variant for variant in product.variants if variant.retired_at is None]
        for product in products
    }
    stock = sellable(session, [variant.id for of in for_sale.values() for variant in of], on)
    return [
        _product_row(session, product, for_sale[product.id], stock, standing[product.id])
        for product in products
    ]


def _product_row(
    session: Session,
    product: Product,
    variants: Sequence[Variant],
    stock: Mapping[int, int],
    standing: Standing,
) -> ProductRow:
    prices = [variant.price for variant in variants if variant.price]
    return ProductRow(
        slug=product.slug,
        name=product.name,
        picture=picture_of(session, product, product.photos),
        published=product.published_at is not None,
        standing=standing,
        lowest=min(prices, default=None),
        highest=max(prices, default=None),
        stock=sum(stock[variant.id] for variant in variants),
        example=any(variant.example for variant in variants),
    )


def own_product_by_slug(session: Session, producer_id: int, slug: str) -> Product:
    """The producer's product at this address. Raises NotFound for anybody else's."""
    product = session.scalar(
        sa.select(Product).where(Product.slug == slug, Product.producer_id == producer_id)
    )
    if product is None:
        raise NotFound
    return product


def own_variant_by_public_id(session: Session, producer_id: int, public_id: str) -> Variant:
    """The producer's variant of this public id. Raises NotFound for anybody else's."""
    variant = session.scalar(
        sa.select(Variant)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.public_id == public_id, Product.producer_id == producer_id)
    )
    if variant is None:
        raise NotFound
    return variant


def product_view(session: Session, producer_id: int, slug: str, on: dt.date) -> ProductView:
    """A product whole. Raises NotFound for anybody else's."""
    product = own_product_by_slug(session, producer_id, slug)
    group = session.get(ProductGroup, product.group_code) if product.group_code else None
    stock = sellable(session, [variant.id for variant in product.variants], on)
    return ProductView(
        id=product.id,
        slug=product.slug,
        name=product.name,
        group_code=product.group_code,
        group_name=group.name_vi if group else None,
        group_name_en=group.name_en if group else None,
        description=product.description,
        published=product.published_at is not None,
        of_register=product.register_key is not None,
        withheld=product.alcohol,
        alcohol_record=product.alcohol_record,
        alcohol_decided=product.alcohol_recorder == AlcoholRecorder.PROGRAMME,
        place=place(session, product.commune_id, product.province_id, product.district),
        picture=picture_of(session, product, product.photos, WIDTHS[1]),
        standing=standings(session, [product.id], on)[product.id],
        certificates=tuple(
            certificate
            for certificate in history(session, product.id, on)
            if certificate.state != StandingState.NONE
        ),
        variants=tuple(_variant_view(variant, stock[variant.id]) for variant in product.variants),
        photos=tuple(PhotoView(photo.key, photo.alt, photo.width, photo.height) for photo in product.photos),
    )


def printed_stamps(session: Session, variant_id: int) -> dict[str, int]:
    """How many stamps of the rolls in print carry which GTIN; a roll counts whole, for all its sheets say the same."""
    count = sa.func.sum(StampRoll.last_number - StampRoll.first_number + 1)
    rows = session.execute(
        sa.select(StampRoll.gtin, count)
        .where(StampRoll.variant_id == variant_id, StampRoll.gtin.is_not(None))
        .group_by(StampRoll.gtin)
        .order_by(StampRoll.gtin)
    )
    return {gtin: int(stamps) for gtin, stamps in rows if gtin is not None}


def _variant_view(variant: Variant, stock: int) -> VariantView:
    return VariantView(
        id=variant.id,
        public_id=variant.public_id,
        pack=variant.pack,
        net_weight=variant.net_weight,
        net_unit=variant.net_unit,
        price=variant.price,
        gtin=variant.gtin,
        demonstration=variant.gtin is not None and is_demonstration(variant.gtin),
        example=variant.example,
        retired=variant.retired_at is not None,
        stock=stock,
    )


def group_choices(session: Session, language: str) -> list[SelectChoice]:
    """The product groups in their order, by code and name."""
    groups = session.scalars(sa.select(ProductGroup).order_by(ProductGroup.position))
    return [
        SelectChoice(group.code, group.name_en if language == "en" else group.name_vi) for group in groups
    ]
