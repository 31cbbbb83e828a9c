"""What a guest put into the cart goes into the member's at log-in; what does not fit is kept for the member."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.ids import public_id
from app.listing.goods import Goods, goods
from app.orders.cart import (
    MOST_LINES,
    MOST_UNITS,
    TOKEN_LENGTH,
    count_units,
    find_cart,
    hold_cart,
    lines_of,
    of_guest,
    open_cart,
)
from app.orders.models import Cart, CartLine


def merge_carts(session: Session, *, token: str | None, user_id: int, now: dt.datetime) -> int:
    """Bring a guest's cart into the member's: quantities are summed, as far as there is room for units and lines.

    Nobody asked for it, so it refuses nothing: what does not fit is kept for the member (`kept_goods`). Returns the
    units in the member's cart. A guest's cart merged before, or unknown, changes nothing.
    """
    guest = session.scalar(of_guest(token or "").with_for_update())
    if guest is not None:
        _bring(session, guest, user_id=user_id, now=now)
    return count_units(session, find_cart(session, token=None, user_id=user_id))


def fetch_kept(session: Session, *, user_id: int, now: dt.datetime) -> int:
    """Bring what is kept for a member into the cart, as far as there is room now. Returns the units in the cart."""
    for kept in session.scalars(_kept_for(user_id).with_for_update()).all():
        _bring(session, kept, user_id=user_id, now=now)
    return count_units(session, find_cart(session, token=None, user_id=user_id))


def forget_kept(session: Session, *, user_id: int) -> None:
    """Keep no goods for a member any more."""
    session.execute(sa.delete(Cart).where(Cart.kept_for_id == user_id))


def kept_goods(session: Session, user_id: int) -> list[tuple[Goods, int]]:
    """What is kept for a member, with its units, oldest first."""
    held = [
        (line.variant_id, line.quantity)
        for cart in session.scalars(_kept_for(user_id))
        for line in lines_of(session, cart)
    ]
    known = goods(session, [variant_id for variant_id, _ in held])
    return [(known[variant_id], quantity) for variant_id, quantity in held]


def _kept_for(user_id: int) -> sa.Select[Cart]:
    return sa.select(Cart).where(Cart.kept_for_id == user_id).order_by(Cart.id)


def _bring(session: Session, guest: Cart, *, user_id: int, now: dt.datetime) -> None:
    """Move the lines of a cart into the member's; one that cannot go whole stays with the rest of its units."""
    cart = open_cart(session, token=None, user_id=user_id, now=now)
    hold_cart(session, cart)
    own = {line.variant_id: line for line in lines_of(session, cart)}
    for line in lines_of(session, guest):
        if line.variant_id in own:
            units = min(line.quantity, MOST_UNITS - own[line.variant_id].quantity)
            own[line.variant_id].quantity += units
        elif len(own) < MOST_LINES:
            units = line.quantity
            own[line.variant_id] = CartLine(cart_id=cart.id, variant_id=line.variant_id, quantity=units)
            session.add(own[line.variant_id])
        else:
            units = 0
        if units < line.quantity:
            line.quantity -= units
        else:
            session.delete(line)
    cart.updated_at = guest.updated_at = now
    session.flush()
    if count_units(session, guest):
        guest.kept_for_id = user_id
        guest.token = public_id(TOKEN_LENGTH)  # the browser may begin another cart
    else:
        session.execute(sa.delete(Cart).where(Cart.id == guest.id))
    session.flush()
