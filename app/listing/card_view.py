"""A product as the card component draws it: every choice made, every label ready."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from app.core.text import highlight
from app.listing.cards import Card
from app.listing.labels import example_mark, listing_label, province_label, stars
from app.web.components import Pill
from app.web.filters import vnd

_NEAR_ITS_END: Final = 60
"""Days before the end of a certificate from which a card shows it."""


@dataclass(frozen=True, slots=True)
class CardView:
    """One product of a list. `price` is that of one `unit`; `stars` and the mark of an `example` are drawn."""

    slug: str
    name: str
    url: str
    picture: str
    state: str
    drawn_stars: int
    stars: Markup
    producer: str | None
    place: str
    price: str
    unit: str | None
    example: Markup
    pills: tuple[Pill, ...]


def card_views(cards: Iterable[Card], terms: Sequence[str] = ()) -> tuple[CardView, ...]:
    """The cards as they are drawn; `terms` are the folded words of a search, marked in name and producer."""
    query = " ".join(terms)
    return tuple(card_view(card, query) for card in cards)


def card_view(card: Card, query: str = "") -> CardView:
    """One card."""
    return CardView(
        slug=card.slug,
        name=marked(card.name, query) if query else card.name,
        url=card.path,
        picture=card.picture,
        state=card.standing.state,
        drawn_stars=card.standing.drawn_stars,
        stars=stars(card.standing),
        producer=marked(card.producer, query) if query and card.producer else card.producer,
        place=card_place(card),
        price=vnd(card.price),
        unit=card.pack,
        example=example_mark() if card.example else Markup(),
        pills=tuple(_pills(card)),
    )


def card_place(card: Card) -> str:
    """The province of the product's time, and today's where that bears another name."""
    if card.province == card.today_province:
        return card.province
    return province_label(card.province, card.today_province)


def _pills(card: Card) -> Iterable[Pill]:
    days_left = card.standing.days_left
    if days_left is not None and days_left <= _NEAR_ITS_END:
        yield Pill(listing_label("days_left_label", days_left), "warn")
    if card.adults:
        yield Pill(listing_label("adults_label"), "na")
    if card.sold_out:
        yield Pill(listing_label("sold_out_label"), "na")


def marked(text: str, query: str) -> str:
    """The text with words marked that begin with a word of the query; Markup where there are any."""
    segments = highlight(text, query)
    if not any(segment.hit for segment in segments):
        return text
    return Markup().join(
        Markup("<mark>%s</mark>") % segment.text if segment.hit else segment.text for segment in segments
    )
