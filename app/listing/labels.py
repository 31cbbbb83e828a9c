"""Labels of places, standings and codes in the language of the request, for the code that builds pages.

They are written as macros of components; see `app.web.labels`.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from app.certification.standing import Standing, StandingState
from app.geography.lookup import Province
from app.geography.places import PlaceView
from app.web.labels import draw, label
from app.web.language import language

_PLACE: Final = "components/place.html"
_STANDING: Final = "components/standing.html"
_LISTING: Final = "listing/labels.html"


def place_label(place: PlaceView) -> str:
    """A place as at its time, and its name today where that is another."""
    return label(_PLACE, "place_label", place)


def province_label(then: str, now: str) -> str:
    """A province by its names then and now: "Yên Bái, nay thuộc Lào Cai"."""
    return label(_PLACE, "province_label", then, now)


def province_name(province: Province) -> str:
    """A province of either scheme; a former one is marked as such."""
    return label(_PLACE, "province_name", province)


def related_label(province: Province, names: Sequence[str]) -> str:
    """The former provinces that make up one of today's, or the one that holds a former province today."""
    return label(_PLACE, "related_label", province.is_today, ", ".join(names))


def state_label(state: str) -> str:
    """A state of a standing."""
    return label(_STANDING, "state_label", state)


def rank_label(rank: int | None) -> str:
    """A number of stars; None is a rank that nobody knows."""
    return label(_STANDING, "rank_label", rank)


def ocop_label(stars: int | None) -> str:
    """The title of a certificate: "OCOP 4 sao"."""
    return label(_STANDING, "ocop_label", stars)


def standing_label(standing: Standing) -> str:
    """Rank and last day in one line, or why there is no rank."""
    return _label(language(), "standing_label", _facts(standing))


def standing_sentence(standing: Standing) -> str:
    """The same with the name of the programme; empty where no star may be named."""
    return _label(language(), "standing_sentence", _facts(standing))


def stars(standing: Standing, *, big: bool = False) -> Markup:
    """The stars of a standing with their label, as components/stars.html draws them."""
    return _stars(language(), _facts(standing), big)


def example_mark() -> Markup:
    """The mark of what is an example, as components/example.html draws it."""
    return _example_mark(language())


def example_price_label() -> str:
    """A price that nobody asks."""
    return label("components/price.html", "example_price_label")


def counts_label(in_force: int, unconfirmed: int) -> str:
    """How many certificates of a rank are in force and how many unconfirmed."""
    return label(_STANDING, "counts_label", in_force, unconfirmed)


def short_counts_label(in_force: int, unconfirmed: int) -> str:
    """The same in a narrow list of choices."""
    return label(_STANDING, "short_counts_label", in_force, unconfirmed)


def kind_label(kind: str) -> str:
    """A kind of producer."""
    return label(_LISTING, "kind_label", kind)


def stars_label(value: str) -> str:
    """A number of stars as a choice of the listing; "0" is the choice without any."""
    return label(_LISTING, "stars_label", value)


def listing_label(macro: str, *args: str | int) -> str:
    """Any other label of the listing, by its macro in listing/labels.html."""
    return label(_LISTING, macro, *args)


_Facts = tuple[StandingState, int | None, dt.date | None, int | None, dt.date | None, bool]


def _facts(standing: Standing) -> _Facts:
    """The text of a standing's label. Many standings share it, so each label is drawn a few hundred times."""
    return (
        standing.state,
        standing.stars,
        standing.until,
        standing.recognised_year,
        standing.withdrawn_on,
        standing.potential_five,
    )


def _standing(facts: _Facts) -> Standing:
    state, rank, until, recognised_year, withdrawn_on, potential_five = facts
    return Standing(
        state=state,
        reason="",
        on=dt.date.min,  # no label shows the day
        stars=rank,
        until=until,
        recognised_year=recognised_year,
        withdrawn_on=withdrawn_on,
        potential_five=potential_five,
    )


@functools.lru_cache(maxsize=8192)
def _label(_language: str, macro: str, facts: _Facts) -> str:
    return draw(_STANDING, macro, _standing(facts)).unescape()


@functools.lru_cache(maxsize=8192)
def _stars(_language: str, facts: _Facts, big: bool) -> Markup:
    return draw("components/stars.html", "stars", _standing(facts), big)


@functools.cache
def _example_mark(_language: str) -> Markup:
    return draw("components/example.html", "example_pill")
