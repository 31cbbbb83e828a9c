"""Orders after they are placed: the named steps by which a producer moves them on."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.audit import Actor, record
from app.core.errors import InvalidInput, NotFound
from app.orders.models import Order, OrderState
from app.orders.notifications import notify_of_change
from app.supply.areas import clean_text
from app.supply.stock import Allocation, restock

LONGEST_TRACKING = 80
LONGEST_REASON = 300


def confirm(session: Session, *, producer_id: int, number: str, actor: Actor, now: dt.datetime) -> Order:
    """The producer takes the order on. Raises NotFound for another's order, WrongState unless just placed."""
    order = _own_order(session, producer_id, number)
    _move(session, order, OrderState.CONFIRMED, actor=actor, now=now)
    return order


def ship(
    session: Session, *, producer_id: int, number: str, tracking: str | None, actor: Actor, now: dt.datetime
) -> Order:
    """The parcel has left; `tracking` is the carrier and its number as text. Raises NotFound, WrongState."""
    order = _own_order(session, producer_id, number)
    noted = clean_text(tracking, field="tracking", most=LONGEST_TRACKING)
    _move(session, order, OrderState.SHIPPED, actor=actor, now=now, tracking=noted)
    order.tracking = noted
    notify_of_change(session, order, now=now)
    return order


def deliver(session: Session, *, producer_id: int, number: str, actor: Actor, now: dt.datetime) -> Order:
    """The buyer has it and has paid. Raises NotFound, WrongState unless shipped."""
    order = _own_order(session, producer_id, number)
    _move(session, order, OrderState.DELIVERED, actor=actor, now=now)
    return order


def cancel(
    session: Session, *, producer_id: int, number: str, reason: str, actor: Actor, now: dt.datetime
) -> Order:
    """The producer cannot send it: units go back to their batches, the buyer reads the reason.

    Raises NotFound, InvalidInput at reason, WrongState once it was shipped or cancelled.
    """
    order = _own_order(session, producer_id, number)
    text = clean_text(reason, field="reason", most=LONGEST_REASON)
    if text is None:
        raise InvalidInput("missing", field="reason")
    _move(session, order, OrderState.CANCELLED, actor=actor, now=now, reason=text)
    order.cancel_reason = text
    taken = [
        Allocation(line.variant_id, part.batch_id, part.batch_code, part.quantity)
        for line in order.lines
        for part in line.batches
    ]
    restock(session, taken, reference=order.number, now=now, actor=actor)
    notify_of_change(session, order, now=now)
    return order


def _own_order(session: Session, producer_id: int, number: str) -> Order:
    order = session.scalar(
        sa.select(Order)
        .where(Order.number == number, Order.producer_id == producer_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if order is None:
        raise NotFound
    return order


def _move(
    session: Session,
    order: Order,
    to: OrderState,
    *,
    actor: Actor,
    now: dt.datetime,
    **facts: str | None,
) -> None:
    order.move_to(to, now=now)
    session.flush()
    record(session, f"order.{to}", ("order", order.id), actor=actor, now=now, number=order.number, **facts)
