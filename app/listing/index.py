"""Every published product in a few narrow facts, kept in memory so that a listing counts without asking the database.

A set of products is an integer with a bit for each, in the recommended order; filters are `&` and `|`, a count is
`int.bit_count()`. At 20,000 products such a set is 2.5 kB and all facets are counted in about a millisecond. The shelf
is the database's own answer for one `content_version` and one Vietnam day, and both are asked on every request: a star
withdrawn, a batch sold out or a new day makes it a new shelf at once, in every process.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import compress
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Product, ProductGroup, Variant
from app.certification.models import Certificate
from app.certification.standing import Standing, StandingState, decides, drawn_stars, standing_state
from app.core.db import content_version
from app.geography.lookup import Gazetteer, gazetteer
from app.listing.filters import RECOMMENDED, UNGROUPED
from app.supply.models import Batch
from app.supply.stock import may_be_sold

T = TypeVar("T")

PRODUCT_ID: Final[sa.ColumnElement[int]] = Product.__table__.c.id
_STANDING_ORDER: Final = {
    StandingState.IN_FORCE: 0,
    StandingState.UNCONFIRMED: 1,
    StandingState.LAPSED: 2,
    StandingState.PENDING: 3,
    StandingState.NONE: 4,
    StandingState.WITHDRAWN: 5,
}
_NOTHING: Final[tuple[tuple[Any, ...], ...]] = ((),) * 9
_BITS: Final = bytes(n - 48 if n in (48, 49) else n for n in range(256))


@dataclass(frozen=True, slots=True)
class GroupName:
    """A product group in both languages."""

    code: str
    name_vi: str
    name_en: str


@dataclass(frozen=True, eq=False)
class Shelf:
    """The published products of one content version on one day.

    `ids` are in the recommended order; the sets by value have a bit for each place in it. `by_province` knows today's
    and former provinces by id, `heads` the places of the products whose name begins with this word or these two.
    """

    version: int
    on: dt.date
    ids: tuple[int, ...]
    by_province: Mapping[str, int]
    by_stars: Mapping[str, int]
    by_group: Mapping[str, int]
    by_kind: Mapping[str, int]
    by_standing: Mapping[str, int]
    in_stock: int
    heads: Mapping[str, tuple[int, ...]]
    groups: tuple[GroupName, ...]
    place_of: Mapping[int, int] = field(repr=False)
    _orders: dict[str, tuple[int, ...]] = field(default_factory=dict, repr=False)

    @property
    def everything(self) -> int:
        """The set of all products."""
        return (1 << len(self.ids)) - 1

    def set_of(self, ids: Iterable[int]) -> int:
        """The set of these products; ids that are not on the shelf are passed over."""
        return _set(place for i in ids if (place := self.place_of.get(i)) is not None)

    def select(self, chosen: int, order: Iterable[int] | None = None) -> Iterator[int]:
        """The ids in a set, in the recommended order or in that of the places given."""
        flags = f"{chosen:0{len(self.ids)}b}"[::-1].encode().translate(_BITS)
        if order is None:
            return compress(self.ids, flags)
        return (self.ids[place] for place in order if flags[place])

    def order(self, session: Session, name: str) -> tuple[int, ...] | None:
        """Every place in another order, asked of the database the first time; None is the recommended order."""
        if name == RECOMMENDED:
            return None
        known = self._orders.get(name)
        if known is None:
            found: Iterable[int] = session.scalars(_ordered(name, self.on))
            known = tuple(place for i in found if (place := self.place_of.get(i)) is not None)
            self._orders[name] = known
        return known


_kept: WeakKeyDictionary[Gazetteer, Shelf] = WeakKeyDictionary()
_building = threading.Lock()


def shelf(session: Session, on: dt.date) -> Shelf:
    """The shelf as the database has it now, for this Vietnam day: one query, and two more when something changed."""
    places = gazetteer(session)
    version = content_version()
    with _building:  # one thread reads, the others take what it found
        kept = _kept.get(places)
        if kept is None or (kept.version, kept.on) != (version, on):
            kept = _kept[places] = _read(session, version, on)
    return kept


def _packs(on: dt.date) -> sa.Subquery:
    """By product: the lowest price of its packs, and 1 where a pack can be sold on that day."""
    stocked = sa.exists(sa.select(1).where(Batch.variant_id == Variant.id, may_be_sold(on)))
    return (
        sa.select(
            Variant.product_id,
            sa.func.min(Variant.price).label("price"),
            sa.func.max(sa.case((stocked, 1), else_=0)).label("stocked"),
        )
        .where(Variant.retired_at.is_(None), Variant.price.is_not(None))
        .group_by(Variant.product_id)
        .subquery()
    )


def _published() -> sa.ColumnElement[bool]:
    return Product.published_at.is_not(None)


def _ordered(name: str, on: dt.date) -> sa.Select[int]:
    """The published products' ids in one of the orders a visitor may ask for."""
    statement = sa.select(Product.id).where(_published())
    by_name = (Product.folded, Product.id)
    if name == "newest":
        return statement.order_by(Product.published_at.desc(), Product.id.desc())
    if name in ("price", "price-desc"):
        packs = _packs(on)
        price = packs.c.price.desc() if name == "price-desc" else packs.c.price
        statement = statement.outerjoin(packs, packs.c.product_id == Product.id)
        return statement.order_by(packs.c.price.is_(None), price, *by_name)
    if name == "stars":
        statement = statement.outerjoin(Certificate, decides(PRODUCT_ID, on))
        standing = sa.case(_STANDING_ORDER, value=standing_state(PRODUCT_ID, on))
        return statement.order_by(drawn_stars(PRODUCT_ID, on).desc(), standing, *by_name)
    return statement.order_by(*by_name)


