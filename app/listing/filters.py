"""What a visitor asks of the listing: reading an address, and writing it back in one canonical form."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.catalogue.models import PRODUCER_KINDS
from app.certification.standing import StandingState
from app.core.text import clean_line
from app.geography.lookup import Gazetteer
from app.geography.models import VN34, VN63, Scheme

STARS: Final = ("5", "4", "3", "0")
"""Drawn stars, solid or outlined; 0 is goods without a star today."""
UNGROUPED: Final = "none"
RELEVANCE: Final = "relevance"
RECOMMENDED: Final = "recommended"
SORTS: Final = (RECOMMENDED, RELEVANCE, "stars", "price", "price-desc", "name", "newest")
SCHEMES: Final = {"vn34": VN34, "vn63": VN63}
LONGEST_Q: Final = 200
LAST_PAGE: Final = 999_999_999
_PAGE: Final = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A value nobody knows: which parameter, and what was given (cut short)."""

    parameter: str
    value: str


@dataclass(frozen=True, slots=True)
class Filters:
    """A question to the listing. A facet's values are joined by or, the facets by and.

    `provinces` are slugs of either scheme; `scheme` only selects the facet's names; `sort` is None for the usual
    order (relevance when there is a text, else recommended).
    """

    q: str = ""
    provinces: tuple[str, ...] = ()
    stars: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    standings: tuple[str, ...] = ()
    in_stock: bool = False
    sort: str | None = None
    page: int = 1
    scheme: Scheme = VN34

    @property
    def order(self) -> str:
        """The order that applies; relevance means nothing without a text."""
        usual = RELEVANCE if self.q else RECOMMENDED
        return usual if self.sort is None or (self.sort == RELEVANCE and not self.q) else self.sort

    @property
    def narrowing(self) -> tuple[tuple[str, str], ...]:
        """The chosen values as pairs of parameter and value, without the text."""
        chosen = (
            ("province", self.provinces),
            ("stars", self.stars),
            ("group", self.groups),
            ("kind", self.kinds),
            ("standing", self.standings),
            ("in_stock", ("1",) if self.in_stock else ()),
        )
        return tuple((name, value) for name, values in chosen for value in values)

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The question as an address asks it, without the page, always in the same order."""
        rest = (
            ("scheme", "vn63" if self.scheme == VN63 else ""),
            ("sort", self.sort or ""),
        )
        text = (("q", self.q),) if self.q else ()
        return text + self.narrowing + tuple(pair for pair in rest if pair[1])


class _Reader:
    """Takes what is known from the parameters and remembers the rest."""

    def __init__(self, args: Mapping[str, Sequence[str]]) -> None:
        self._args = args
        self.dropped: list[Dropped] = []

    def several(self, name: str, known: Callable[[str], str | None]) -> tuple[str, ...]:
        taken: dict[str, None] = {}
        for value in self._values(name):
            accepted = known(value)
            if accepted is None:
                self._drop(name, value)
            else:
                taken[accepted] = None
        return tuple(taken)

    def at_most_one(self, name: str, known: Callable[[str], str | None]) -> str | None:
        taken = self.several(name, known)
        for value in taken[1:]:
            self._drop(name, value)
        return taken[0] if taken else None

    def _values(self, name: str) -> Iterable[str]:
        return (value.strip() for value in self._args.get(name, ()) if value.strip())

    def _drop(self, name: str, value: str) -> None:
        self.dropped.append(Dropped(name, value[:60]))


def _among(known: Collection[str]) -> Callable[[str], str | None]:
    return lambda value: value if value in known else None


def read_filters(
    args: Mapping[str, Sequence[str]], *, places: Gazetteer, groups: Collection[str]
) -> tuple[Filters, tuple[Dropped, ...]]:
    """The question in an address, and the values in it that nobody knows. Blank values and other names are passed over.

    `args` holds every value of a parameter in its order; `groups` are the codes of the product groups.
    """

    def province(slug: str) -> str | None:
        named = places.province_by_slug(slug.lower())
        return named.slug if named else None

    reader = _Reader(args)
    filters = Filters(
        q=clean_line(" ".join(args.get("q", ())[:1]))[:LONGEST_Q],
        provinces=reader.several("province", province),
        stars=reader.several("stars", _among(STARS)),
        groups=reader.several("group", _among({*groups, UNGROUPED})),
        kinds=reader.several("kind", _among(PRODUCER_KINDS)),
        standings=reader.several("standing", _among(tuple(StandingState))),
        in_stock=reader.at_most_one("in_stock", _among(("0", "1"))) == "1",
        sort=reader.at_most_one("sort", _among(SORTS)),
        page=int(reader.at_most_one("page", lambda value: value if _PAGE.fullmatch(value) else None) or 1),
        scheme=SCHEMES[reader.at_most_one("scheme", _among(SCHEMES)) or "vn34"],
    )
    return filters, tuple(reader.dropped)
