"""The cart: what a visitor means to buy, for guests by a token in their session, for members by who they are."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.certification.standing import Standing, standings
from app.core.clock import vietnam_day
from app.core.errors import Busy, Conflict, InvalidInput, NotFound
from app.core.ids import ALPHABET, public_id
from app.listing.goods import Goods, NotForSale, goods, goods_by_public_id
from app.orders.models import Cart, CartLine
from app.supply.queries import BatchOnSale, batches_on_sale, sellable
from app.supply.stock import OutOfStock

MOST_UNITS = 999
MOST_LINES = 60
TOKEN_LENGTH = 26  # 130 bits: knowing it is owning the cart


@dataclass(frozen=True)
class CartLineView:
    """A line as it stands today. `available` units can be sold; `batch` is the one that would be sent next."""

    goods: Goods
    quantity: int
    available: int
    batch: BatchOnSale | None
    standing: Standing

    @property
    def problem(self) -> str | None:
        """Why the line cannot be ordered: a reason of NotForSale, sold-out or too-few; None when it can."""
        if self.goods.refusal:
            return self.goods.refusal
        if self.available == 0:
            return "sold-out"
        return "too-few" if self.available < self.quantity else None

    @property
    def refusal(self) -> NotForSale | OutOfStock | None:
        """What ordering this line would be refused with; None when it can be ordered."""
        if self.goods.refusal:
            return NotForSale(self.goods.variant_id, self.goods.refusal, self.goods.name)
        if self.available < self.quantity:
            return OutOfStock(self.goods.variant_id, self.quantity, self.available)
        return None

    @property
    def total(self) -> int:
        """Đồng."""
        return (self.goods.price or 0) * self.quantity


@dataclass(frozen=True)
class ParcelView:
    """What one producer sends: its lines and one delivery fee, in đồng."""

    producer_id: int | None
    producer_name: str | None
    producer_slug: str | None
    province_id: str | None
    delivery_fee: int
    lines: tuple[CartLineView, ...]

    @property
    def goods_total(self) -> int:
        return sum(line.total for line in self.lines)


@dataclass(frozen=True)
class CartView:
    """A cart by parcels, in the order in which they were begun. Sums in đồng."""

    parcels: tuple[ParcelView, ...]

    @cached_property
    def lines(self) -> tuple[CartLineView, ...]:
        return tuple(line for parcel in self.parcels for line in parcel.lines)

    @property
    def count(self) -> int:
        """Units."""
        return sum(line.quantity for line in self.lines)

    @property
    def goods_total(self) -> int:
        return sum(parcel.goods_total for parcel in self.parcels)

    @property
    def delivery_total(self) -> int:
        return sum(parcel.delivery_fee for parcel in self.parcels)

    @property
    def total(self) -> int:
        return self.goods_total + self.delivery_total

    @property
    def ready(self) -> bool:
        """There is something in it and every line can be ordered."""
        return bool(self.lines) and all(line.problem is None for line in self.lines)

    @property
    def example(self) -> bool:
        """Whether a price in it is an example."""
        return any(line.goods.example for line in self.lines)


def guest_token(secret: str, browser: str) -> str:
    """The token of a guest's cart, the same however often it is asked for, so that two first clicks make one cart.

    `browser` is what the site has given this browser and no other before it may send a form; `secret` is the site's.
    """
    digest = hmac.digest(secret.encode(), b"cart of " + browser.encode(), hashlib.sha256)
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:TOKEN_LENGTH])


def find_cart(session: Session, *, token: str | None, user_id: int | None) -> Cart | None:
    """The member's cart, or the guest's by token; a token never opens a member's cart nor what is kept for one."""
    if user_id is not None:
        return session.scalar(sa.select(Cart).where(Cart.user_id == user_id))
    return session.scalar(of_guest(token)) if token else None


def of_guest(token: str) -> sa.Select[Cart]:
    """The statement for a guest's cart."""
    return sa.select(Cart).where(Cart.token == token, Cart.user_id.is_(None), Cart.kept_for_id.is_(None))


def open_cart(session: Session, *, token: str | None, user_id: int | None, now: dt.datetime) -> Cart:
    """The visitor's cart, created when there is none; its token belongs in the guest's session.

    Of two first clicks at once the second waits for the cart of the first.
    """
    cart = find_cart(session, token=token, user_id=user_id)
    if cart is None:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        own = token if token and user_id is None else public_id(TOKEN_LENGTH)
        made = insert(Cart).values(token=own, user_id=user_id, updated_at=now).on_conflict_do_nothing()
        session.execute(made)
        cart = find_cart(session, token=own, user_id=user_id)
    assert cart is not None
    return cart


def hold_cart(session: Session, cart: Cart) -> None:
    """Lock out others until the commit. Whoever changes a cart or its lines holds it first, so that all come in turn.

    Raises Busy when a log-in has just brought it into another cart: trying again finds that one.
    """
    held = session.scalar(sa.select(Cart.id).where(Cart.id == cart.id).with_for_update())
    if held is None:
        raise Busy


