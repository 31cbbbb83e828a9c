"""Fairs as their templates draw them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from flask import url_for
from markupsafe import Markup

from app.listing.card_view import CardView, card_place, card_view
from app.listing.labels import stars
from app.promotion.labels import dates_label, place_label, rule_label
from app.promotion.queries import OPEN, OVER, SOON, Chosen, Fair, ShowcasePage
from app.shop.storefront.presentation.head import Head, home_crumb
from app.web.canonical import page_links
from app.web.components import Crumb
from app.web.excerpt import excerpt
from app.web.language import gettext, ngettext, pgettext
from app.web.pagination import Address

RUN = 8
"""Cards between two goods that are shown large."""
_LONGEST_DESCRIPTION = 180


@dataclass(frozen=True, slots=True)
class FairCard:
    """A fair in a list. state: open, soon or over."""

    url: str
    name: str
    dates: str
    summary: str
    pictures: tuple[str, ...]
    state: str


@dataclass(frozen=True, slots=True)
class FairSection:
    """The fairs of one state."""

    state: str
    title: str
    fairs: tuple[FairCard, ...]


@dataclass(frozen=True, slots=True)
class ShowcasesView:
    """The list of fairs."""

    head: Head
    lead: str
    total: int
    crumbs: tuple[Crumb, ...]
    sections: tuple[FairSection, ...]


@dataclass(frozen=True, slots=True)
class Pick:
    """A product that is shown large; `flip` puts its picture to the other side."""

    slug: str
    state: str
    drawn_stars: int
    stars: Markup
    picture: str
    lazy: bool
    flip: bool
    name: str
    url: str
    note: str | None
    producer: str | None
    place: str
    price: int | None
    unit: str | None
    example: bool
    button: str


@dataclass(frozen=True, slots=True)
class FairCardNoted:
    """A product of a fair as a card, with what the staff says of it."""

    card: CardView
    note: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """A product shown large, and the cards that follow it."""

    pick: Pick
    cards: tuple[FairCardNoted, ...]


@dataclass(frozen=True, slots=True)
class ShowcaseView:
    """The page of one fair."""

    head: Head
    crumbs: tuple[Crumb, ...]
    name: str
    state: str
    order_rule: str
    rule: str
    introduction: str | None
    dates_title: str
    dates: str
    place: str
    total: int
    goods: str
    provinces: str
    pictures: tuple[str, ...]
    runs: tuple[Run, ...]


def fair_card(fair: Fair) -> FairCard:
    """A fair as its card."""
    goods = ngettext("%(num)s món", "%(num)s món", fair.goods)
    return FairCard(
        url=url_for("promotion.showcase", slug=fair.slug),
        name=fair.name,
        dates=dates_label(fair),
        summary=gettext("%(place)s, %(goods)s", place=place_label(fair), goods=goods),
        pictures=tuple(card.picture for card in fair.first),
        state=fair.state,
    )


def present_showcases(fairs: Sequence[Fair]) -> ShowcasesView:
    """The list of fairs, by their state."""
    lead = gettext("Sản phẩm OCOP do các ban tổ chức chọn cho từng phiên, có lời ghi và thứ tự nói rõ.")
    return ShowcasesView(
        head=Head(gettext("Phiên chợ OCOP"), lead, page_links(Address(url_for("promotion.index")))),
        lead=lead,
        total=len(fairs),
        crumbs=(home_crumb(), Crumb(gettext("Phiên chợ"))),
        sections=tuple(_sections(fairs)),
    )


def _sections(fairs: Iterable[Fair]) -> Iterator[FairSection]:
    titles = {OPEN: gettext("Đang mở"), SOON: gettext("Sắp mở"), OVER: gettext("Đã qua")}
    for state, title in titles.items():
        cards = tuple(fair_card(fair) for fair in fairs if fair.state == state)
        if cards:
            yield FairSection(state, title, cards)


def present_showcase(page: ShowcasePage) -> ShowcaseView:
    """A fair's goods in their stated order, one large before every `RUN` cards."""
    fair, total = page.fair, len(page.items)
    summary = fair.introduction or _summary(fair)
    return ShowcaseView(
        head=Head(
            fair.name,
            excerpt(summary, _LONGEST_DESCRIPTION),
            page_links(Address(url_for("promotion.showcase", slug=fair.slug))),
        ),
        crumbs=(home_crumb(), Crumb(gettext("Phiên chợ"), url_for("promotion.index")), Crumb(fair.name)),
        name=fair.name,
        state=fair.state,
        order_rule=fair.order_rule,
        rule=rule_label(fair),
        introduction=fair.introduction,
        dates_title=gettext("Mở từ") if fair.state == SOON else gettext("Ngày mở"),
        dates=dates_label(fair),
        place=place_label(fair),
        total=total,
        goods=ngettext("%(num)s món từ", "%(num)s món từ", total) if total else "",
        provinces=ngettext("%(num)s tỉnh, thành", "%(num)s tỉnh, thành", page.provinces),
        pictures=tuple(card.picture for card in fair.first),
        runs=tuple(_runs(page.items)),
    )


def _summary(fair: Fair) -> str:
    goods = ngettext("%(num)s món", "%(num)s món", fair.goods)
    return gettext(
        "%(goods)s ở %(place)s, %(dates)s.",
        goods=goods,
        place=place_label(fair),
        dates=dates_label(fair),
    )


def _runs(items: Sequence[Chosen]) -> Iterator[Run]:
    for number, start in enumerate(range(0, len(items), RUN + 1)):
        first, *others = items[start : start + RUN + 1]
        cards = (FairCardNoted(card_view(item.card), item.note) for item in others)
        yield Run(_pick(first, flip=number % 2 == 1), tuple(cards))


def _pick(item: Chosen, *, flip: bool) -> Pick:
    card = item.card
    return Pick(
        slug=card.slug,
        state=card.standing.state,
        drawn_stars=card.standing.drawn_stars,
        stars=stars(card.standing),
        picture=card.picture,
        lazy=item.place > 1,
        flip=flip,
        name=card.name,
        url=card.path,
        note=item.note,
        producer=card.producer,
        place=card_place(card),
        price=card.price,
        unit=card.pack,
        example=card.example,
        button=gettext("Xem và mua") if card.in_stock else pgettext("one", "Xem sản phẩm"),
    )
