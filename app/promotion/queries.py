"""What pages show of showcases: lists with their state on a day, one with its goods as cards of that day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Product
from app.core.caching import depends_on, depends_on_any
from app.core.errors import NotFound
from app.geography.lookup import gazetteer
from app.listing.cards import Card, cards
from app.promotion.models import Showcase, ShowcaseItem
from app.promotion.showcases import BY_HAND

OPEN: Final = "open"
SOON: Final = "soon"
OVER: Final = "over"
PICTURES: Final = 3


@dataclass(frozen=True, slots=True)
class Fair:
    """A fair in a list: its state on the day (open, soon, over), how many goods it shows, the first three of them."""

    id: int
    slug: str
    name: str
    place: str
    province_id: str | None
    province: tuple[str, str] | None
    starts_on: dt.date
    ends_on: dt.date
    introduction: str | None
    order_rule: str
    published: bool
    state: str
    goods: int
    first: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A product of a showcase: its card of the day, its place from 1 on, what the staff writes about it."""

    card: Card
    place: int
    note: str | None
    visible: bool


@dataclass(frozen=True, slots=True)
class ShowcasePage:
    """A showcase with its goods in their order. `provinces` counts today's provinces they come from."""

    fair: Fair
    items: tuple[Chosen, ...]
    provinces: int


def state_on(starts_on: dt.date, ends_on: dt.date, on: dt.date) -> str:
    """Whether a fair is open, soon or over on a day; its first and last day belong to it."""
    if on < starts_on:
        return SOON
    return OPEN if on <= ends_on else OVER


def published_fairs(session: Session, on: dt.date, *, over: bool = True) -> list[Fair]:
    """The fairs people may see: open ones by their end, those to come by their start, past ones the latest first."""
    depends_on_any("showcase")
    statement = sa.select(Showcase).where(Showcase.published_at.is_not(None))
    if not over:
        statement = statement.where(Showcase.ends_on >= on)
    fairs = _fairs(session, session.scalars(statement).all(), on, shown_only=True)
    rank = {OPEN: 0, SOON: 1, OVER: 2}
    day = {
        OPEN: lambda f: f.ends_on.toordinal(),
        SOON: lambda f: f.starts_on.toordinal(),
        OVER: lambda f: -f.ends_on.toordinal(),
    }
    return sorted(fairs, key=lambda fair: (rank[fair.state], day[fair.state](fair), fair.id))


def all_fairs(session: Session, on: dt.date) -> list[Fair]:
    """Every fair, the one that begins last first, for the staff."""
    rows = session.scalars(sa.select(Showcase).order_by(Showcase.starts_on.desc(), Showcase.id.desc())).all()
    return _fairs(session, rows, on, shown_only=False)


def _fairs(session: Session, rows: Sequence[Showcase], on: dt.date, *, shown_only: bool) -> list[Fair]:
    """In two queries and those of the cards, however many fairs there are."""
    ids = [row.id for row in rows]
    chosen = (
        sa.select(ShowcaseItem.showcase_id, ShowcaseItem.product_id, Product.published_at.is_not(None))
        .join(Product, Product.id == ShowcaseItem.product_id)
        .where(ShowcaseItem.showcase_id.in_(ids))
        .order_by(ShowcaseItem.showcase_id, ShowcaseItem.position)
    )
    goods: dict[int, list[int]] = {}
    for showcase_id, product_id, visible in session.execute(chosen):
        depends_on("product", product_id)
        if visible or not shown_only:
            goods.setdefault(showcase_id, []).append(product_id)
    first = {i for product_ids in goods.values() for i in product_ids[:PICTURES]}
    card_of = {card.id: card for card in cards(session, sorted(first), on=on)}
    return [
        _fair(
            session,
            row,
            on,
            goods=len(goods.get(row.id, ())),
            first=tuple(card_of[i] for i in goods.get(row.id, ())[:PICTURES]),
        )
        for row in rows
    ]


def _fair(session: Session, row: Showcase, on: dt.date, *, goods: int, first: tuple[Card, ...]) -> Fair:
    names = gazetteer(session)
    return Fair(
        id=row.id,
        slug=row.slug,
        name=row.name,
        place=row.place,
        province_id=row.province_id,
        province=names.province_then_and_now(row.province_id) if row.province_id else None,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        introduction=row.introduction,
        order_rule=row.order_rule or BY_HAND,
        published=row.published_at is not None,
        state=state_on(row.starts_on, row.ends_on, on),
        goods=goods,
        first=first,
    )


def published_showcase(session: Session, slug: str, on: dt.date) -> ShowcasePage:
    """A showcase people may see, with those of its goods that are published. Raises NotFound."""
    row = session.scalar(sa.select(Showcase).where(Showcase.slug == slug, Showcase.published_at.is_not(None)))
    if row is None:
        raise NotFound
    return _page(session, row, on, shown_only=True)


def showcase_of(session: Session, showcase_id: int, on: dt.date) -> ShowcasePage:
    """A showcase with all that was chosen for it, for the staff. Raises NotFound."""
    row = session.get(Showcase, showcase_id)
    if row is None:
        raise NotFound
    return _page(session, row, on, shown_only=False)


def _page(session: Session, row: Showcase, on: dt.date, *, shown_only: bool) -> ShowcasePage:
    depends_on("showcase", row.id)
    chosen = session.execute(
        sa.select(ShowcaseItem.product_id, ShowcaseItem.note, Product.published_at.is_not(None))
        .join(Product, Product.id == ShowcaseItem.product_id)
        .where(ShowcaseItem.showcase_id == row.id)
        .order_by(ShowcaseItem.position)
    ).all()
    depends_on("product", *(i for i, _, _ in chosen))
    notes = {i: note for i, note, visible in chosen if visible or not shown_only}
    hidden = {i for i, _, visible in chosen if not visible}
    shown = cards(session, list(notes), on=on)
    items = tuple(
        Chosen(card, place, notes[card.id], card.id not in hidden)
        for place, card in enumerate(shown, start=1)
    )
    return ShowcasePage(
        fair=_fair(session, row, on, goods=len(items), first=shown[:PICTURES]),
        items=items,
        provinces=len({card.today_province_id for card in shown}),
    )
