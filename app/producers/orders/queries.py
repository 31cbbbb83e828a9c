"""Reads of the orders: by what they wait for, and what to fetch from which batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.orders.models import Order, OrderGroup, OrderState
from app.orders.queries import OrderGroupView, OrderView, ProducerOrder, order_group

SENT: Final = (OrderState.SHIPPED,)
OVER: Final = (OrderState.DELIVERED, OrderState.CANCELLED)


@dataclass(frozen=True, slots=True)
class PickLine:
    """Units of one product to fetch from one batch, and for which orders."""

    batch_code: str
    batch_public_id: str
    product_name: str
    pack: str
    units: int
    orders: tuple[tuple[str, int], ...]


def order_counts(session: Session, producer_id: int) -> dict[OrderState, int]:
    """How many orders a producer has in each state; states without any are left out."""
    rows = session.execute(
        sa.select(Order.state, sa.func.count()).where(Order.producer_id == producer_id).group_by(Order.state)
    )
    return {row[0]: row[1] for row in rows}


def order_of_producer(session: Session, producer_id: int, number: str) -> ProducerOrder:
    """One order with whom it goes to; other producers' parcels of the same purchase stay out. Raises NotFound."""
    group_id = session.scalar(
        sa.select(OrderGroup.public_id)
        .join(Order, Order.group_id == OrderGroup.id)
        .where(Order.number == number, Order.producer_id == producer_id)
    )
    if group_id is None:
        raise NotFound
    group = order_group(session, group_id)
    return _own(group, next(order for order in group.orders if order.number == number))


def _own(group: OrderGroupView, order: OrderView) -> ProducerOrder:
    return ProducerOrder(order, replace(group, orders=(order,), total=order.total))


def pick_list(orders: Sequence[ProducerOrder]) -> list[PickLine]:
    """What to fetch for these orders, batch by batch."""
    lines: dict[tuple[str, str, str], PickLine] = {}
    for of in orders:
        for line in of.order.lines:
            for batch in line.batches:
                key = (batch.public_id, line.product_name, line.pack)
                before = lines.get(key) or PickLine(
                    batch.code, batch.public_id, line.product_name, line.pack, 0, ()
                )
                lines[key] = replace(
                    before,
                    units=before.units + batch.quantity,
                    orders=(*before.orders, (of.order.number, batch.quantity)),
                )
    return sorted(lines.values(), key=lambda line: (line.product_name, line.batch_code))