def add_to_cart(session: Session, cart: Cart, *, variant: str, quantity: int, now: dt.datetime) -> Goods:
    """Put `quantity` more units of a variant (public id) into the cart.

    Raises NotFound, InvalidInput at quantity, NotForSale, OutOfStock (wanted: with those already in the cart).
    """
    _check_quantity(quantity)
    hold_cart(session, cart)
    item = _for_sale(session, variant)
    line = _line(session, cart, item.variant_id)
    wanted = quantity + (line.quantity if line else 0)
    _check_stock(session, item, wanted, now)
    if wanted > MOST_UNITS:
        raise InvalidInput("quantity-out-of-range", field="quantity", least=1, most=MOST_UNITS)
    if line is not None:
        line.quantity = wanted
    else:
        _new_line(session, cart, item.variant_id, quantity)
    cart.updated_at = now
    session.flush()
    return item


def set_quantity(session: Session, cart: Cart, *, variant: str, quantity: int, now: dt.datetime) -> None:
    """Let a line hold `quantity` units. Raises as `add_to_cart`; NotFound when the cart has no such line."""
    _check_quantity(quantity)
    hold_cart(session, cart)
    line = _own_line(session, cart, variant)
    item = _for_sale(session, variant)
    _check_stock(session, item, quantity, now)
    line.quantity = quantity
    cart.updated_at = now
    session.flush()


def remove_line(session: Session, cart: Cart, *, variant: str, now: dt.datetime) -> None:
    """Take a line out; what is out already stays out."""
    hold_cart(session, cart)
    item = goods_by_public_id(session, variant)
    line = _line(session, cart, item.variant_id) if item else None
    if line is not None:
        session.delete(line)
        cart.updated_at = now
        session.flush()


def empty_cart(session: Session, cart: Cart) -> None:
    """Take everything out, after an order."""
    session.execute(sa.delete(CartLine).where(CartLine.cart_id == cart.id))


def forget_carts(session: Session, *, before: dt.datetime) -> int:
    """Drop guests' carts that nobody has touched since; their visitors will not come back for them."""
    untouched = sa.select(Cart).where(Cart.user_id.is_(None), Cart.updated_at < before)
    old = session.scalars(untouched.with_for_update()).all()
    for cart in old:
        session.delete(cart)
    session.flush()
    return len(old)


def count_units(session: Session, cart: Cart | None) -> int:
    """How many units are in the cart."""
    if cart is None:
        return 0
    units = session.scalar(sa.select(sa.func.sum(CartLine.quantity)).where(CartLine.cart_id == cart.id))
    return int(units or 0)


def cart_view(session: Session, cart: Cart | None, on: dt.date) -> CartView:
    """The cart as it stands on that Vietnam day, in six queries however long it is."""
    held = [(line.variant_id, line.quantity) for line in lines_of(session, cart)] if cart else []
    known = goods(session, [variant_id for variant_id, _ in held])
    left = sellable(session, list(known), on)
    batches = batches_on_sale(session, list(known), on)
    ranks = standings(session, {item.product_id for item in known.values()}, on)
    parcels: dict[int | None, list[CartLineView]] = {}
    for variant_id, quantity in held:
        item = known[variant_id]
        line = CartLineView(item, quantity, left[variant_id], batches.get(variant_id), ranks[item.product_id])
        parcels.setdefault(item.producer_id, []).append(line)
    return CartView(tuple(_parcel(lines) for lines in parcels.values()))


def _parcel(lines: list[CartLineView]) -> ParcelView:
    first = lines[0].goods
    return ParcelView(
        producer_id=first.producer_id,
        producer_name=first.producer_name,
        producer_slug=first.producer_slug,
        province_id=first.producer_province_id,
        delivery_fee=first.delivery_fee or 0,
        lines=tuple(lines),
    )


def _check_quantity(quantity: int) -> None:
    if not 1 <= quantity <= MOST_UNITS:
        raise InvalidInput("quantity-out-of-range", field="quantity", least=1, most=MOST_UNITS)


def _check_stock(session: Session, item: Goods, wanted: int, now: dt.datetime) -> None:
    available = sellable(session, [item.variant_id], vietnam_day(now))[item.variant_id]
    if wanted > available:
        raise OutOfStock(item.variant_id, wanted, available)


def _for_sale(session: Session, variant: str) -> Goods:
    item = goods_by_public_id(session, variant)
    if item is None:
        raise NotFound
    item.require_for_sale()
    return item


def lines_of(session: Session, cart: Cart) -> list[CartLine]:
    """The lines of a cart as they stand in the database, oldest first."""
    return list(
        session.scalars(
            sa.select(CartLine)
            .where(CartLine.cart_id == cart.id)
            .order_by(CartLine.id)
            .execution_options(populate_existing=True)
        )
    )


def _line(session: Session, cart: Cart, variant_id: int) -> CartLine | None:
    return session.scalar(
        sa.select(CartLine)
        .where(CartLine.cart_id == cart.id, CartLine.variant_id == variant_id)
        .execution_options(populate_existing=True)
    )


def _own_line(session: Session, cart: Cart, variant: str) -> CartLine:
    item = goods_by_public_id(session, variant)
    line = _line(session, cart, item.variant_id) if item else None
    if line is None:
        raise NotFound
    return line


def _new_line(session: Session, cart: Cart, variant_id: int, quantity: int) -> None:
    lines = session.scalar(sa.select(sa.func.count()).where(CartLine.cart_id == cart.id))
    if (lines or 0) >= MOST_LINES:
        raise Conflict("cart-full", most=MOST_LINES)
    session.add(CartLine(cart_id=cart.id, variant_id=variant_id, quantity=quantity))
