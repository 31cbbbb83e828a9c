"""Carts and orders."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.certification.standing import StandingState
from app.core.db import Model
from app.core.states import OneOf, Transitions, one_of


class Cart(Model):
    """What a visitor means to buy. A guest's cart is known by the token in the visitor's session.

    `kept_for_id` is the member for whom goods are kept that did not fit into their cart when they logged in.
    """

    __tablename__ = "carts"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), unique=True)
    kept_for_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    updated_at: Mapped[dt.datetime]

    lines: Mapped[list[CartLine]] = relationship(
        back_populates="cart", cascade="all, delete-orphan", order_by="CartLine.id"
    )


class CartLine(Model):
    """So many units of one variant."""

    __tablename__ = "cart_lines"
    __table_args__ = (
        sa.UniqueConstraint("cart_id", "variant_id"),
        sa.CheckConstraint("quantity BETWEEN 1 AND 999", name="quantity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cart_id: Mapped[int] = mapped_column(sa.ForeignKey("carts.id", ondelete="CASCADE"))
    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id"))
    quantity: Mapped[int]

    cart: Mapped[Cart] = relationship(back_populates="lines")


class OrderGroup(Model):
    """One purchase: one contact, one address, one payment, an order per producer.

    `checkout_token` UNIQUE makes the same checkout submitted twice one order; `public_id` is its unguessable address.
    """

    __tablename__ = "order_groups"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    checkout_token: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    buyer_name: Mapped[str]
    phone: Mapped[str]
    email: Mapped[str | None]
    province_id: Mapped[str] = mapped_column(sa.ForeignKey("administrative_units.id"))
    commune_id: Mapped[str] = mapped_column(sa.ForeignKey("administrative_units.id"))
    address: Mapped[str]
    note: Mapped[str | None]
    payment_method: Mapped[str] = mapped_column(default="cod")
    total: Mapped[int]
    language: Mapped[str] = mapped_column(default="vi")
    placed_at: Mapped[dt.datetime]

    orders: Mapped[list[Order]] = relationship(back_populates="group", order_by="Order.id")


class OrderState(StrEnum):
    """How far a parcel has come, in the order of the steps."""

    PLACED = "placed"
    CONFIRMED = "confirmed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


ORDER_TRANSITIONS: Final = Transitions(
    "order-state",
    first=OrderState.PLACED,
    after={
        OrderState.PLACED: frozenset({OrderState.CONFIRMED, OrderState.SHIPPED, OrderState.CANCELLED}),
        OrderState.CONFIRMED: frozenset({OrderState.SHIPPED, OrderState.CANCELLED}),
        OrderState.SHIPPED: frozenset({OrderState.DELIVERED}),
        OrderState.DELIVERED: frozenset(),
        OrderState.CANCELLED: frozenset(),
    },
)
WAITING: Final = (OrderState.PLACED, OrderState.CONFIRMED)
"""The producer has to act."""


class Order(Model):
    """One producer's part of a purchase: one parcel, one delivery fee."""

    __tablename__ = "orders"
    __table_args__ = (one_of("state", OrderState),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    group_id: Mapped[int] = mapped_column(sa.ForeignKey("order_groups.id"), index=True)
    producer_id: Mapped[int] = mapped_column(sa.ForeignKey("producers.id"), index=True)
    producer_name: Mapped[str]
    state: Mapped[OrderState] = mapped_column(OneOf(OrderState), default=ORDER_TRANSITIONS.first)
    goods_total: Mapped[int]
    delivery_fee: Mapped[int]
    total: Mapped[int]
    placed_at: Mapped[dt.datetime]
    state_at: Mapped[dt.datetime]
    tracking: Mapped[str | None]
    cancel_reason: Mapped[str | None]

    group: Mapped[OrderGroup] = relationship(back_populates="orders")
    lines: Mapped[list[OrderLine]] = relationship(back_populates="order", order_by="OrderLine.id")

    def move_to(self, state: OrderState, *, now: dt.datetime) -> None:
        """Take the step to a state. Raises WrongState where the table of transitions has no such step."""
        ORDER_TRANSITIONS.allow(self.state, state)
        self.state, self.state_at = state, now


class OrderLine(Model):
    """A line with what was true when it was placed: name, packaging, price, standing and stars of that day."""

    __tablename__ = "order_lines"
    __table_args__ = (one_of("standing", StandingState),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id"))
    product_slug: Mapped[str]
    product_name: Mapped[str]
    pack: Mapped[str]
    unit_price: Mapped[int]
    quantity: Mapped[int]
    total: Mapped[int]
    standing: Mapped[StandingState] = mapped_column(OneOf(StandingState))
    stars: Mapped[int | None]
    stars_until: Mapped[dt.date | None]
    recognised_year: Mapped[int | None]

    order: Mapped[Order] = relationship(back_populates="lines")
    batches: Mapped[list[OrderLineBatch]] = relationship(order_by="OrderLineBatch.batch_id")


class OrderLineBatch(Model):
    """So many units of an order line come from this batch."""

    __tablename__ = "order_line_batches"

    order_line_id: Mapped[int] = mapped_column(sa.ForeignKey("order_lines.id"), primary_key=True)
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("batches.id"), primary_key=True, index=True)
    batch_code: Mapped[str]
    quantity: Mapped[int]
