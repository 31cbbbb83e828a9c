"""What pages ask of the catalogue: groups, a product with its variants, photographs and sources, producers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.catalogue.models import (
    DataSource,
    Photo,
    Producer,
    Product,
    ProductGroup,
    ProductSource,
    Variant,
)
from app.core.caching import depends_on, depends_on_any
from app.core.errors import NotFound
from app.core.text import spellings, tokens
from app.geography.places import PlaceKey, PlaceView, places


@dataclass(frozen=True, slots=True)
class SourceView:
    """A public page from which the register's row was taken; `link` only where its address is one of the web."""

    id: str
    title: str
    address: str
    retrieved_on: dt.date | None

    @property
    def link(self) -> str | None:
        return self.address if self.address.startswith(("https://", "http://")) else None


@dataclass(frozen=True, slots=True)
class PhotoView:
    """A photograph: `key` names its files in the media store, `width` and `height` in pixels of the original."""

    key: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True)
class VariantView:
    """A variant; `pack` is its packaging in text. `price` in đồng with tax, None if not for sale; `gtin` 14 digits."""

    id: int
    public_id: str
    pack: str
    net_weight: int | None
    net_unit: str
    price: int | None
    gtin: str | None
    example: bool

    @property
    def demonstration_gtin(self) -> bool:
        """GS1 reserves prefix 952 for demonstrations and examples: such a number identifies nothing in trade."""
        return self.gtin is not None and self.gtin[1:4] == "952"


@dataclass(frozen=True, slots=True)
class ProducerFacts:
    """A producer. `products` counts its published ones."""

    id: int
    slug: str
    name: str
    kind: str
    province_id: str
    today_province_id: str
    commune_id: str | None
    district: str | None
    address: str | None
    phone: str | None
    story: str | None
    products: int = 0


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """A published product with everything the catalogue knows of it; `place` at the time and today."""

    id: int
    slug: str
    name: str
    group_code: str | None
    product_set: int | None
    producer_kind: str
    alcohol: bool
    description: str | None
    raw_material: str | None
    province_id: str
    today_province_id: str
    place: PlaceView
    producer: ProducerFacts | None
    variants: tuple[VariantView, ...]
    photos: tuple[PhotoView, ...]
    sources: tuple[SourceView, ...]


_PRODUCER_COLUMNS = (
    Producer.id,
    Producer.slug,
    Producer.name,
    Producer.kind,
    Producer.province_id,
    Producer.today_province_id,
    Producer.commune_id,
    Producer.district,
    Producer.address,
    Producer.phone,
    Producer.story,
)


# Built once, of the tables' own columns: putting four statements together for every page takes as long as asking them,
# and without the ORM's attributes a question takes half the time.
_PRODUCT_OWN = Product.__table__.c
_PRODUCER_OWN = Producer.__table__.c
_PRODUCT = (
    sa.select(
        *_PRODUCT_OWN,
        *(_PRODUCER_OWN[column.key].label(f"its_producer_{column.key}") for column in _PRODUCER_COLUMNS),
    )
    .outerjoin(Producer.__table__, _PRODUCER_OWN.id == _PRODUCT_OWN.producer_id)
    .where(_PRODUCT_OWN.slug == sa.bindparam("slug"), _PRODUCT_OWN.published_at.is_not(None))
)
_VARIANT = Variant.__table__.c
_PHOTO = Photo.__table__.c
_SOURCE = DataSource.__table__.c
_NAMED = ProductSource.__table__.c
_VARIANTS = (
    sa.select(
        _VARIANT.id,
        _VARIANT.public_id,
        _VARIANT.pack,
        _VARIANT.net_weight,
        _VARIANT.net_unit,
        _VARIANT.price,
        _VARIANT.gtin,
        _VARIANT.example,
    )
    .where(_VARIANT.product_id == sa.bindparam("product"), _VARIANT.retired_at.is_(None))
    .order_by(_VARIANT.position, _VARIANT.id)
)
_PHOTOS = (
    sa.select(_PHOTO.key, _PHOTO.width, _PHOTO.height, _PHOTO.alt)
    .where(_PHOTO.product_id == sa.bindparam("product"))
    .order_by(_PHOTO.position, _PHOTO.id)
)
_SOURCES = (
    sa.select(_SOURCE.id, _SOURCE.title, _SOURCE.address, _SOURCE.retrieved_on)
    .join(ProductSource.__table__, _NAMED.source_id == _SOURCE.id)
    .where(_NAMED.product_id == sa.bindparam("product"))
    .order_by(_SOURCE.id)
)


