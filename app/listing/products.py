"""The listing: text ∩ standing ∩ stock ∩ facets. The page, the API and the tests call this one function."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import PRODUCER_KINDS, Product
from app.catalogue.queries import names_hold
from app.certification.standing import StandingState
from app.core.caching import depends_on_any, is_passing
from app.core.text import tokens
from app.geography.lookup import Gazetteer, Province, gazetteer
from app.geography.models import VN34
from app.listing.cards import Card, cards
from app.listing.filters import RELEVANCE, STARS, UNGROUPED, Filters
from app.listing.fit import by_fit
from app.listing.index import FacetIndex, facet_index
from app.listing.search import SearchBackend, SearchHits, SearchUnavailable

PER_PAGE: Final = 24


@dataclass(frozen=True, slots=True)
class Option:
    """A value of a facet: how many products there would be with it, the other facets as they are.

    `in_force` and `unconfirmed` are counted apart on values that draw stars, else None.
    """

    value: str
    count: int
    checked: bool
    in_force: int | None = None
    unconfirmed: int | None = None


@dataclass(frozen=True, slots=True)
class ProvinceOption:
    """A province as a value: of either scheme, with the former provinces it holds, or today's that holds it."""

    province: Province
    count: int
    checked: bool
    related: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facets:
    """Every facet's values. A facet's own choice does not narrow its counts (disjunctive counting)."""

    provinces: tuple[ProvinceOption, ...]
    stars: tuple[Option, ...]
    groups: tuple[Option, ...]
    kinds: tuple[Option, ...]
    standings: tuple[Option, ...]
    in_stock: Option


@dataclass(frozen=True, slots=True)
class WayOut:
    """A chosen value without which something would be found, and how much."""

    parameter: str
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of an answer. `cards` are at most `PER_PAGE`; `total` counts all.

    `in_force` and `unconfirmed` count those of the total with a certificate surely or perhaps in force. `corrected`
    is the text that was searched in place of one nobody uses; `terms` the words to highlight. `degraded`: the engine
    does not answer and names were compared instead. `ways_out` is filled only when nothing was found.
    """

    filters: Filters
    cards: tuple[Card, ...]
    total: int
    in_force: int
    unconfirmed: int
    facets: Facets
    corrected: str | None
    terms: tuple[str, ...]
    degraded: bool
    ways_out: tuple[WayOut, ...]
    everything: int


def list_products(session: Session, search: SearchBackend, filters: Filters, *, on: dt.date) -> Listing:
    """The products a question finds on a Vietnam day, a page of them, and the facets' counts."""
    index = facet_index(on)
    places = gazetteer(session)
    hits, degraded = _hits(session, search, places.part_names(filters.q))
    text = index.everything if hits is None else index.set_of(hits.ids)
    sets = _chosen_sets(index, places, filters)
    matching = _all(text, sets.values())
    ids = _page(index, places, matching, hits, filters)
    return Listing(
        filters=filters,
        cards=cards(session, ids, on=on),
        total=matching.bit_count(),
        in_force=(matching & index.by_standing.get(StandingState.IN_FORCE, 0)).bit_count(),
        unconfirmed=(matching & index.by_standing.get(StandingState.UNCONFIRMED, 0)).bit_count(),
        facets=_facets(index, places, filters, text, sets),
        corrected=hits.corrected if hits else None,
        terms=hits.terms if hits else (),
        degraded=degraded,
        ways_out=() if matching else tuple(_ways_out(index, places, filters, text)),
        everything=len(index.rows),
    )


def _hits(session: Session, search: SearchBackend, q: str) -> tuple[SearchHits | None, bool]:
    """What the text finds (None: there is no text), and whether the engine was away."""
    if not q:
        return None, False
    depends_on_any("search")
    try:
        return search.query(q), False
    except SearchUnavailable:
        is_passing()
        words = tokens(q)
        if not words:
            return SearchHits(), True
        ids = session.scalars(
            sa.select(Product.id).where(*names_hold(q, Product.folded)).order_by(Product.folded, Product.id)
        )
        found = tuple(ids)
        return SearchHits(ids=found, scores=(0.0,) * len(found), total=len(found), terms=tuple(words)), True


def _all(start: int, sets: Iterable[int]) -> int:
    for chosen in sets:
        start &= chosen
    return start


def _union(sets: Mapping[str, int], values: Iterable[str]) -> int:
    joined = 0
    for value in values:
        joined |= sets.get(value, 0)
    return joined


def _chosen_sets(index: FacetIndex, places: Gazetteer, filters: Filters) -> dict[str, int]:
    """By facet in use, the products that have one of its chosen values."""
    chosen: dict[str, int] = {}
    if filters.provinces:
        ids = [p.id for slug in filters.provinces if (p := places.province_by_slug(slug))]
        chosen["province"] = _union(index.by_province, ids)
    for name, sets, values in (
        ("stars", index.by_stars, filters.stars),
        ("group", index.by_group, filters.groups),
        ("kind", index.by_kind, filters.kinds),
        ("standing", index.by_standing, filters.standings),
    ):
        if values:
            chosen[name] = _union(sets, values)
    if filters.in_stock:
        chosen["in_stock"] = index.in_stock
    return chosen


