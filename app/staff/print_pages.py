"""View models of what is printed for a fair: booth cards, four A6 on a sheet of A4, and the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import url_for

from app.certification.standing import Standing
from app.listing.card_view import card_place
from app.listing.labels import example_price_label
from app.promotion.labels import dates_label, place_label, rule_label
from app.promotion.queries import Chosen, ShowcasePage
from app.staff.pages import fair_url
from app.web.filters import vnd
from app.web.language import gettext, ngettext

CARDS_A_SHEET: Final = 4


@dataclass(frozen=True, slots=True)
class PrintedProduct:
    """A product on paper, with the address of its picture code; `price` is empty where it is not for sale."""

    slug: str
    place: int
    name: str
    picture: str
    standing: Standing
    producer: str
    origin: str
    note: str | None
    price: str
    code_url: str


@dataclass(frozen=True, slots=True)
class CardsPage:
    """Booth cards, sheet by sheet."""

    name: str
    dates: str
    back_url: str
    total: int
    sheets: tuple[tuple[PrintedProduct, ...], ...]


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """The goods of a fair on paper."""

    name: str
    when_and_where: str
    introduction: str | None
    back_url: str
    total: int
    count: str
    rule: str
    products: tuple[PrintedProduct, ...]


def cards_page(page: ShowcasePage) -> CardsPage:
    """The cards of the goods that customers see."""
    products = _products(page)
    return CardsPage(
        name=page.fair.name,
        dates=dates_label(page.fair),
        back_url=fair_url(page.fair),
        total=len(products),
        sheets=_sheets(products),
    )


def _sheets(products: Sequence[PrintedProduct]) -> tuple[tuple[PrintedProduct, ...], ...]:
    firsts = range(0, len(products), CARDS_A_SHEET)
    return tuple(tuple(products[first : first + CARDS_A_SHEET]) for first in firsts)


def catalogue_page(page: ShowcasePage) -> CataloguePage:
    """The catalogue of the goods that customers see."""
    fair, products = page.fair, _products(page)
    return CataloguePage(
        name=fair.name,
        when_and_where=f"{dates_label(fair)} · {place_label(fair)}",
        introduction=fair.introduction,
        back_url=fair_url(fair),
        total=len(products),
        count=ngettext("%(num)s món", "%(num)s món", len(products)),
        rule=rule_label(fair),
        products=products,
    )


def _products(page: ShowcasePage) -> tuple[PrintedProduct, ...]:
    return tuple(_product(item) for item in page.items if item.visible)


def _product(item: Chosen) -> PrintedProduct:
    card = item.card
    return PrintedProduct(
        slug=card.slug,
        place=item.place,
        name=card.name,
        picture=card.picture,
        standing=card.standing,
        producer=card.producer or gettext("Chưa rõ cơ sở"),
        origin=card_place(card),
        note=item.note,
        price=_price(item),
        code_url=url_for("staff.code", slug=card.slug),
    )


def _price(item: Chosen) -> str:
    card = item.card
    if not card.price:
        return ""
    pack = f" / {card.pack}" if card.pack else ""
    example = example_price_label()
    return f"{vnd(card.price)}{pack} ({example})" if card.example else f"{vnd(card.price)}{pack}"
