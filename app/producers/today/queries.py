"""What waits today: orders to pack, batches near their date, certificates near their end, stamps not yet active."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Product
from app.certification.standing import Standing, standings
from app.orders.models import WAITING
from app.orders.queries import ProducerOrder, orders_of_producer
from app.producers.stamps.queries import RollView, rolls_of
from app.supply.models import BatchState
from app.supply.queries import BatchStock, areas_of, stock_by_batch

NEAR_EXPIRY = dt.timedelta(days=30)
NEAR_END_DAYS = 180
SHOWN = 5


@dataclass(frozen=True, slots=True)
class EndingCertificate:
    """A product whose certificate ends in so many days; of one known by its year (`days` None), in `ending_year`."""

    slug: str
    name: str
    standing: Standing
    days: int | None


@dataclass(frozen=True, slots=True)
class StockSum:
    """Units of a variant that may be sold, in so many batches, and the date on which the first of them expires."""

    product_name: str
    product_slug: str
    pack: str
    units: int
    batches: int
    first_expiry: dt.date | None


@dataclass(frozen=True, slots=True)
class TodayView:
    """Everything that waits, and what is in stock."""

    orders: tuple[ProducerOrder, ...]
    waiting: int
    expiring: tuple[BatchStock, ...]
    ending: tuple[EndingCertificate, ...]
    rolls: tuple[RollView, ...]
    stock: tuple[StockSum, ...]
    has_products: bool
    has_areas: bool
    has_batches: bool
    has_rolls: bool

    @property
    def settled(self) -> bool:
        """Whether the producer has taken the first steps: product, area, batch, stamps."""
        return self.has_products and self.has_areas and self.has_batches and self.has_rolls


def today_view(session: Session, producer_id: int, today: dt.date) -> TodayView:
    """What waits for a producer, in a fixed number of queries."""
    orders = orders_of_producer(session, producer_id, states=WAITING, limit=500)
    batches = stock_by_batch(session, producer_id, today)
    rolls = rolls_of(session, producer_id)
    rows = session.execute(
        sa.select(Product.id, Product.slug, Product.name).where(Product.producer_id == producer_id)
    )
    products = [(row[0], row[1], row[2]) for row in rows]
    return TodayView(
        orders=tuple(orders[::-1][:SHOWN]),
        waiting=len(orders),
        expiring=tuple(_expiring(batches, today)),
        ending=tuple(_ending(session, products, today)),
        rolls=tuple(roll for roll in rolls if roll.blank),
        stock=tuple(_stock(batches)),
        has_products=bool(products),
        has_areas=bool(areas_of(session, producer_id)),
        has_batches=bool(batches),
        has_rolls=bool(rolls),
    )


def _expiring(batches: Sequence[BatchStock], today: dt.date) -> list[BatchStock]:
    return [
        batch
        for batch in batches
        if batch.state == BatchState.OPEN
        and batch.on_hand
        and batch.expires_on is not None
        and batch.expires_on <= today + NEAR_EXPIRY
    ]


def _ending(
    session: Session, products: Sequence[tuple[int, str, str]], today: dt.date
) -> list[EndingCertificate]:
    held = standings(session, [product_id for product_id, _, _ in products], today)
    horizon = today + dt.timedelta(days=NEAR_END_DAYS)
    certificates = [
        EndingCertificate(slug, name, held[product_id], held[product_id].days_left)
        for product_id, slug, name in products
        if (first := held[product_id].first_end) is not None and first <= horizon
    ]
    return sorted(certificates, key=lambda certificate: certificate.standing.first_end or horizon)


def _stock(batches: Sequence[BatchStock]) -> list[StockSum]:
    by_variant: dict[int, list[BatchStock]] = {}
    for batch in batches:
        if batch.state == BatchState.OPEN and batch.on_hand and not batch.expired:
            by_variant.setdefault(batch.variant_id, []).append(batch)
    return [
        StockSum(
            product_name=of_variant[0].product_name,
            product_slug=of_variant[0].product_slug,
            pack=of_variant[0].pack,
            units=sum(batch.on_hand for batch in of_variant),
            batches=len(of_variant),
            first_expiry=min((batch.expires_on for batch in of_variant if batch.expires_on), default=None),
        )
        for of_variant in by_variant.values()
    ]
