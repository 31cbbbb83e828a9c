"""Ranking with sets of products, the same for both engines.

A set is an integer with a bit for each product of the index, in the order that settles ties (`Order`). A word divides
the products it stands in into tiers: disjoint sets by what the word is worth there. Tiers of several words are added by
intersecting them, which takes microseconds however many products there are; ids are read off the sums, best tier first,
and nothing has to be sorted.
"""

import sys
import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import Any, Final

from app.listing.search.finding import Matches
from app.listing.search.words import (
    ANYWHERE,
    BEGINS_ANYWHERE,
    BEGINS_IN_NAME,
    EXACT_IN_NAME,
    HEADS_NAME,
    IN_NAME,
    QueryWord,
)

Tiers = Mapping[float, int]
"""Disjoint sets of products by worth."""

_CACHE_BYTES: Final = 16 << 20
"""Memory for the tiers of words already read: some 400 words of 100,000 products, all of them at 20,000."""
_DENSE: Final = (
    20  # with more than one product in so many, going through all of them is faster than looking for each
)
_ONE: Final = ord("1")
_BITS: Final = bytes(n - 48 if n in (48, 49) else n for n in range(256))


@dataclass(frozen=True, slots=True)
class Places:
    """Where one word stands, each a set of products; `begins_*` are for unfinished words, `head` is the first word."""

    exact: int = 0
    name: int = 0
    begins_in_name: int = 0
    anywhere: int = 0
    begins_anywhere: int = 0
    head: int = 0

    def tiers(self) -> dict[float, int]:
        """Give each product the worth of the best place where the word stands in it."""
        taken = 0
        tiers = defaultdict[float, int](int)
        for worth, place in (
            (EXACT_IN_NAME, self.exact),
            (IN_NAME, self.name),
            (BEGINS_IN_NAME, self.begins_in_name),
            (ANYWHERE, self.anywhere),
            (BEGINS_ANYWHERE, self.begins_anywhere),
        ):
            here = place ^ (place & taken)
            taken |= here
            tiers[worth + HEADS_NAME] |= here & self.head
            tiers[worth] |= here ^ (here & self.head)
        return {worth: products for worth, products in tiers.items() if products}


def add_tiers(of_words: Iterable[Tiers]) -> Tiers:
    """Return the products that stand in the tiers of every word, by the sum of their worths."""
    each = iter(of_words)
    sums = next(each)
    for tiers in each:
        if not sums:
            return sums
        both = defaultdict[float, int](int)
        for total, matched in sums.items():
            for worth, products in tiers.items():
                if common := matched & products:
                    both[total + worth] |= common
        sums = both
    return sums


@dataclass(frozen=True, eq=False)
class Order:
    """Every product of an index by falling prior, then by id. Its place here is its bit in a set."""

    ids: tuple[int, ...]
    priors: tuple[float, ...]

    @classmethod
    def of(cls, ids: Iterable[int], priors: Iterable[float]) -> "Order":
        """Make an order of ids and priors that stand in it already."""
        same: dict[float, float] = {}  # a hundred thousand products have a few dozen priors
        return cls(tuple(ids), tuple(same.setdefault(prior, prior) for prior in priors))

    @cached_property
    def place_of(self) -> Mapping[int, int]:
        """The place of each id."""
        return {product: place for place, product in enumerate(self.ids)}

    def set_of(self, ids: Iterable[int]) -> int:
        """Return the set of these products, all of the index."""
        return set_of(map(self.place_of.__getitem__, ids), len(self.ids))

    def find(self, product: int) -> int | None:
        """Return the place of one product, if it is there."""
        try:
            return self.ids.index(product)
        except ValueError:
            return None

    def without(self, place: int) -> "Order":
        """Return the same order but for one product."""
        return Order(self.ids[:place] + self.ids[place + 1 :], self.priors[:place] + self.priors[place + 1 :])

    def having(self, product: int, prior: float) -> tuple["Order", int]:
        """Return the same order with one product more, and the place that it has."""
        place = bisect_left(
            range(len(self.ids)), (-prior, product), key=lambda at: (-self.priors[at], self.ids[at])
        )
        ids = (*self.ids[:place], product, *self.ids[place:])
        return Order(ids, (*self.priors[:place], prior, *self.priors[place:])), place

    def ranked(self, tiers: Tiers, limit: int | None) -> Matches:
        """Return the products of the tiers, best first."""
        ids: list[int] = []
        scores: list[float] = []
        for score in sorted(tiers, reverse=True):
            ids_here, priors_here = picked(tiers[score], self.ids, self.priors)
            ids += ids_here
            scores += [score + prior for prior in priors_here]
            if limit is not None and len(ids) >= limit:
                break
        total = sum(products.bit_count() for products in tiers.values())
        return Matches(tuple(ids[:limit]), tuple(scores[:limit]), total)


def set_of(places: Iterable[int], size: int) -> int:
    """Return the set of these places, all below `size`."""
    digits = bytearray(b"0") * (size + 1)
    for place in places:
        digits[~place] = _ONE
    return int(digits, 2)


def picked(products: int, *columns: tuple[Any, ...]) -> list[Iterable[Any]]:
    """Return, from columns with an entry for each product of the index, the entries of the products in a set."""
    digits = f"{products:b}"[::-1]
    if products.bit_count() * _DENSE > len(digits):
        flags = digits.encode().translate(_BITS)
        return [compress(column, flags) for column in columns]
    places: list[int] = []
    place = digits.find("1")
    while place >= 0:
        places.append(place)
        place = digits.find("1", place + 1)
    return [map(column.__getitem__, places) for column in columns]


class TierCache:
    """The tiers of the words asked for last, as many as fit in `_CACHE_BYTES`. Safe between threads."""

    def __init__(self, known: Iterable[tuple[QueryWord, Tiers]] = ()) -> None:
        self._lock = threading.Lock()
        self._tiers: dict[QueryWord, Tiers] = {}
        self._bytes = 0
        for word, tiers in known:
            self._store(word, tiers)

    def get(self, word: QueryWord, read: Callable[[QueryWord], Tiers]) -> Tiers:
        """Return the tiers of a word, read when they are not known."""
        with self._lock:
            tiers = self._tiers.pop(word, None)
            if tiers is not None:
                self._tiers[word] = tiers  # now the last that is dropped
                return tiers
        tiers = read(word)
        with self._lock:
            if word not in self._tiers:
                self._store(word, tiers)
        return tiers

    def items(self) -> list[tuple[QueryWord, Tiers]]:
        """Every word known now, with its tiers."""
        with self._lock:
            return list(self._tiers.items())

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._tiers.clear()
            self._bytes = 0

    def _store(self, word: QueryWord, tiers: Tiers) -> None:
        self._tiers[word] = tiers
        self._bytes += _size(tiers)
        while self._bytes > _CACHE_BYTES and len(self._tiers) > 1:
            self._bytes -= _size(self._tiers.pop(next(iter(self._tiers))))


def _size(tiers: Tiers) -> int:
    return sys.getsizeof(tiers) + sum(map(sys.getsizeof, tiers.values()))