def _page(
    index: FacetIndex, places: Gazetteer, matching: int, hits: SearchHits | None, filters: Filters
) -> list[int]:
    """The ids of the page that is asked for; none past the last."""
    if filters.order == RELEVANCE and hits is not None:
        ordered: Iterable[int] = by_fit(index, places, hits.corrected or filters.q, hits, matching)
    else:
        ordered = index.select(matching, index.order(filters.order))
    start = (filters.page - 1) * PER_PAGE
    if start >= matching.bit_count():
        return []
    return list(islice(ordered, start, start + PER_PAGE))


def _facets(
    index: FacetIndex, places: Gazetteer, filters: Filters, text: int, sets: Mapping[str, int]
) -> Facets:
    def others(name: str) -> int:
        return _all(text, (chosen for facet, chosen in sets.items() if facet != name))

    groups = (*(group.code for group in index.groups), UNGROUPED)
    return Facets(
        provinces=_provinces(index, places, filters, others("province")),
        stars=_stars(index, filters, others("stars")),
        groups=_options(index.by_group, groups, filters.groups, others("group")),
        kinds=_options(index.by_kind, PRODUCER_KINDS, filters.kinds, others("kind"), hide_empty=True),
        standings=_options(index.by_standing, tuple(StandingState), filters.standings, others("standing")),
        in_stock=Option("1", (others("in_stock") & index.in_stock).bit_count(), filters.in_stock),
    )


def _options(
    sets: Mapping[str, int],
    values: Iterable[str],
    chosen: tuple[str, ...],
    among: int,
    *,
    hide_empty: bool = False,
) -> tuple[Option, ...]:
    counted = (
        Option(value, (among & sets.get(value, 0)).bit_count(), value in chosen)
        for value in values
        if not hide_empty or value in sets or value in chosen
    )
    return tuple(counted)


def _stars(index: FacetIndex, filters: Filters, among: int) -> tuple[Option, ...]:
    solid = among & index.by_standing.get(StandingState.IN_FORCE, 0)
    outlined = among & index.by_standing.get(StandingState.UNCONFIRMED, 0)

    def option(value: str) -> Option:
        drawn = index.by_stars.get(value, 0)
        checked = value in filters.stars
        if value == "0":
            return Option(value, (among & drawn).bit_count(), checked)
        in_force, unconfirmed = (solid & drawn).bit_count(), (outlined & drawn).bit_count()
        return Option(value, (among & drawn).bit_count(), checked, in_force, unconfirmed)

    return tuple(option(value) for value in STARS)


def _provinces(
    index: FacetIndex, places: Gazetteer, filters: Filters, among: int
) -> tuple[ProvinceOption, ...]:
    """The provinces of the scheme shown that have something, the fullest first, and chosen ones of the other before."""

    def option(province: Province) -> ProvinceOption:
        if province.scheme == VN34:
            related = tuple(
                p.short_name for p in places.former_of(province.id) if p.short_name != province.short_name
            )
        else:
            now = places.today_of(province.id)
            related = (now.short_name,) if now.short_name != province.short_name else ()
        count = (among & index.by_province.get(province.id, 0)).bit_count()
        return ProvinceOption(province, count, province.slug in filters.provinces, related)

    shown = [option(province) for province in places.provinces(filters.scheme)]
    shown = [entry for entry in shown if entry.count or entry.checked]
    shown.sort(key=lambda entry: -entry.count)
    elsewhere = (places.province_by_slug(slug) for slug in filters.provinces)
    return (*(option(p) for p in elsewhere if p and p.scheme != filters.scheme), *shown)


def _ways_out(index: FacetIndex, places: Gazetteer, filters: Filters, text: int) -> Iterable[WayOut]:
    """What to let go when nothing is found: each chosen value, and the text, without which something is there."""
    removals: dict[str, Callable[[str], Filters]] = {
        "province": lambda v: replace(filters, provinces=tuple(x for x in filters.provinces if x != v)),
        "stars": lambda v: replace(filters, stars=tuple(x for x in filters.stars if x != v)),
        "group": lambda v: replace(filters, groups=tuple(x for x in filters.groups if x != v)),
        "kind": lambda v: replace(filters, kinds=tuple(x for x in filters.kinds if x != v)),
        "standing": lambda v: replace(filters, standings=tuple(x for x in filters.standings if x != v)),
        "in_stock": lambda v: replace(filters, in_stock=False),
    }
    for name, value in filters.narrowing:
        left = _chosen_sets(index, places, removals[name](value))
        count = _all(text, left.values()).bit_count()
        if count:
            yield WayOut(name, value, count)
    if filters.q and filters.narrowing:
        count = _all(index.everything, _chosen_sets(index, places, filters).values()).bit_count()
        if count:
            yield WayOut("q", filters.q, count)
