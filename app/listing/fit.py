"""The order of an answer to a text: by how well it fits, and then by what a buyer can have."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from app.certification.standing import StandingState
from app.geography.lookup import Gazetteer
from app.listing.index import FacetIndex
from app.listing.search import SearchHits
from app.listing.search.words import STEP


def by_fit(index: FacetIndex, places: Gazetteer, q: str, hits: SearchHits, matching: int) -> Iterator[int]:
    """The ids of `matching`, best first, worked out as far as they are asked for.

    Goods from a province that the text names come first: "mật ong hòa bình" asks for honey from there, not for one
    from Bình Sơn that is made of hoa. Then the words decide, and among goods they fit equally what is on sale under
    stars comes before the rest, and what has lapsed or was withdrawn last.
    """
    named = places.named_in(q)
    there = index.everything
    if named:
        there = 0
        for province in named:
            there |= index.by_province.get(province.id, 0)
    starred = _standing(index, StandingState.IN_FORCE) | _standing(index, StandingState.UNCONFIRMED)
    ended = _standing(index, StandingState.LAPSED) | _standing(index, StandingState.WITHDRAWN)
    on_sale = starred & index.in_stock
    sells, ends = index.flags(on_sale), index.flags(ended)
    for where in filter(None, (matching & there, matching & ~there)):
        counts = index.flags(where)
        for tier in _tiers(hits):
            later: tuple[list[int], list[int]] = ([], [])
            for product in tier:
                place = index.place_of.get(product)
                if place is None or not counts[place]:
                    continue
                if sells[place]:
                    yield product
                else:
                    later[ends[place]].append(product)
            yield from later[0]
            yield from later[1]


def _standing(index: FacetIndex, state: StandingState) -> int:
    return index.by_standing.get(state, 0)


def _tiers(hits: SearchHits) -> Iterator[tuple[int, ...]]:
    """The hits in runs that the words fit equally; what stands below a step in a score only settles ties."""
    start = 0
    while start < len(hits.ids):
        least = hits.scores[start] // STEP * STEP
        end = bisect_right(hits.scores, -least, lo=start, key=lambda score: -score)
        yield hits.ids[start:end]
        start = end
