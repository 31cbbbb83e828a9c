"""Producers, products, variants, photos, groups, and where the register's rows came from."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.changes import ANYTHING, Touch, touches
from app.core.db import Model
from app.core.states import OneOf, one_of

PRODUCER_KINDS = (
    "cooperative",
    "cooperative_group",
    "company",
    "private_enterprise",
    "household_business",
    "farm",
    "other",
    "unknown",
)


class DataSource(Model):
    """A public page or document from which rows of the register were taken."""

    __tablename__ = "data_sources"
    __table_args__ = touches(ANYTHING)

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    address: Mapped[str]
    retrieved_on: Mapped[dt.date | None]


class ProductGroup(Model):
    """One of the six groups of QĐ 919/QĐ-TTg (2022) and QĐ 148/QĐ-TTg (2023), in their order."""

    __tablename__ = "product_groups"
    __table_args__ = touches(ANYTHING)

    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    name_vi: Mapped[str]
    name_en: Mapped[str]


class FormerProductGroup(Model):
    """A name of a group in older data (the branches of QĐ 490/2018 and QĐ 1048/2019) and today's group."""

    __tablename__ = "former_product_groups"
    __table_args__ = touches(ANYTHING)

    name: Mapped[str] = mapped_column(primary_key=True)
    group_code: Mapped[str] = mapped_column(sa.ForeignKey("product_groups.code"))


class Producer(Model):
    """A chủ thể: cooperative, household, company… `province_id` is the unit as in the source (VN63)."""

    __tablename__ = "producers"
    __table_args__ = touches(Touch("producer"))

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    folded: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(default="unknown")
    province_id: Mapped[str] = mapped_column(sa.ForeignKey("administrative_units.id"), index=True)
    today_province_id: Mapped[str] = mapped_column(sa.ForeignKey("administrative_units.id"), index=True)
    commune_id: Mapped[str | None] = mapped_column(sa.ForeignKey("administrative_units.id"))
    district: Mapped[str | None]
    address: Mapped[str | None]
    phone: Mapped[str | None]
    story: Mapped[str | None]
    delivery_fee: Mapped[int] = mapped_column(default=30_000)
    created_at: Mapped[dt.datetime]

    products: Mapped[list[Product]] = relationship(back_populates="producer")


class AlcoholRecord(StrEnum):
    """What is recorded of a product: that it is an alcoholic drink, that it is none, or nothing."""

    NOT_RECORDED = "not-recorded"
    ALCOHOL = "alcohol"
    NOT_ALCOHOL = "not-alcohol"


class AlcoholRecorder(StrEnum):
    """Whose word that is: the producer's on its own product, or the programme's, which stands above it."""

    PRODUCER = "producer"
    PROGRAMME = "programme"


class Product(Model):
    """A product of the register or one a producer added.

    `register_key` (source, name, producer, province folded) makes loading idempotent; None for portal rows.
    `province_id`/`commune_id` are the units as in the source; `today_province_id` serves today's facets.
    `producer_id` is None where the source names no producer; such a product cannot be sold.
    `alcohol`: it is or may be an alcoholic drink and is withheld from sale; `alcohol.judge` sets it from the name and
    from what is recorded.
    """

    __tablename__ = "products"
    __table_args__ = (
        one_of("alcohol_record", AlcoholRecord),
        one_of("alcohol_recorder", AlcoholRecorder),
        sa.CheckConstraint(
            "(alcohol_record = 'not-recorded') = (alcohol_recorder IS NULL)", name="alcohol_recorded"
        ),
        sa.Index("ix_products_listing", "published_at", "today_province_id", "group_code"),
        touches(Touch("product"), Touch("range", "producer_id")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    folded: Mapped[str]
    register_key: Mapped[str | None] = mapped_column(unique=True)
    producer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("producers.id"), index=True)
    producer_kind: Mapped[str] = mapped_column(default="unknown")
    group_code: Mapped[str | None] = mapped_column(sa.ForeignKey("product_groups.code"))
    product_set: Mapped[int | None]
    alcohol: Mapped[bool] = mapped_column(default=False)
    alcohol_record: Mapped[AlcoholRecord] = mapped_column(
        OneOf(AlcoholRecord), default=AlcoholRecord.NOT_RECORDED
    )
    alcohol_recorder: Mapped[AlcoholRecorder | None] = mapped_column(OneOf(AlcoholRecorder))
    alcohol_recorded_by: Mapped[str | None]
    alcohol_recorded_at: Mapped[dt.datetime | None]
    province_id: Mapped[str] = mapped_column(sa.ForeignKey("administrative_units.id"))
    today_province_id: Mapped[str] = mapped_column(sa.ForeignKey("administrative_units.id"))
    commune_id: Mapped[str | None] = mapped_column(sa.ForeignKey("administrative_units.id"))
    commune: Mapped[str | None]
    district: Mapped[str | None]
    description: Mapped[str | None]
    raw_material: Mapped[str | None]
    published_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]

    producer: Mapped[Producer | None] = relationship(back_populates="products")
    variants: Mapped[list[Variant]] = relationship(
        back_populates="product", order_by="Variant.position, Variant.id"
    )
    photos: Mapped[list[Photo]] = relationship(back_populates="product", order_by="Photo.position, Photo.id")
    sources: Mapped[list[DataSource]] = relationship(secondary="product_sources", order_by="DataSource.id")


class ProductSource(Model):
    """The register's row of a product was taken from this page."""

    __tablename__ = "product_sources"
    __table_args__ = touches(Touch("product", "product_id"))

    product_id: Mapped[int] = mapped_column(
        sa.ForeignKey("products.id", ondelete="CASCADE"), primary_key=True
    )
    source_id: Mapped[str] = mapped_column(sa.ForeignKey("data_sources.id"), primary_key=True)


class Variant(Model):
    """What is sold: a product in one packaging. `price` in đồng with tax, None while not for sale.

    `gtin` is 14 digits, unique; `example` marks values made for demonstration (see docs/example-data.md).
    """

    __tablename__ = "variants"
    __table_args__ = (
        sa.CheckConstraint("price IS NULL OR price > 0", name="price"),
        sa.CheckConstraint("net_weight IS NULL OR net_weight > 0", name="net_weight"),
        touches(Touch("product", "product_id")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("products.id"), index=True)
    pack: Mapped[str]
    net_weight: Mapped[int | None]
    net_unit: Mapped[str] = mapped_column(default="g")
    price: Mapped[int | None]
    gtin: Mapped[str | None] = mapped_column(unique=True)
    example: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    retired_at: Mapped[dt.datetime | None]

    product: Mapped[Product] = relationship(back_populates="variants")


class FormerGtin(Model):
    """A variant carried this GTIN (14 digits) until it was corrected or emptied; what is in print may still do."""

    __tablename__ = "former_gtins"

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id"), index=True)
    gtin: Mapped[str] = mapped_column(index=True)
    until: Mapped[dt.datetime]


class Photo(Model):
    """A photograph of a product: `key` names the re-encoded files in media storage."""

    __tablename__ = "photos"
    __table_args__ = touches(Touch("product", "product_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("products.id"), index=True)
    key: Mapped[str] = mapped_column(unique=True)
    width: Mapped[int]
    height: Mapped[int]
    alt: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime]

    product: Mapped[Product] = relationship(back_populates="photos")