def group_codes(session: Session) -> tuple[str, ...]:
    """The codes of the product groups in their order."""
    return tuple(session.scalars(sa.select(ProductGroup.code).order_by(ProductGroup.position)))


def published_product(session: Session, slug: str) -> ProductFacts:
    """A product that is published. Raises NotFound, also for one that is hidden."""
    connection = session.connection()  # the session's own way to it costs as much again
    product = connection.execute(_PRODUCT, {"slug": slug}).one_or_none()
    if product is None:
        raise NotFound
    producer = product[len(_PRODUCT_OWN) :]
    depends_on("product", product.id)
    if product.producer_id is not None:
        depends_on("producer", product.producer_id)
    only = {"product": product.id}
    key = PlaceKey(product.commune_id, product.province_id, product.district, product.commune)
    return ProductFacts(
        id=product.id,
        slug=product.slug,
        name=product.name,
        group_code=product.group_code,
        product_set=product.product_set,
        producer_kind=product.producer_kind,
        alcohol=product.alcohol,
        description=product.description,
        raw_material=product.raw_material,
        province_id=product.province_id,
        today_province_id=product.today_province_id,
        place=places(session, [key])[0],
        producer=None if producer[0] is None else ProducerFacts(*producer),
        variants=tuple(VariantView(*row) for row in connection.execute(_VARIANTS, only)),
        photos=tuple(PhotoView(*row) for row in connection.execute(_PHOTOS, only)),
        sources=tuple(SourceView(*row) for row in connection.execute(_SOURCES, only)),
    )


def producer_by_slug(session: Session, slug: str) -> ProducerFacts:
    """A producer. Raises NotFound."""
    row = session.execute(sa.select(*_PRODUCER_COLUMNS).where(Producer.slug == slug)).one_or_none()
    if row is None:
        raise NotFound
    depends_on("producer", row[0])
    return ProducerFacts(*row)


def list_producers(
    session: Session, *, q: str = "", province_ids: Sequence[str] = (), kinds: Sequence[str] = ()
) -> list[ProducerFacts]:
    """Producers with published products by name, every word of `q` in theirs; a province may be of either scheme."""
    depends_on_any("producer", "product")
    published = sa.func.count(Product.id)
    statement = (
        sa.select(*_PRODUCER_COLUMNS, published)
        .join(Product, sa.and_(Product.producer_id == Producer.id, Product.published_at.is_not(None)))
        .group_by(Producer.id)
        .order_by(Producer.folded, Producer.id)
    )
    if province_ids:
        statement = statement.where(
            sa.or_(Producer.today_province_id.in_(province_ids), Producer.province_id.in_(province_ids))
        )
    if kinds:
        statement = statement.where(Producer.kind.in_(kinds))
    statement = statement.where(*names_hold(q, Producer.folded))
    return [ProducerFacts(*row) for row in session.execute(statement)]


def names_hold(q: str, *folded: InstrumentedAttribute[str]) -> list[ColumnElement[bool]]:
    """Conditions: every word of `q`, in one of its right spellings, stands in one of these columns of folded names."""
    return [
        sa.or_(*(name.contains(spelling, autoescape=True) for name in folded for spelling in spellings(word)))
        for word in tokens(q)
    ]


def without_producer(session: Session) -> int:
    """How many published products bear no producer's name in any public source."""
    depends_on_any("product")
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(Product)
            .where(Product.producer_id.is_(None), Product.published_at.is_not(None))
        )
        or 0
    )