def _read(session: Session, version: int, on: dt.date) -> Shelf:
    rows = _rows(session, on)
    groups = session.execute(
        sa.select(ProductGroup.code, ProductGroup.name_vi, ProductGroup.name_en).order_by(
            ProductGroup.position
        )
    )
    ids, today, former, drawn, group, kind, standing, stock, heads = (
        zip(*rows, strict=True) if rows else _NOTHING
    )
    return Shelf(
        version=version,
        on=on,
        ids=ids,
        by_province={**_sets(former), **_sets(today)},
        by_stars=_sets(drawn),
        by_group=_sets(group),
        by_kind=_sets(kind),
        by_standing=_sets(standing),
        in_stock=_sets(stock).get(1, 0),
        heads=_heads(heads),
        groups=tuple(GroupName(*row) for row in groups),
        place_of={i: place for place, i in enumerate(ids)},
    )


def _rows(session: Session, on: dt.date) -> list[tuple[Any, ...]]:
    """A row for each published product, in the recommended order."""
    packs = _packs(on)
    stocked = sa.and_(packs.c.stocked == 1, _may_go_on_line())
    found = session.execute(
        sa.select(
            Product.id,
            Product.today_province_id,
            Product.province_id,
            Certificate.stars,
            sa.func.coalesce(Product.group_code, UNGROUPED),
            Product.producer_kind,
            standing_state(PRODUCT_ID, on),
            sa.case((stocked, 1), else_=0),
            Product.folded,
        )
        .outerjoin(Certificate, decides(PRODUCT_ID, on))
        .outerjoin(packs, packs.c.product_id == Product.id)
        .where(_published())
    )
    drawn = {
        (state, stars): Standing(state, "", on, stars).drawn_stars
        for state in StandingState
        for stars in (None, 3, 4, 5)
    }
    rows = [
        (_STANDING_ORDER[state], -drawn[state, stars], -stock, name, i, today, former, group, kind, state)
        for i, today, former, stars, group, kind, state, stock, name in found
    ]
    rows.sort()
    return [
        (i, today, former, str(-stars), group, kind, state, -stock, name)
        for _, stars, stock, name, i, today, former, group, kind, state in rows
    ]


def _may_go_on_line() -> sa.ColumnElement[bool]:
    """The product itself may be sold here; `goods.Goods.refusal` says why not."""
    return sa.and_(
        Product.producer_id.is_not(None),
        Product.alcohol.is_(False),
        sa.func.coalesce(Product.group_code, UNGROUPED) != "tourism",
    )


def _set(places: Iterable[int]) -> int:
    some = list(places)
    bits = bytearray(max(some) // 8 + 1) if some else bytearray()
    for place in some:
        bits[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(bits, "little")


def _sets(values: Iterable[T]) -> dict[T, int]:
    """For each value the set of the places where it stands."""
    places: defaultdict[T, list[int]] = defaultdict(list)
    for place, value in enumerate(values):
        places[value].append(place)
    return {value: _set(some) for value, some in places.items()}


def _heads(names: Iterable[str]) -> dict[str, tuple[int, ...]]:
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        first, _, rest = name.partition(" ")
        places[first].append(place)
        if rest:
            places[f"{first} {rest.partition(' ')[0]}"].append(place)
    return {head: tuple(some) for head, some in places.items()}
