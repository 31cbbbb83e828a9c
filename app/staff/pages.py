"""View models of the fairs as the staff see them: the list, one fair with its goods, and its form."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from flask import url_for

from app.certification.standing import Standing
from app.listing.card_view import card_place
from app.listing.cards import Card
from app.listing.products import Listing
from app.promotion.labels import dates_label, place_label, rule_label
from app.promotion.queries import Chosen, Fair, ShowcasePage
from app.promotion.showcases import BY_HAND, BY_HASH, BY_NAME
from app.web.components import Action, Crumb, Option
from app.web.filters import number
from app.web.language import gettext, ngettext


@dataclass(frozen=True, slots=True)
class FairLine:
    """A fair as a row of the list. state: open, soon or over."""

    name: str
    url: str
    place: str
    dates: str
    goods: int
    published: bool
    state: str


@dataclass(frozen=True, slots=True)
class FairsPage:
    """Every fair."""

    rows: tuple[FairLine, ...]


@dataclass(frozen=True, slots=True)
class FoundLine:
    """A product that the search has found."""

    id: int
    name: str
    producer: str
    standing: Standing
    chosen: bool


@dataclass(frozen=True, slots=True)
class FoundPanel:
    """What the search for goods has found; `note` says how much and how it was read."""

    note: str
    rows: tuple[FoundLine, ...]


@dataclass(frozen=True, slots=True)
class ItemLine:
    """A product of the fair at its place. The first cannot go up, the last cannot go down."""

    id: int
    slug: str
    place: int
    name: str
    producer: str
    standing: Standing
    visible: bool
    note: str
    first: bool
    last: bool


@dataclass(frozen=True, slots=True)
class FairPage:
    """One fair with its goods in their order, and the search for more (`found` is None before a search)."""

    id: int
    name: str
    crumbs: tuple[Crumb, ...]
    when_and_where: str
    published: bool
    state: str
    order_rule: str
    tools: tuple[Action, ...]
    query: str
    found: FoundPanel | None
    items_title: str
    rule: str
    rules: tuple[Option, ...]
    items: tuple[ItemLine, ...]


@dataclass(frozen=True, slots=True)
class FairFormPage:
    """The form of what a fair says of itself."""

    title: str
    crumbs: tuple[Crumb, ...]
    action: str
    submit: str
    cancel_url: str


def fairs_page(fairs: Iterable[Fair]) -> FairsPage:
    """The list of these fairs."""
    return FairsPage(tuple(_fair_line(fair) for fair in fairs))


def _fair_line(fair: Fair) -> FairLine:
    return FairLine(
        name=fair.name,
        url=fair_url(fair),
        place=place_label(fair),
        dates=dates_label(fair),
        goods=fair.goods,
        published=fair.published,
        state=fair.state,
    )


def fair_url(fair: Fair) -> str:
    """The fair's page in this portal."""
    return url_for("staff.fair", showcase_id=fair.id)


def _first_crumb() -> Crumb:
    return Crumb(gettext("Phiên chợ"), url_for("staff.home"))


def producer_label(card: Card) -> str:
    """Who makes a product and where, as far as it is known."""
    producer = card.producer or gettext("Chưa rõ cơ sở")
    return f"{producer}, {card_place(card)}"


def fair_page(page: ShowcasePage, query: str, found: Listing | None) -> FairPage:
    """The page of one fair. `found` is what the search for `query` has found, None without a search."""
    fair = page.fair
    return FairPage(
        id=fair.id,
        name=fair.name,
        crumbs=(_first_crumb(), Crumb(fair.name)),
        when_and_where=f"{dates_label(fair)} · {place_label(fair)}",
        published=fair.published,
        state=fair.state,
        order_rule=fair.order_rule,
        tools=tuple(_tools(fair)),
        query=query,
        found=_found(found, {item.card.id for item in page.items}) if found else None,
        items_title=ngettext("%(num)s món đã chọn", "%(num)s món đã chọn", len(page.items)),
        rule=rule_label(fair),
        rules=_rules(fair.order_rule),
        items=_items(page.items),
    )


def _tools(fair: Fair) -> Iterable[Action]:
    yield Action(gettext("Sửa"), url_for("staff.edit_fair", showcase_id=fair.id), icon="edit")
    if fair.published:
        yield Action(gettext("Xem trang"), url_for("promotion.showcase", slug=fair.slug), icon="eye")
        yield Action(
            gettext("Gỡ xuống"),
            url_for("staff.hide", showcase_id=fair.id),
            method="post",
            confirm=gettext("Gỡ trang này xuống? Các món đã chọn vẫn còn."),
        )
    else:
        url = url_for("staff.publish", showcase_id=fair.id)
        yield Action(gettext("Công bố"), url, kind="main", icon="check", method="post")


def _found(found: Listing, chosen: Collection[int]) -> FoundPanel:
    return FoundPanel(
        note=_found_note(found),
        rows=tuple(
            FoundLine(card.id, card.name, producer_label(card), card.standing, card.id in chosen)
            for card in found.cards
        ),
    )


def _found_note(found: Listing) -> str:
    note = ngettext("%(n)s sản phẩm", "%(n)s sản phẩm", found.total, n=number(found.total))
    shown = len(found.cards)
    if found.total > shown:
        narrower = gettext("đây là %(n)s món đầu; viết thêm chữ để hẹp lại", n=shown)
        note = f"{note}, {narrower}"
    if not found.corrected:
        return note
    corrected = gettext("Tìm theo “%(text)s”.", text=found.corrected)
    return f"{note}. {corrected}"


def _rules(current: str) -> tuple[Option, ...]:
    labels = {
        BY_HASH: gettext("Theo mã băm của tên, không ai được ưu tiên"),
        BY_NAME: gettext("Theo tên, A đến Z"),
        BY_HAND: gettext("Xếp tay, bằng nút lên xuống"),
    }
    return tuple(Option(rule, label, selected=rule == current) for rule, label in labels.items())


def _items(items: Sequence[Chosen]) -> tuple[ItemLine, ...]:
    return tuple(
        ItemLine(
            id=item.card.id,
            slug=item.card.slug,
            place=item.place,
            name=item.card.name,
            producer=producer_label(item.card),
            standing=item.card.standing,
            visible=item.visible,
            note=item.note or "",
            first=n == 1,
            last=n == len(items),
        )
        for n, item in enumerate(items, start=1)
    )


def new_fair_page() -> FairFormPage:
    """The form of a new fair."""
    title = gettext("Mở phiên chợ")
    return FairFormPage(
        title=title,
        crumbs=(_first_crumb(), Crumb(title)),
        action=url_for("staff.make_fair"),
        submit=title,
        cancel_url=url_for("staff.home"),
    )


def change_fair_page(fair: Fair) -> FairFormPage:
    """The form of a fair that is there."""
    return FairFormPage(
        title=fair.name,
        crumbs=(_first_crumb(), Crumb(fair.name, fair_url(fair)), Crumb(gettext("Sửa"))),
        action=url_for("staff.change_fair", showcase_id=fair.id),
        submit=gettext("Lưu"),
        cancel_url=fair_url(fair),
    )
