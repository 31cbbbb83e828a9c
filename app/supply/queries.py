"""What pages ask of supply: stock by batch, what can be sold, the ledger, a batch with its areas."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from app.catalogue.models import Product, Variant
from app.core.caching import depends_on
from app.core.errors import NotFound
from app.geography.places import PlaceKey, PlaceView, places
from app.supply.models import Batch, BatchState, MovementKind, RawMaterialArea, StockMovement
from app.supply.stock import fefo, may_be_sold


@dataclass(frozen=True, slots=True)
class BatchStock:
    """A row of a producer's stock, in units; `expired` on the day asked about."""

    id: int
    public_id: str
    code: str
    state: BatchState
    variant_id: int
    product_name: str
    product_slug: str
    pack: str
    made_on: dt.date
    expires_on: dt.date | None
    quantity: int
    on_hand: int
    expired: bool
    example: bool


@dataclass(frozen=True, slots=True)
class BatchOnSale:
    """The batch a buyer would be sent next; `available` units are in it."""

    id: int
    public_id: str
    code: str
    variant_id: int
    made_on: dt.date
    expires_on: dt.date | None
    available: int
    example: bool


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A movement with the units on hand after it."""

    at: dt.datetime
    kind: MovementKind
    quantity: int
    balance: int
    reference: str | None
    note: str | None
    actor_id: int | None


@dataclass(frozen=True, slots=True)
class AreaFacts:
    """A raw-material area with its place as text; degrees (WGS 84) of the drawing, else of the commune or province."""

    id: int
    slug: str
    name: str
    place: PlaceView
    crop: str | None
    hectares: float | None
    standards: str | None
    geometry: dict[str, object] | None
    latitude: float
    longitude: float
    example: bool
    closed: bool


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """A batch whole: what was made, when, from which areas, how much is left."""

    id: int
    public_id: str
    code: str
    state: BatchState
    version: int
    producer_id: int
    variant_id: int
    product_id: int
    product_name: str
    product_slug: str
    pack: str
    made_on: dt.date
    expires_on: dt.date | None
    quantity: int
    on_hand: int
    note: str | None
    example: bool
    areas: tuple[AreaFacts, ...]

    def expired(self, on: dt.date) -> bool:
        """Past its date on that Vietnam day; the last day still counts."""
        return self.expires_on is not None and self.expires_on < on


def stock_by_batch(session: Session, producer_id: int, on: dt.date) -> list[BatchStock]:
    """Every batch of a producer with what is on hand: open ones first, in the order in which they leave."""
    rows = session.execute(
        sa.select(Batch, Product.name, Product.slug, Variant.pack)
        .join(Variant, Variant.id == Batch.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Batch.producer_id == producer_id)
        .order_by(Batch.state != BatchState.OPEN, *fefo())
    )
    return [
        BatchStock(
            id=batch.id,
            public_id=batch.public_id,
            code=batch.code,
            state=batch.state,
            variant_id=batch.variant_id,
            product_name=name,
            product_slug=slug,
            pack=pack,
            made_on=batch.made_on,
            expires_on=batch.expires_on,
            quantity=batch.quantity,
            on_hand=batch.on_hand,
            expired=batch.expires_on is not None and batch.expires_on < on,
            example=batch.example,
        )
        for batch, name, slug, pack in rows
    ]


# Built once: putting these together anew would take longer than asking them.
_VARIANTS: Final[sa.BindParameter[Any]] = sa.bindparam("variants", expanding=True)
_ON: Final = cast(dt.date, sa.bindparam("on", type_=sa.Date()))
_BATCH: Final = Batch.__table__.c
_SELLABLE: Final = (
    sa.select(_BATCH.variant_id, sa.func.sum(_BATCH.on_hand))
    .where(_BATCH.variant_id.in_(_VARIANTS), may_be_sold(_ON))
    .group_by(_BATCH.variant_id)
)
_ON_SALE: Final = (
    sa.select(
        _BATCH.id,
        _BATCH.public_id,
        _BATCH.code,
        _BATCH.variant_id,
        _BATCH.made_on,
        _BATCH.expires_on,
        _BATCH.on_hand,
        _BATCH.example,
    )
    .where(_BATCH.variant_id.in_(_VARIANTS), may_be_sold(_ON))
    .order_by(*fefo())
)


def sellable(session: Session, variant_ids: Collection[int], on: dt.date) -> dict[int, int]:
    """Units that can be sold on that Vietnam day by variant id, 0 where there are none, in one query."""
    units: dict[int, int] = dict.fromkeys(variant_ids, 0)
    if units:
        rows = session.execute(_SELLABLE, {"variants": list(units), "on": on})
        units.update({variant_id: int(left) for variant_id, left in rows})
    return units


def batches_on_sale(session: Session, variant_ids: Collection[int], on: dt.date) -> dict[int, BatchOnSale]:
    """By variant id the batch that would be sent next on that Vietnam day; a variant without stock is left out."""
    if not variant_ids:
        return {}
    batches: dict[int, BatchOnSale] = {}
    for row in session.execute(_ON_SALE, {"variants": list(variant_ids), "on": on}):
        batches.setdefault(row.variant_id, BatchOnSale(*row))
    return batches


def ledger(session: Session, batch_id: int) -> list[LedgerLine]:
    """Every movement of a batch in the order it happened, with the running balance; the last equals `on_hand`."""
    balance = sa.func.sum(StockMovement.quantity).over(order_by=StockMovement.id)
    rows = session.execute(
        sa.select(
            StockMovement.at,
            StockMovement.kind,
            StockMovement.quantity,
            balance.label("balance"),
            StockMovement.reference,
            StockMovement.note,
            StockMovement.actor_id,
        )
        .where(StockMovement.batch_id == batch_id)
        .order_by(StockMovement.id)
    ).mappings()
    return [LedgerLine(**{**row, "balance": int(row["balance"])}) for row in rows]


def units_sold(session: Session, batch_id: int, *, since: dt.datetime | None = None) -> int:
    """Units of a batch sold and not returned, of all time or from a moment on."""
    moved = sa.select(sa.func.coalesce(sa.func.sum(StockMovement.quantity), 0)).where(
        StockMovement.batch_id == batch_id,
        StockMovement.kind.in_((MovementKind.SOLD, MovementKind.RETURNED)),
    )
    if since is not None:
        moved = moved.where(StockMovement.at >= since)
    return -int(session.scalar(moved) or 0)


def area_facts(session: Session, areas: Collection[RawMaterialArea]) -> list[AreaFacts]:
    """Areas with their places as text, in the order given, with at most two further queries."""
    listed = list(areas)
    depends_on("area", *(area.id for area in listed))
    views = places(session, [PlaceKey(area.commune_id, area.province_id, area.district) for area in listed])
    return [
        AreaFacts(
            id=area.id,
            slug=area.slug,
            name=area.name,
            place=view,
            crop=area.crop,
            hectares=area.hectares,
            standards=area.standards,
            geometry=area.geometry,
            latitude=view.lat if area.latitude is None else area.latitude,
            longitude=view.lon if area.longitude is None else area.longitude,
            example=area.example,
            closed=area.closed_at is not None,
        )
        for area, view in zip(listed, views, strict=True)
    ]


def areas_of(session: Session, producer_id: int, *, closed: bool = False) -> list[AreaFacts]:
    """A producer's areas in the order of their names; closed ones only when asked for."""
    depends_on("areas", producer_id)
    wanted = sa.select(RawMaterialArea).where(RawMaterialArea.producer_id == producer_id)
    if not closed:
        wanted = wanted.where(RawMaterialArea.closed_at.is_(None))
    return area_facts(session, session.scalars(wanted.order_by(RawMaterialArea.name)).all())


