"""Raw-material areas, batches, and the stock ledger of each batch."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.changes import ANYTHING, Touch, touches
from app.core.db import Model
from app.core.states import OneOf, Transitions, one_of

PRODUCT_OF_VARIANT = "variants.product_id"


class RawMaterialArea(Model):
    """A vùng nguyên liệu: where the material grows or is raised. `geometry` is GeoJSON (WGS 84), None if only named.

    `latitude`/`longitude` are its centroid in degrees; `hectares` as declared by the producer.
    """

    __tablename__ = "raw_material_areas"
    __table_args__ = touches(Touch("area"), Touch("areas", "producer_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    producer_id: Mapped[int] = mapped_column(sa.ForeignKey("producers.id"), index=True)
    name: Mapped[str]
    commune_id: Mapped[str | None] = mapped_column(sa.ForeignKey("administrative_units.id"))
    province_id: Mapped[str] = mapped_column(sa.ForeignKey("administrative_units.id"))
    district: Mapped[str | None]
    crop: Mapped[str | None]
    hectares: Mapped[float | None]
    standards: Mapped[str | None]
    geometry: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    example: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]


class BatchState(StrEnum):
    """Whether units of a batch may be sold."""

    OPEN = "open"
    CLOSED = "closed"


BATCH_TRANSITIONS: Final = Transitions(
    "batch-not-open",
    first=BatchState.OPEN,
    after={BatchState.OPEN: frozenset({BatchState.CLOSED}), BatchState.CLOSED: frozenset()},
)


class Batch(Model):
    """A lô: one making of one variant. `quantity` units were made; `on_hand` are left (the ledger's sum, updated by
    the same conditional UPDATE that judges races). `version` counts changes of what its story shows.
    """

    __tablename__ = "batches"
    __table_args__ = (
        sa.UniqueConstraint("producer_id", "code"),
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.CheckConstraint("on_hand >= 0", name="on_hand"),
        sa.CheckConstraint("expires_on IS NULL OR expires_on >= made_on", name="dates"),
        one_of("state", BatchState),
        sa.Index("ix_batches_fefo", "variant_id", "state", "expires_on"),
        touches(
            Touch("area", "areas"),
            Touch("product", "variant_id", through=PRODUCT_OF_VARIANT),
            Touch("stock", "variant_id", through=PRODUCT_OF_VARIANT),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    producer_id: Mapped[int] = mapped_column(sa.ForeignKey("producers.id"))
    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id"))
    code: Mapped[str]
    made_on: Mapped[dt.date]
    expires_on: Mapped[dt.date | None]
    quantity: Mapped[int]
    on_hand: Mapped[int]
    state: Mapped[BatchState] = mapped_column(OneOf(BatchState), default=BATCH_TRANSITIONS.first)
    note: Mapped[str | None]
    example: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime]

    areas: Mapped[list[RawMaterialArea]] = relationship(
        secondary="batch_areas", order_by="RawMaterialArea.id"
    )

    def close(self) -> None:
        """Sell no more of it. Raises WrongState unless it is open."""
        BATCH_TRANSITIONS.allow(self.state, BatchState.CLOSED)
        self.state = BatchState.CLOSED
        self.version += 1


class BatchArea(Model):
    """The material of a batch came from this area."""

    __tablename__ = "batch_areas"
    __table_args__ = touches(ANYTHING)  # rarely by itself: a batch touches its areas when it is opened

    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("batches.id"), primary_key=True)
    area_id: Mapped[int] = mapped_column(sa.ForeignKey("raw_material_areas.id"), primary_key=True)


class MovementKind(StrEnum):
    """Why units came into a batch or left it."""

    MADE = "made"
    SOLD = "sold"
    RETURNED = "returned"
    SPOILED = "spoiled"
    ADJUSTED = "adjusted"


BY_HAND: Final = (MovementKind.SPOILED, MovementKind.RETURNED, MovementKind.ADJUSTED)
"""What a person may write into the ledger."""


class StockMovement(Model):
    """A line of a batch's ledger: `quantity` units in (+) or out (-), and why. Lines are only ever added."""

    __tablename__ = "stock_movements"
    __table_args__ = (
        sa.CheckConstraint("quantity <> 0", name="quantity"),
        one_of("kind", MovementKind),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("batches.id"), index=True)
    kind: Mapped[MovementKind] = mapped_column(OneOf(MovementKind))
    quantity: Mapped[int]
    at: Mapped[dt.datetime]
    reference: Mapped[str | None]
    note: Mapped[str | None]
    actor_id: Mapped[int | None]
