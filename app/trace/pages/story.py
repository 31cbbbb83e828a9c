"""What a page tells of a batch: product, producer, areas, dates, standing then and now. Read once, as frozen facts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from app.catalogue.models import Photo, Product, Variant
from app.certification.standing import Standing, standing_by_paper, standing_of
from app.core.caching import depends_on
from app.geography.maps import project_mini
from app.geography.places import PlaceKey, PlaceView, places
from app.supply.models import Batch


@dataclass(frozen=True, slots=True)
class AreaStory:
    """A raw-material area: name, place then and today, its point on the small map."""

    slug: str
    name: str
    place: PlaceView
    x: float
    y: float
    hectares: float | None
    standards: str | None
    example: bool


@dataclass(frozen=True, slots=True)
class BatchStory:
    """A batch's dates and areas, and the product's standing on the day it was made."""

    public_id: str
    code: str
    made_on: dt.date
    expires_on: dt.date | None
    quantity: int
    note: str | None
    example: bool
    areas: tuple[AreaStory, ...]
    standing_then: Standing


@dataclass(frozen=True, slots=True)
class ProductStory:
    """The goods a stamp or a batch stands for."""

    slug: str
    name: str
    pack: str
    net_weight: int | None
    net_unit: str
    price: int | None
    gtin: str | None
    example: bool
    group: str | None
    product_set: int | None
    photo: Photo | None
    producer_name: str
    producer_slug: str
    producer_kind: str
    published: bool
    place: PlaceView
    standing: Standing
    batch: BatchStory | None


def read_story(session: Session, *, variant_id: int, batch_id: int | None, today: dt.date) -> ProductStory:
    """The story of a variant and, where there is one, a batch of it. Raises NoResultFound for unknown ids."""
    variant = session.scalars(
        sa.select(Variant)
        .where(Variant.id == variant_id)
        .options(
            joinedload(Variant.product).joinedload(Product.producer),
            joinedload(Variant.product).selectinload(Product.photos),
        )
    ).one()
    product, producer = variant.product, variant.product.producer
    assert producer is not None  # goods without one have neither batches nor stamps
    depends_on("product", product.id)  # and with it on the batch, as on everything made of it
    depends_on("producer", producer.id)
    batch = None
    if batch_id is not None:
        batch = session.scalars(
            sa.select(Batch).where(Batch.id == batch_id).options(selectinload(Batch.areas))
        ).one()
        depends_on("area", *(area.id for area in batch.areas))
    keys = [PlaceKey(product.commune_id, product.province_id, product.district, product.commune)]
    keys += [PlaceKey(a.commune_id, a.province_id, a.district) for a in (batch.areas if batch else ())]
    product_place, *area_places = places(session, keys)
    return ProductStory(
        slug=product.slug,
        name=product.name,
        pack=variant.pack,
        net_weight=variant.net_weight,
        net_unit=variant.net_unit,
        price=variant.price,
        gtin=variant.gtin,
        example=variant.example,
        group=product.group_code,
        product_set=product.product_set,
        photo=product.photos[0] if product.photos else None,
        producer_name=producer.name,
        producer_slug=producer.slug,
        producer_kind=producer.kind,
        published=product.published_at is not None,
        place=product_place,
        standing=standing_of(session, product.id, today),
        batch=_batch(session, batch, product.id, area_places) if batch else None,
    )


def _batch(session: Session, batch: Batch, product_id: int, area_places: list[PlaceView]) -> BatchStory:
    areas = []
    for area, place in zip(batch.areas, area_places, strict=True):
        lat = place.lat if area.latitude is None else area.latitude
        lon = place.lon if area.longitude is None else area.longitude
        x, y = project_mini(lat, lon)
        areas.append(
            AreaStory(area.slug, area.name, place, x, y, area.hectares, area.standards, area.example)
        )
    return BatchStory(
        public_id=batch.public_id,
        code=batch.code,
        made_on=batch.made_on,
        expires_on=batch.expires_on,
        quantity=batch.quantity,
        note=batch.note,
        example=batch.example,
        areas=tuple(areas),
        standing_then=standing_by_paper(session, product_id, batch.made_on),
    )