def batch_facts(
    session: Session,
    *,
    batch_id: int | None = None,
    public_id: str | None = None,
    producer_id: int | None = None,
) -> BatchFacts:
    """A batch by its id or its public id; with `producer_id` only that producer's. Raises NotFound."""
    wanted = (
        sa.select(Batch, Product.id, Product.name, Product.slug, Variant.pack)
        .join(Variant, Variant.id == Batch.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .options(selectinload(Batch.areas))
        .where(Batch.public_id == public_id if batch_id is None else Batch.id == batch_id)
    )
    if producer_id is not None:
        wanted = wanted.where(Batch.producer_id == producer_id)
    row = session.execute(wanted).one_or_none()
    if row is None:
        raise NotFound
    batch, product_id, name, slug, pack = row
    return BatchFacts(
        id=batch.id,
        public_id=batch.public_id,
        code=batch.code,
        state=batch.state,
        version=batch.version,
        producer_id=batch.producer_id,
        variant_id=batch.variant_id,
        product_id=product_id,
        product_name=name,
        product_slug=slug,
        pack=pack,
        made_on=batch.made_on,
        expires_on=batch.expires_on,
        quantity=batch.quantity,
        on_hand=batch.on_hand,
        note=batch.note,
        example=batch.example,
        areas=tuple(area_facts(session, batch.areas)),
    )
