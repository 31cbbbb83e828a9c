"""Carts and orders as rows; journeys make them by the verbs of the shop."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.catalogue.models import Producer, Product, Variant
from app.core import clock
from app.core.ids import public_id
from app.orders.models import Cart, CartLine, Order, OrderGroup, OrderLine
from tests.factories.catalogue import make_variant
from tests.factories.keeping import keep, number, together
from tests.factories.places import VAN_CHAN


@together
def make_cart(session: Session, *, user: User | None = None, lines: dict[int, int] | None = None) -> Cart:
    """A cart; `lines` maps a variant's id to the number of units."""
    cart = keep(session, Cart(token=public_id(24), user_id=user.id if user else None, updated_at=clock.now()))
    for variant_id, quantity in (lines or {}).items():
        keep(session, CartLine(cart_id=cart.id, variant_id=variant_id, quantity=quantity))
    return cart


@together
def make_order(
    session: Session,
    *,
    variant: Variant | None = None,
    quantity: int = 1,
    user: User | None = None,
    delivery_fee: int = 30_000,
    line: dict[str, Any] | None = None,
    **facts: Any,
) -> Order:
    """One order of one line in a group of its own; stock is not touched.

    `facts` are columns of the order, `line` those of its line.
    """
    variant = variant or make_variant(session)
    product = session.get_one(Product, variant.product_id)
    producer = session.get_one(Producer, product.producer_id)
    price = variant.price or 0
    goods = price * quantity
    group = keep(
        session,
        OrderGroup(
            public_id=public_id(),
            checkout_token=public_id(24),
            user_id=user.id if user else None,
            buyer_name="Nguyễn Văn Bình",
            phone="0912345678",
            email=user.email if user else "binh@thu.example",
            province_id="VN34-15",
            commune_id=VAN_CHAN,
            address="Thôn Pang Cáng",
            total=goods + delivery_fee,
            placed_at=clock.now(),
        ),
    )
    moment = {"placed_at": clock.now(), "state_at": clock.now(), "number": f"N{number():06d}"}
    order = keep(
        session,
        Order(
            group_id=group.id,
            producer_id=producer.id,
            producer_name=producer.name,
            goods_total=goods,
            delivery_fee=delivery_fee,
            total=goods + delivery_fee,
            **(moment | facts),
        ),
    )
    keep(
        session,
        OrderLine(
            order_id=order.id,
            variant_id=variant.id,
            product_slug=product.slug,
            product_name=product.name,
            pack=variant.pack,
            unit_price=price,
            quantity=quantity,
            total=goods,
            **({"standing": "none"} | (line or {})),
        ),
    )
    return order
