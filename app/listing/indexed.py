"""What the facet index knows of a product, and the one question that reads it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from sys import intern
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from app.catalogue.models import Product, Variant
from app.certification.models import Certificate
from app.certification.standing import Standing, StandingState, decides, standing_state
from app.listing.filters import UNGROUPED
from app.listing.goods import TOURISM
from app.supply.models import Batch
from app.supply.stock import may_be_sold

PRODUCT_ID: Final[sa.ColumnElement[int]] = Product.__table__.c.id
_STANDING_ORDER: Final = {
    StandingState.IN_FORCE: 0,
    StandingState.UNCONFIRMED: 1,
    StandingState.LAPSED: 2,
    StandingState.PENDING: 3,
    StandingState.NONE: 4,
    StandingState.WITHDRAWN: 5,
}
_DRAWN: Final = {
    (state, stars): Standing(state, "", dt.date.min, stars).drawn_stars
    for state in StandingState
    for stars in (None, 3, 4, 5)
}


class Indexed(NamedTuple):
    """A published product on one day. It begins with what the recommended order goes by, so that rows are sorted.

    `price` in đồng is the lowest of its units on sale, None without one.
    """

    standing_rank: int
    stars_below_zero: int
    sold_out: bool
    name: str
    id: int
    today_province: str
    province: str
    group: str
    producer_kind: str
    standing: str
    price: int | None
    published_at: dt.datetime

    @property
    def facets(self) -> tuple[tuple[str, tuple[object, ...]], ...]:
        """By facet the values under which it is counted."""
        return (
            ("province", (self.today_province, self.province)),
            ("stars", (str(-self.stars_below_zero),)),
            ("group", (self.group,)),
            ("kind", (self.producer_kind,)),
            ("standing", (self.standing,)),
            ("stock", () if self.sold_out else (True,)),
        )

    @property
    def heads(self) -> tuple[str, ...]:
        """The word its name begins with, and the two words."""
        words = self.name.split(" ", 2)
        return (words[0],) if len(words) == 1 else (words[0], f"{words[0]} {words[1]}")

    @property
    def related(self) -> str:
        """Goods of one group from one of today's provinces are related."""
        return f"{self.today_province} {self.group}"


def read_indexed(
    connection: Connection, on: dt.date, ids: Collection[int] | None = None
) -> Iterable[Indexed]:
    """The published products, or those among `ids`, as they stand on a Vietnam day."""
    units = _units(on, ids)
    statement = (
        sa.select(
            Product.id,
            Product.today_province_id,
            Product.province_id,
            Certificate.stars,
            sa.func.coalesce(Product.group_code, UNGROUPED),
            Product.producer_kind,
            standing_state(PRODUCT_ID, on),
            sa.case((sa.and_(units.c.stocked == 1, _may_go_on_line()), 1), else_=0),
            Product.folded,
            units.c.price,
            Product.published_at,
        )
        .outerjoin(Certificate, decides(PRODUCT_ID, on))
        .outerjoin(units, units.c.product_id == Product.id)
        .where(Product.published_at.is_not(None))
    )
    if ids is not None:
        statement = statement.where(Product.id.in_(ids))
    for i, today, former, stars, group, kind, state, stocked, name, price, published_at in connection.execute(
        statement
    ):
        yield Indexed(
            standing_rank=_STANDING_ORDER[state],
            stars_below_zero=-_DRAWN[state, stars],
            sold_out=not stocked,
            name=name,
            id=i,
            # The same few words for all: a hundred thousand copies would be many megabytes.
            today_province=intern(today),
            province=intern(former),
            group=intern(group),
            producer_kind=intern(kind),
            standing=intern(state),
            price=price,
            published_at=published_at,
        )


def _units(on: dt.date, ids: Collection[int] | None) -> sa.Subquery:
    """By product: the lowest price of its units, and 1 where one can be sold on that day."""
    stocked = sa.exists(sa.select(1).where(Batch.variant_id == Variant.id, may_be_sold(on)))
    statement = sa.select(
        Variant.product_id,
        sa.func.min(Variant.price).label("price"),
        sa.func.max(sa.case((stocked, 1), else_=0)).label("stocked"),
    ).where(Variant.retired_at.is_(None), Variant.price.is_not(None))
    if ids is not None:
        statement = statement.where(Variant.product_id.in_(ids))
    return statement.group_by(Variant.product_id).subquery()


def _may_go_on_line() -> sa.ColumnElement[bool]:
    """The product itself may be sold here; `goods.Goods.refusal` has the reason why not."""
    return sa.and_(
        Product.producer_id.is_not(None),
        Product.alcohol.is_(False),
        sa.func.coalesce(Product.group_code, UNGROUPED) != TOURISM,
    )
