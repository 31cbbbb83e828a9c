"""Every published product in a few narrow facts, held in memory so that a listing counts without asking the database.

A set of products is an integer with a bit for each, in the recommended order; filters are `&` and `|`, a count is
`int.bit_count()`. At 20,000 products such a set is 2.5 kB and all facets are counted in about a millisecond.

The index follows the change log. Of the products that a commit touched it reads the facts again, before anything cached
is served; where they differ it moves the product in its order and sets, and reports what followed: "facets" (a count),
"order:<name>" (a place in an order), "head:<words>" and "related:<province> <group>" (goods named or placed alike).
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from heapq import nsmallest
from itertools import compress
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Engine

from app.catalogue.models import ProductGroup
from app.core.caching import depends_on, depends_on_any
from app.core.changes import EVERYTHING, ChangeLog
from app.core.parts import part
from app.listing.filters import RECOMMENDED
from app.listing.indexed import Indexed, read_indexed

_BITS: Final = bytes(n - 48 if n in (48, 49) else n for n in range(256))
_MANY: Final = 50
"""When more products than this change at once, the whole index is read again."""
_ORDERS: Final[Mapping[str, Callable[[Indexed], Any]]] = {
    "stars": lambda row: (row.stars_below_zero, row.standing_rank, row.name, row.id),
    "price": lambda row: (row.price is None, row.price, row.name, row.id),
    "price-desc": lambda row: (row.price is None, -(row.price or 0), row.name, row.id),
    "name": lambda row: (row.name, row.id),
    "newest": lambda row: (-row.published_at.timestamp(), -row.id),
}
_FACETS: Final = ("province", "stars", "group", "kind", "standing", "stock")
Sets = Mapping[Any, int]


@dataclass(frozen=True, slots=True)
class GroupName:
    """A product group in both languages."""

    code: str
    name_vi: str
    name_en: str


@dataclass(frozen=True, eq=False)
class FacetIndex:
    """The published products on one day, as the database had them at one moment.

    `rows` are in the recommended order; a set by value has a bit for each place in it. `by_province` knows today's and
    former provinces by id.
    """

    on: dt.date
    groups: tuple[GroupName, ...]
    rows: Sequence[Indexed]
    _sets: Mapping[str, Sets] = field(repr=False)
    _heads: Mapping[str, frozenset[int]] = field(repr=False)
    _by_id: Mapping[int, Indexed] = field(repr=False)
    _orders: dict[str, tuple[int, ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, rows: Iterable[Indexed], groups: tuple[GroupName, ...], on: dt.date) -> FacetIndex:
        """The index of these products, given in any order."""
        ordered = sorted(rows)
        places: Mapping[str, defaultdict[Any, list[int]]] = {name: defaultdict(list) for name in _FACETS}
        heads: defaultdict[str, list[int]] = defaultdict(list)
        for place, row in enumerate(ordered):
            for name, values in row.facets:
                for value in values:
                    places[name][value].append(place)
            for head in row.heads:
                heads[head].append(row.id)
        return cls(
            on=on,
            groups=groups,
            rows=ordered,
            _sets={
                name: {value: _set(at) for value, at in by_value.items()} for name, by_value in places.items()
            },
            _heads={head: frozenset(ids) for head, ids in heads.items()},
            _by_id={row.id: row for row in ordered},
        )

    @property
    def by_province(self) -> Sets:
        return self._sets["province"]

    @property
    def by_stars(self) -> Sets:
        return self._sets["stars"]

    @property
    def by_group(self) -> Sets:
        return self._sets["group"]

    @property
    def by_kind(self) -> Sets:
        return self._sets["kind"]

    @property
    def by_standing(self) -> Sets:
        return self._sets["standing"]

    @property
    def in_stock(self) -> int:
        return self._sets["stock"].get(True, 0)

    @property
    def everything(self) -> int:
        """The set of all products."""
        return (1 << len(self.rows)) - 1

    @cached_property
    def ids(self) -> tuple[int, ...]:
        return tuple(row.id for row in self.rows)

    @cached_property
    def place_of(self) -> Mapping[int, int]:
        """By id the place in the recommended order."""
        return {row.id: place for place, row in enumerate(self.rows)}

    def set_of(self, ids: Iterable[int]) -> int:
        """The set of these products; ids that are not in the index are passed over."""
        return _set([place for i in ids if (place := self.place_of.get(i)) is not None])

    def flags(self, chosen: int) -> bytes:
        """A set as a byte for each place, 1 for those in it: many places are looked up faster so."""
        return f"{chosen:0{len(self.rows)}b}"[::-1].encode().translate(_BITS)

    def select(self, chosen: int, order: Iterable[int] | None = None) -> Iterator[int]:
        """The ids in a set, in the recommended order or in that of the places given."""
        flags = self.flags(chosen)
        if order is None:
            return compress(self.ids, flags)
        return (self.rows[place].id for place in order if flags[place])

    def order(self, name: str) -> tuple[int, ...] | None:
        """Every place in another order, sorted the first time it is asked for; None is the recommended order."""
        depends_on("order", name)
        if name == RECOMMENDED:
            return None
        known = self._orders.get(name)
        if known is None:
            key = _ORDERS[name]
            known = tuple(sorted(range(len(self.rows)), key=lambda place: key(self.rows[place])))
            self._orders[name] = known
        return known

    def named_alike(self, head: str, most: int) -> list[int]:
        """The first `most` products whose name begins with this word, or these two."""
        depends_on("head", head)
        return nsmallest(most, self._heads.get(head, ()), key=self.place_of.__getitem__)

    def related(self, today_province: str, group: str) -> Iterator[int]:
        """The products of a group from one of today's provinces."""
        depends_on("related", f"{today_province} {group}")
        return self.select(self.by_province.get(today_province, 0) & self.by_group.get(group, 0))

    def changed(self, newest: Mapping[int, Indexed | None]) -> tuple[FacetIndex, set[str]]:
        """The index with these products as they are now (None: no longer published), and what followed from it."""
        rows, by_id, heads = list(self.rows), dict(self._by_id), dict(self._heads)
        sets = {name: dict(by_value) for name, by_value in self._sets.items()}
        orders, follows = dict(self._orders), set[str]()
        for product_id, new in newest.items():
            old = by_id.pop(product_id, None)
            if new is not None:
                by_id[product_id] = new
            if old == new:
                continue
            moved = _move(rows, sets, old, new)
            follows |= _follows(old, new, moved=moved)
            for name in list(orders):
                if moved or f"order:{name}" in follows:
                    del orders[name]
            for head in old.heads if old else ():
                heads[head] = heads[head] - {product_id}
            for head in new.heads if new else ():
                heads[head] = heads.get(head, frozenset()) | {product_id}
        return FacetIndex(self.on, self.groups, rows, sets, heads, by_id, orders), follows


