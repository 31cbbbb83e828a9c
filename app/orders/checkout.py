"""Placing an order: one transaction in which the database judges doubles, prices and stock."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app.certification.standing import Standing, standings
from app.core.audit import Actor, record
from app.core.clock import vietnam_day
from app.core.errors import Conflict, InvalidInput
from app.core.ids import ALPHABET, public_id
from app.core.names import checked_name
from app.geography.communes import communes_of
from app.geography.models import VN34
from app.listing.goods import Goods, goods
from app.orders.cart import empty_cart, hold_cart
from app.orders.models import Cart, CartLine, Order, OrderGroup, OrderLine, OrderLineBatch
from app.orders.notifications import notify_of_order
from app.supply.stock import Allocation, allocate_stock

TOKEN_LENGTH = 26
CASH_ON_DELIVERY = "cod"
_TOKEN = re.compile(f"[{ALPHABET}]{{{TOKEN_LENGTH}}}")


class PriceChanged(Conflict):
    """The total is no longer the one the buyer saw (both in đồng); nothing was ordered."""

    code = "price-changed"

    def __init__(self, shown: int, total: int) -> None:
        self.shown, self.total = shown, total
        super().__init__(shown=shown, total=total)


class CartEmpty(Conflict):
    """Nothing to order."""

    code = "cart-empty"


@dataclass(frozen=True, slots=True)
class Contact:
    """Who receives and where. `phone` in E.164; the units are today's (VN34)."""

    name: str
    phone: str
    email: str | None
    province_id: str
    commune_id: str
    address: str
    note: str | None = None


def checkout_token() -> str:
    """A fresh token for a checkout page: whatever is submitted with it becomes one order at most."""
    return public_id(TOKEN_LENGTH)


def place_order(
    session: Session,
    *,
    cart: Cart | None,
    token: str,
    contact: Contact,
    shown_total: int,
    user_id: int | None,
    language: str,
    actor: Actor,
    now: dt.datetime,
) -> OrderGroup:
    """Order what is in the cart; the same token again, even at the same moment, gives the same order.

    Raises InvalidInput at token, name or commune, CartEmpty, NotForSale, PriceChanged, OutOfStock; then nothing is
    ordered and the cart is as it was.
    """
    if not _TOKEN.fullmatch(token):
        raise InvalidInput("checkout-token", field="token")
    _check_place(session, contact)
    contact = replace(contact, name=checked_name(contact.name))
    group = _claim_token(session, token, contact, shown_total, user_id=user_id, language=language, now=now)
    if group is None:
        return session.scalars(sa.select(OrderGroup).where(OrderGroup.checkout_token == token)).one()
    demands = _demands(session, cart)
    bought = goods(session, list(demands))
    _check_prices(bought, demands, shown_total)
    allocations = allocate_stock(session, demands, reference=group.public_id, now=now, actor=actor)
    ranks = standings(session, {item.product_id for item in bought.values()}, vietnam_day(now))
    lines = _lines(bought, demands, allocations, ranks)
    _open_orders(session, group, bought, lines, actor=actor, now=now)
    assert cart is not None
    empty_cart(session, cart)
    notify_of_order(session, group, now=now)
    return group


def _check_place(session: Session, contact: Contact) -> None:
    known = (unit.id for unit in communes_of(session, contact.province_id) if unit.scheme == VN34)
    if contact.commune_id not in known:
        raise InvalidInput("commune-not-in-province", field="commune")


