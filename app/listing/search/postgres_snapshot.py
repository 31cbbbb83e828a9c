"""One state of PostgreSQL's search tables, as far as the queries of this process met it."""

import sys
from array import array
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, text

from app.listing.search.correction import KnownWord, WordList
from app.listing.search.ranking import Order, Places, TierCache, Tiers
from app.listing.search.words import QueryWord

PATCHED: Final = 20
"""Up to so many changed products are put into the snapshot at hand; with more of them a new one is quicker."""
_CHANGES: Final = text(
    "SELECT version, products FROM product_search_change WHERE version >= :known ORDER BY version"
)
_LATEST: Final = text("SELECT max(version) FROM product_search_change")
_ORDER: Final = text(
    "SELECT string_agg(int8send(product_id), ''), string_agg(float8send(prior), '') "
    "FROM (SELECT product_id, prior FROM product_search ORDER BY prior DESC, product_id) AS ordered"
)
_STANDS: Final = (
    "SELECT CASE {best} ELSE '{least}' END, head = :head, string_agg(int8send(product_id), '') "
    "FROM product_search WHERE document @@ CAST(:asked AS tsquery) GROUP BY 1, 2"
)
_BEST_OF_WHOLE: Final = (
    "WHEN exact @@ CAST(:exact AS tsquery) THEN 'exact' WHEN name @@ CAST(:whole AS tsquery) THEN 'name'"
)
_WHOLE: Final = text(_STANDS.format(best=_BEST_OF_WHOLE, least="anywhere"))
_UNFINISHED: Final = text(
    _STANDS.format(
        best=f"{_BEST_OF_WHOLE} WHEN name @@ CAST(:asked AS tsquery) THEN 'begins_in_name' "
        "WHEN document @@ CAST(:whole AS tsquery) THEN 'anywhere'",
        least="begins_anywhere",
    )
)
_PRODUCTS: Final = text(
    "SELECT product_id, prior, tsvector_to_array(exact), tsvector_to_array(name), tsvector_to_array(document), head "
    "FROM product_search WHERE product_id = ANY(:products)"
)
_WORDS: Final = text("SELECT word, accented, products FROM product_search_word")


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What the tables hold at one version: the order of all products, and the tiers of the words asked for so far.

    It is never brought to another version, so that a thread may go on with it; `current` makes the one that follows.
    """

    version: int
    order: Order
    known: TierCache = field(default_factory=TierCache)
    _vocabulary: list[WordList] = field(default_factory=list)

    def tiers(self, connection: Connection, word: QueryWord) -> Tiers:
        """Return where a word stands; `connection` must see the snapshot's version."""
        return self.known.get(word, lambda word: self._read_tiers(connection, word))

    def vocabulary(self, connection: Connection) -> WordList:
        """Return the words of this version, read when the first query finds nothing."""
        if not self._vocabulary:
            self._vocabulary.append(WordList(KnownWord(*row) for row in connection.execute(_WORDS)))
        return self._vocabulary[0]

    def _read_tiers(self, connection: Connection, word: QueryWord) -> Tiers:
        facts = {
            "exact": _ask(word.exact),
            "whole": _ask(word.folded),
            "asked": _ask(word.folded, word.prefix),
            "head": word.folded,
        }
        places_of: dict[str, int] = {}
        for place, heads, packed in connection.execute(_UNFINISHED if word.prefix else _WHOLE, facts):
            products = self.order.set_of(_numbers("q", packed))
            places_of[place] = places_of.get(place, 0) | products
            if heads:
                places_of["head"] = places_of.get("head", 0) | products
        return Places(**places_of).tiers()


def current(connection: Connection, known: Snapshot | None) -> Snapshot:
    """Return the snapshot of what `connection` sees: the known one, brought up to date where that is quicker.

    A known version that is in the tables no more is one of another history, as after a backup was restored.
    """
    if known is None:
        return _read(connection)
    versions = connection.execute(_CHANGES, {"known": known.version}).all()
    if not versions and not known.version:  # the tables were filled before changes were written down
        return known
    if not versions or versions[0][0] != known.version:
        return _read(connection)
    if len(versions) == 1:
        return known
    changed = [products for _, products in versions[1:]]
    if None in changed or sum(map(len, changed)) > PATCHED:
        return _read(connection)
    return _patched(
        connection, known, versions[-1][0], {product for products in changed for product in products}
    )


def _read(connection: Connection) -> Snapshot:
    version = connection.scalar(_LATEST) or 0
    ids, priors = connection.execute(_ORDER).one()
    return Snapshot(version, Order.of(_numbers("q", ids or b""), _numbers("d", priors or b"")))


def _patched(connection: Connection, known: Snapshot, version: int, changed: Collection[int]) -> Snapshot:
    """Return the known snapshot with these products as they are now: each leaves its place and is given a new one."""
    order, words = known.order, known.known.items()
    for product in changed:
        place = order.find(product)
        if place is not None:
            order = order.without(place)
            words = [(word, _closed_up(tiers, place)) for word, tiers in words]
    for product, prior, *row in connection.execute(_PRODUCTS, {"products": list(changed)}):
        order, place = order.having(product, prior)
        words = [(word, _opened(tiers, place, _places(word, *row))) for word, tiers in words]
    return Snapshot(version, order, TierCache(words))


def _places(word: QueryWord, exact: list[str], name: list[str], document: list[str], head: str) -> Places:
    """Return where a word stands in one product, as sets of that product or nothing."""
    begins_in_name = word.prefix and any(known.startswith(word.folded) for known in name)
    begins_anywhere = word.prefix and any(known.startswith(word.folded) for known in document)
    return Places(
        exact=int(word.exact in exact),
        name=int(word.folded in name),
        begins_in_name=int(begins_in_name),
        anywhere=int(word.folded in document),
        begins_anywhere=int(begins_anywhere),
        head=int(word.folded == head),
    )


def _closed_up(tiers: Tiers, place: int) -> Tiers:
    """Return the tiers without this place, all places after it moved down by one."""
    below = (1 << place) - 1
    left = {worth: (products & below) | (products >> place + 1 << place) for worth, products in tiers.items()}
    return {worth: products for worth, products in left.items() if products}


def _opened(tiers: Tiers, place: int, here: Places) -> Tiers:
    """Return the tiers with a product put in at this place, all places from there on moved up by one."""
    below = (1 << place) - 1
    more = {worth: (products & below) | (products >> place << place + 1) for worth, products in tiers.items()}
    for worth in here.tiers():
        more[worth] = more.get(worth, 0) | 1 << place
    return more


def _ask(word: str, prefix: bool = False) -> str:
    return f"'{word}':*" if prefix else f"'{word}'"


def _numbers(kind: str, packed: bytes) -> "array[Any]":
    """Read numbers as PostgreSQL sends them: eight bytes each, the highest first."""
    numbers = array(kind, packed)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers
