"""What the product room shows: a producer's products with state, standing, price and stock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload
from wtforms import SelectChoice

from app.catalogue.models import Photo, Product, ProductGroup, Variant
from app.catalogue.plates import plate_for
from app.certification.standing import Standing, StandingState, history, standings
from app.core.errors import NotFound
from app.geography.lookup import gazetteer
from app.geography.places import PlaceView, place
from app.gs1.numbers import is_demonstration
from app.supply.queries import sellable
from app.web.media import WIDTHS, photo_url


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product in the list. Prices in đồng (None: no pack is for sale); `stock` packs may be sold today."""

    slug: str
    name: str
    picture: str
    published: bool
    standing: Standing
    lowest: int | None
    highest: int | None
    packs: int
    stock: int
    example: bool


@dataclass(frozen=True, slots=True)
class VariantView:
    """A pack. `demonstration`: its GTIN is one of GS1's examples, no number of trade."""

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
    """A product whole, as its producer sees it. `of_register`: name and group are facts of the register."""

    id: int
    slug: str
    name: str
    group_code: str | None
    group_name: str | None
    group_name_en: str | None
    description: str | None
    published: bool
    of_register: bool
    alcohol: bool
    place: PlaceView
    picture: str
    standing: Standing
    certificates: tuple[Standing, ...]
    variants: tuple[VariantView, ...]
    photos: tuple[PhotoView, ...]

    @property
    def for_sale(self) -> tuple[VariantView, ...]:
        return tuple(one for one in self.variants if not one.retired)

    @property
    def priced(self) -> bool:
        """A pack of it has a price."""
        return any(one.price for one in self.for_sale)


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
    packs = {p.id: [v for v in p.variants if v.retired_at is None] for p in products}
    stock = sellable(session, [v.id for some in packs.values() for v in some], on)
    return [
        ProductRow(
            slug=product.slug,
            name=product.name,
            picture=picture_of(session, product, product.photos),
            published=product.published_at is not None,
            standing=standing[product.id],
            lowest=min((v.price for v in packs[product.id] if v.price), default=None),
            highest=max((v.price for v in packs[product.id] if v.price), default=None),
            packs=len(packs[product.id]),
            stock=sum(stock[v.id] for v in packs[product.id]),
            example=any(v.example for v in packs[product.id]),
        )
        for product in products
    ]


def own_product_by_slug(session: Session, producer_id: int, slug: str) -> Product:
    """The producer's product at this address. Raises NotFound for anybody else's."""
    product = session.scalar(
        sa.select(Product).where(Product.slug == slug, Product.producer_id == producer_id)
    )
    if product is None:
        raise NotFound
    return product


def own_variant_by_public_id(session: Session, producer_id: int, public_id: str) -> Variant:
    """The producer's pack of this public id. Raises NotFound for anybody else's."""
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
    stock = sellable(session, [v.id for v in product.variants], on)
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
        alcohol=product.alcohol,
        place=place(session, product.commune_id, product.province_id, product.district),
        picture=picture_of(session, product, product.photos, WIDTHS[1]),
        standing=standings(session, [product.id], on)[product.id],
        certificates=tuple(
            one for one in history(session, product.id, on) if one.state != StandingState.NONE
        ),
        variants=tuple(_variant_view(v, stock[v.id]) for v in product.variants),
        photos=tuple(PhotoView(p.key, p.alt, p.width, p.height) for p in product.photos),
    )


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