def _move(
    rows: list[Indexed], sets: Mapping[str, dict[Any, int]], old: Indexed | None, new: Indexed | None
) -> bool:
    """Take a product from its place, put it into the one it has now, and return whether that is another."""
    left = came = -1
    if old is not None:
        left = bisect_left(rows, old)
        del rows[left]
        below = (1 << left) - 1
        for by_value in sets.values():
            for value, bits in by_value.items():
                by_value[value] = bits & below | bits >> left + 1 << left
    if new is not None:
        came = bisect_left(rows, new)
        rows.insert(came, new)
        below, here = (1 << came) - 1, 1 << came
        for name, values in new.facets:
            by_value = sets[name]
            by_value.update({value: 0 for value in values if value not in by_value})
            for value, bits in by_value.items():
                by_value[value] = bits & below | bits >> came << came + 1 | (here if value in values else 0)
    for by_value in sets.values():
        for value in [value for value, bits in by_value.items() if not bits]:
            del by_value[value]
    return left != came


def _follows(old: Indexed | None, new: Indexed | None, *, moved: bool) -> set[str]:
    """What of the index answers otherwise, now that this product is another."""
    if old is None or new is None:
        follows = {"facets", *(f"order:{name}" for name in _ORDERS)}
    else:
        follows = {f"order:{name}" for name, key in _ORDERS.items() if key(old) != key(new)}
        if old.facets != new.facets:
            follows.add("facets")
        moved = moved or old.heads != new.heads or old.related != new.related
    if moved:
        follows.add(f"order:{RECOMMENDED}")
        for row in filter(None, (old, new)):
            follows |= {f"related:{row.related}", *(f"head:{head}" for head in row.heads)}
    return follows


def _set(places: Collection[int]) -> int:
    bits = bytearray(max(places) // 8 + 1) if places else bytearray()
    for place in places:
        bits[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(bits, "little")


class LiveIndex:
    """The index as the database has it, for the day that is asked for."""

    def __init__(self, engine: Engine, log: ChangeLog) -> None:
        self._engine = engine
        self._log = log
        self._index: FacetIndex | None = None
        log.follow(self._follow)

    def at(self, on: dt.date) -> FacetIndex:
        """The index of this Vietnam day, with everything committed until now."""
        self._log.look()
        index = self._index
        if index is None or index.on != on:
            with self._log.lock:  # nothing is applied while it is read; others wait and take what was read
                index = self._index
                if index is None or index.on != on:
                    index = self._index = self._read(on)
        return index

    def _read(self, on: dt.date) -> FacetIndex:
        with self._engine.connect() as connection:
            groups = connection.execute(
                sa.select(ProductGroup.code, ProductGroup.name_vi, ProductGroup.name_en).order_by(
                    ProductGroup.position
                )
            )
            names = tuple(GroupName(*row) for row in groups)
            return FacetIndex.of(read_indexed(connection, on), names, on)

    def _follow(self, topics: Collection[str]) -> set[str]:
        index = self._index
        ids = {int(topic[8:]) for topic in topics if topic.startswith("product:")}
        if index is None or not (ids or EVERYTHING in topics):
            return set()
        if EVERYTHING in topics or len(ids) > _MANY:
            self._index = None
            return {EVERYTHING}
        with self._engine.connect() as connection:
            newest = {row.id: row for row in read_indexed(connection, index.on, ids)}
        self._index, follows = index.changed({i: newest.get(i) for i in ids})
        return follows


def current_index(on: dt.date) -> FacetIndex:
    """The index of this Vietnam day as the database has it now, for a caller that declares which part of it is used."""
    return part(LiveIndex).at(on)


def facet_index(on: dt.date) -> FacetIndex:
    """The index of this Vietnam day as the database has it now. What is counted of it may change with any product."""
    depends_on_any("facets")
    return current_index(on)


def in_order(ids: Iterable[int], on: dt.date) -> list[int]:
    """The products in the recommended order; those not published are left out."""
    index, wanted = current_index(on), list(ids)
    depends_on("product", *wanted)
    return list(index.select(index.set_of(wanted)))