def _claim_token(
    session: Session,
    token: str,
    contact: Contact,
    total: int,
    *,
    user_id: int | None,
    language: str,
    now: dt.datetime,
) -> OrderGroup | None:
    """The group under its UNIQUE token, written before anything else; None when an earlier submission holds it.

    The database judges: a submission of the same token that is still under way is waited for.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    claim = (
        insert(OrderGroup)
        .values(
            public_id=public_id(20),
            checkout_token=token,
            user_id=user_id,
            buyer_name=contact.name,
            phone=contact.phone,
            email=contact.email,
            province_id=contact.province_id,
            commune_id=contact.commune_id,
            address=contact.address,
            note=contact.note,
            payment_method=CASH_ON_DELIVERY,
            total=total,
            language=language,
            placed_at=now,
        )
        .on_conflict_do_nothing(index_elements=["checkout_token"])
        .returning(OrderGroup)
    )
    group = session.scalar(claim)
    if group is not None:
        set_committed_value(group, "orders", [])  # it is new, so there is nothing to ask for
    return group


def _demands(session: Session, cart: Cart | None) -> dict[int, int]:
    """Units by variant, the cart held: of two checkouts of one cart the second finds it empty."""
    if cart is not None:
        hold_cart(session, cart)
        rows = session.execute(
            sa.select(CartLine.variant_id, CartLine.quantity)
            .where(CartLine.cart_id == cart.id)
            .order_by(CartLine.id)
        ).all()
        if rows:
            return {row.variant_id: row.quantity for row in rows}
    raise CartEmpty


def _check_prices(bought: dict[int, Goods], demands: dict[int, int], shown_total: int) -> None:
    total = sum(bought[variant].require_for_sale() * units for variant, units in demands.items())
    total += sum(_fees(bought.values()).values())
    if total != shown_total:
        raise PriceChanged(shown_total, total)


def _fees(bought: Iterable[Goods]) -> dict[int, int]:
    """The flat delivery fee (đồng) of each producer's parcel."""
    return {item.producer_id: item.delivery_fee or 0 for item in bought if item.producer_id is not None}


def _lines(
    bought: dict[int, Goods],
    demands: dict[int, int],
    allocations: Sequence[Allocation],
    ranks: dict[int, Standing],
) -> dict[int, list[OrderLine]]:
    """The lines of each producer's parcel, every unit bound to its batch."""
    parcels: defaultdict[int, list[OrderLine]] = defaultdict(list)
    for variant_id, units in demands.items():
        item = bought[variant_id]
        assert item.producer_id is not None
        from_batches = [allocation for allocation in allocations if allocation.variant_id == variant_id]
        parcels[item.producer_id].append(_line(item, units, ranks[item.product_id], from_batches))
    return parcels


def _open_orders(
    session: Session,
    group: OrderGroup,
    bought: dict[int, Goods],
    parcels: dict[int, list[OrderLine]],
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    fees = _fees(bought.values())
    names = {item.producer_id: item.producer_name or "" for item in bought.values()}
    stem = f"{vietnam_day(now):%y%m%d}-{public_id(8).upper()}"
    for position, (producer_id, lines) in enumerate(parcels.items(), start=1):
        goods_total = sum(line.total for line in lines)
        order = Order(
            number=f"{stem}-{position}",
            group=group,
            producer_id=producer_id,
            producer_name=names[producer_id],
            goods_total=goods_total,
            delivery_fee=fees[producer_id],
            total=goods_total + fees[producer_id],
            placed_at=now,
            state_at=now,
            lines=lines,
        )
        session.add(order)
    session.flush()
    for order in group.orders:
        facts = {"number": order.number, "total": order.total}
        record(session, "order.placed", ("order", order.id), actor=actor, now=now, **facts)


def _line(item: Goods, units: int, rank: Standing, from_batches: Sequence[Allocation]) -> OrderLine:
    price = item.require_for_sale()
    return OrderLine(
        variant_id=item.variant_id,
        product_slug=item.slug,
        product_name=item.name,
        pack=item.pack,
        unit_price=price,
        quantity=units,
        total=price * units,
        standing=rank.state,
        stars=rank.stars,
        stars_until=rank.until,
        recognised_year=rank.recognised_year,
        batches=[
            OrderLineBatch(batch_id=part.batch_id, batch_code=part.batch_code, quantity=part.quantity)
            for part in from_batches
        ],
    )
