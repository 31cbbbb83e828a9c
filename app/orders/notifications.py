"""Mails about an order: their facts are fixed when they are queued, the outbox sends them after the commit.

An address that has confirmed nothing is told what we know ourselves: goods, sums, and the page of the order. What
people typed (name, address, message, reason, consignment) stands on that page and in mails to confirmed addresses only,
so that nobody can make us write to a stranger in words of their own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.addresses import folded_address
from app.accounts.models import OF_A_PRODUCER, Membership, User
from app.catalogue.models import Producer
from app.core.outbox import send_later
from app.geography.places import place
from app.orders.models import Order, OrderGroup
from app.supply.models import Batch

TEMPLATE = "mail"
"""The kind of outbox message that app.web.mail delivers."""


def notify_of_order(session: Session, group: OrderGroup, *, now: dt.datetime) -> None:
    """Queue the confirmation to the buyer who left an address, and a mail to every producer's people."""
    if group.email:
        facts = _placed(session, group, group.orders)
        if _is_confirmed(session, group):
            facts |= _typed(session, group)
        _queue(session, "order_placed", facts, to=group.email, language=group.language, now=now)
    for order in group.orders:
        people = _people_of(session, order.producer_id)
        facts = _placed(session, group, [order]) if people else {}
        for person in people:
            known = facts | {"portal": person.slug} | (_typed(session, group) if person.confirmed else {})
            _queue(session, "order_received", known, to=person.email, language=person.language, now=now)


def notify_of_change(session: Session, order: Order, *, now: dt.datetime) -> None:
    """Queue a mail about a parcel's new state to the buyer who left an address."""
    group = order.group
    if group.email:
        facts = _placed(session, group, [order]) | {"state": order.state}
        if _is_confirmed(session, group):
            facts |= _typed(session, group) | {"tracking": order.tracking, "reason": order.cancel_reason}
        _queue(session, "order_changed", facts, to=group.email, language=group.language, now=now)


def _queue(
    session: Session, template: str, facts: dict[str, Any], *, to: str, language: str, now: dt.datetime
) -> None:
    mail = {"to": to, "template": f"mail/{template}", "language": language, "facts": facts}
    send_later(session, TEMPLATE, mail, now=now)


def _is_confirmed(session: Session, group: OrderGroup) -> bool:
    """Whether the mail goes to the member who ordered, at the address of the account, which was confirmed."""
    user = session.get(User, group.user_id) if group.user_id else None
    return bool(user and user.email_confirmed_at and user.email == folded_address(group.email or ""))


def _people_of(session: Session, producer_id: int) -> Sequence[sa.Row[str, str, bool, str]]:
    """The owners and staff who may log in: address, language, whether it was confirmed; and the producer's slug."""
    return session.execute(
        sa.select(
            User.email, User.language, User.email_confirmed_at.is_not(None).label("confirmed"), Producer.slug
        )
        .join(Membership, Membership.user_id == User.id)
        .join(Producer, Producer.id == Membership.producer_id)
        .where(
            Membership.producer_id == producer_id,
            Membership.role.in_(OF_A_PRODUCER),
            User.disabled_at.is_(None),
        )
        .distinct()
        .order_by(User.email)
    ).all()


def _typed(session: Session, group: OrderGroup) -> dict[str, Any]:
    """What the buyer typed."""
    return {
        "buyer": group.buyer_name,
        "phone": group.phone,
        "address": f"{group.address}, {place(session, group.commune_id, group.province_id).today}",
        "note": group.note,
    }


def _placed(session: Session, group: OrderGroup, orders: list[Order]) -> dict[str, Any]:
    parts = {part.batch_id for order in orders for line in order.lines for part in line.batches}
    rows = session.execute(sa.select(Batch.id, Batch.public_id).where(Batch.id.in_(parts)))
    batch_pages: dict[int, str] = {row.id: row.public_id for row in rows}
    return {
        "public_id": group.public_id,
        "total": sum(order.total for order in orders),
        "delivery": sum(order.delivery_fee for order in orders),
        "orders": [
            {
                "number": order.number,
                "producer": order.producer_name,
                "lines": [
                    {
                        "name": line.product_name,
                        "pack": line.pack,
                        "quantity": line.quantity,
                        "total": line.total,
                        "batches": [
                            {"code": part.batch_code, "public_id": batch_pages[part.batch_id]}
                            for part in line.batches
                        ],
                    }
                    for line in order.lines
                ],
            }
            for order in orders
        ],
    }
