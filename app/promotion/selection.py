"""The goods of a showcase: choosing, saying why, and the order they stand in.

The order favours nobody by accident: it follows a stated rule, and moving an item by hand makes the rule "by hand",
which the page then shows.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Product
from app.core.audit import Actor
from app.core.errors import Conflict, InvalidInput
from app.core.text import clean_line, fold
from app.promotion.models import Showcase, ShowcaseItem
from app.promotion.showcases import BY_HAND, BY_HASH, BY_NAME, LONGEST, RULES, NothingChosen, locked, record

MOST_ITEMS: Final = 200


class AlreadyChosen(Conflict):
    """The product is in this showcase already."""

    code = "already-chosen"


class NotInShowcase(Conflict):
    """Somebody took the product out meanwhile."""

    code = "not-in-showcase"


def hash_key(showcase_slug: str, product_slug: str) -> str:
    """Where a product stands by the hash rule: SHA-256 of ``<showcase>/<product>`` (their slugs), as hex digits.

    Anybody can compute it again; the showcase's slug makes it another order at every fair.
    """
    return hashlib.sha256(f"{showcase_slug}/{product_slug}".encode()).hexdigest()


def add_item(
    session: Session, showcase_id: int, *, product_id: int, note: str, actor: Actor, now: dt.datetime
) -> ShowcaseItem:
    """Choose a product; it takes the place its showcase's rule gives, by hand the last.

    Raises NotFound (showcase), InvalidInput (product unknown or hidden, note too long, too many), AlreadyChosen.
    """
    showcase = locked(session, showcase_id)
    product = session.get(Product, product_id)
    if product is None or product.published_at is None:
        raise InvalidInput("unknown-product", field="product_id")
    if any(item.product_id == product_id for item in showcase.items):
        raise AlreadyChosen(field="product_id", name=product.name)
    if len(showcase.items) >= MOST_ITEMS:
        raise InvalidInput("too-many-items", field="product_id", most=MOST_ITEMS)
    item = ShowcaseItem(product_id=product_id, position=len(showcase.items) + 1, note=_note(note))
    showcase.items.append(item)
    session.flush()
    _put_in_order(session, showcase)
    record(session, "showcase.item-added", showcase, actor, now, product_id=product_id)
    return item


def note_item(
    session: Session, showcase_id: int, *, product_id: int, note: str, actor: Actor, now: dt.datetime
) -> None:
    """Change or remove the text about a chosen product. Raises NotFound, NotInShowcase, InvalidInput."""
    showcase = locked(session, showcase_id)
    _item(showcase, product_id).note = _note(note)
    record(session, "showcase.item-noted", showcase, actor, now, product_id=product_id)


def move_item(
    session: Session, showcase_id: int, *, product_id: int, up: bool, actor: Actor, now: dt.datetime
) -> None:
    """Move an item one place; from then on the order is one made by hand. At the end of the list nothing moves.

    Raises NotFound, NotInShowcase.
    """
    showcase = locked(session, showcase_id)
    item = _item(showcase, product_id)
    index = showcase.items.index(item)
    other = index - 1 if up else index + 1
    if not 0 <= other < len(showcase.items):
        return
    items = list(showcase.items)
    items[index], items[other] = items[other], items[index]
    _number(items)
    showcase.order_rule = BY_HAND
    record(session, "showcase.item-moved", showcase, actor, now, product_id=product_id, place=other + 1)


def remove_item(
    session: Session, showcase_id: int, *, product_id: int, actor: Actor, now: dt.datetime
) -> None:
    """Take a product out. A published showcase loses its last one only by being hidden first.

    Raises NotFound, NotInShowcase, NoGoods.
    """
    showcase = locked(session, showcase_id)
    item = _item(showcase, product_id)
    if showcase.published_at is not None and len(showcase.items) == 1:
        raise NothingChosen
    showcase.items.remove(item)
    _number(showcase.items)
    record(session, "showcase.item-removed", showcase, actor, now, product_id=product_id)


def order_items(session: Session, showcase_id: int, *, rule: str, actor: Actor, now: dt.datetime) -> None:
    """Put the goods in the order of a rule; "hand" leaves the present one. Raises NotFound, InvalidInput."""
    if rule not in RULES:
        raise InvalidInput("unknown-rule", field="rule")
    showcase = locked(session, showcase_id)
    showcase.order_rule = rule
    _put_in_order(session, showcase)
    record(session, "showcase.ordered", showcase, actor, now, rule=rule)


def _item(showcase: Showcase, product_id: int) -> ShowcaseItem:
    for item in showcase.items:
        if item.product_id == product_id:
            return item
    raise NotInShowcase


def _note(note: str) -> str | None:
    note = clean_line(note)
    if len(note) > LONGEST["note"]:
        raise InvalidInput("too-long", field="note", most=LONGEST["note"])
    return note or None


def _put_in_order(session: Session, showcase: Showcase) -> None:
    if showcase.order_rule not in (BY_HASH, BY_NAME):
        return
    rows = session.execute(
        sa.select(Product.id, Product.slug, Product.name).where(
            Product.id.in_([item.product_id for item in showcase.items])
        )
    )
    by_hash = showcase.order_rule == BY_HASH
    keys = {
        product_id: hash_key(showcase.slug, slug) if by_hash else f"{fold(name)}\0{slug}"
        for product_id, slug, name in rows
    }
    _number(sorted(showcase.items, key=lambda item: keys[item.product_id]))


def _number(items: list[ShowcaseItem]) -> None:
    for position, item in enumerate(items, start=1):
        item.position = position
