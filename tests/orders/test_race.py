"""Many people at the same moment: the database judges, and it judges the same on both engines."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.core.db import atomic
from app.core.errors import NotFound
from app.orders.cart import add_to_cart, find_cart, open_cart, set_quantity
from app.orders.checkout import CartEmpty, PriceChanged, checkout_token
from app.orders.merging import merge_carts
from app.orders.models import Cart, CartLine, Order, OrderGroup, OrderLine
from app.supply.models import Batch, StockMovement
from app.supply.stock import OutOfStock, allocate_stock
from tests.factories.accounts import make_user
from tests.factories.catalogue import make_variant
from tests.factories.orders import make_cart
from tests.factories.supply import make_batch
from tests.orders.test_checkout import order

BUYERS = 50


def all_at_once(app: Flask, people: list[Callable[[], str]]) -> Counter[str]:
    """Let everybody act at one moment, each in a thread and a session of their own; who has to wait tries again.

    Nobody may wait in a circle: a deadlock is a failure.
    """
    start = threading.Barrier(len(people))

    def act(person: Callable[[], str]) -> str:
        start.wait(timeout=30)
        while True:
            try:
                with app.app_context():
                    return person()
            except OperationalError as error:
                if "lock" not in str(error.orig) or "deadlock" in str(error.orig):
                    raise

    with ThreadPoolExecutor(len(people)) as threads:
        return Counter(threads.map(act, people))


def buyer(cart: int, total: int, now: dt.datetime, token: str | None = None) -> Callable[[], str]:
    def buy() -> str:
        try:
            return order(Cart(id=cart), total, now, token=token or checkout_token()).public_id
        except (OutOfStock, CartEmpty, PriceChanged) as refused:
            return refused.code

    return buy


@pytest.mark.parametrize("round_", range(3))
def test_fifty_buyers_of_the_last_unit_make_one_order(
    app: Flask, session: Session, now: dt.datetime, round_: int
) -> None:
    last = make_variant(session, price=100_000)
    batch_id = make_batch(session, variant=last, quantity=1, code=f"CUOI-{round_}").id
    carts = [make_cart(session, lines={last.id: 1}).id for _ in range(BUYERS)]
    ends = all_at_once(app, [buyer(cart, 130_000, now) for cart in carts])
    session.rollback()
    assert ends["out-of-stock"] == BUYERS - 1
    assert len(session.scalars(sa.select(Order)).all()) == 1
    assert len(session.scalars(sa.select(OrderGroup)).all()) == 1
    assert session.get_one(Batch, batch_id).on_hand == 0
    moved = session.execute(
        sa.select(sa.func.sum(StockMovement.quantity)).where(StockMovement.batch_id == batch_id)
    )
    assert moved.scalar_one() == 0


def test_one_checkout_sent_many_times_at_once_is_one_order(
    app: Flask, session: Session, now: dt.datetime
) -> None:
    tea = make_variant(session, price=100_000)
    batch_id = make_batch(session, variant=tea, quantity=100).id
    cart = make_cart(session, lines={tea.id: 2}).id
    token = checkout_token()
    ends = all_at_once(app, [buyer(cart, 230_000, now, token)] * 8)
    session.rollback()
    (address,) = ends
    assert session.scalars(sa.select(OrderGroup.public_id)).all() == [address]
    assert session.get_one(Batch, batch_id).on_hand == 98


def test_one_cart_ordered_from_two_pages_at_once_is_one_order(
    app: Flask, session: Session, now: dt.datetime
) -> None:
    tea = make_variant(session, price=100_000)
    make_batch(session, variant=tea, quantity=100)
    cart = make_cart(session, lines={tea.id: 2}).id
    ends = all_at_once(app, [buyer(cart, 230_000, now) for _ in range(6)])
    session.rollback()
    assert ends["cart-empty"] == 5
    assert len(session.scalars(sa.select(OrderGroup)).all()) == 1


def test_buyers_who_cross_each_other_over_many_batches_never_sell_more_than_there_is(
    app: Flask, session: Session, now: dt.datetime
) -> None:
    variants = [make_variant(session, price=100_000).id for _ in range(3)]
    for variant_id in variants:
        variant = session.get_one(type(make_variant(session)), variant_id)
        for units in (2, 3, 4):
            make_batch(session, variant=variant, quantity=units, expires_on=dt.date(2027, 1, units))

    def shopper(turn: int) -> Callable[[], str]:
        demands = {variants[turn % 3]: 2, variants[(turn + 1) % 3]: 1}

        def take() -> str:
            try:
                with atomic() as writing:
                    allocate_stock(writing, demands, reference=f"đơn {turn}", now=now)
            except OutOfStock as refused:
                return refused.code
            return "sold"

        return take

    ends = all_at_once(app, [shopper(turn) for turn in range(18)])
    session.rollback()
    sold = -sum(session.scalars(sa.select(StockMovement.quantity).where(StockMovement.kind == "sold")).all())
    assert sold == 3 * ends["sold"]
    left = sum(session.scalars(sa.select(Batch.on_hand)).all())
    assert left + sold == 27
    assert min(session.scalars(sa.select(Batch.on_hand)).all()) >= 0


@pytest.mark.parametrize("who", ["guest", "new guest", "member"])
def test_clicks_on_add_at_once_are_all_counted_in_one_line(
    app: Flask, session: Session, now: dt.datetime, who: str
) -> None:
    tea = make_variant(session, price=100_000)
    make_batch(session, variant=tea, quantity=100)
    public_id = tea.public_id
    token = {"guest": make_cart(session).token if who == "guest" else "", "new guest": "of-the-browser"}.get(
        who
    )
    user = make_user(session).id if who == "member" else None

    def click() -> str:
        with atomic() as writing:
            held_cart = open_cart(writing, token=token, user_id=user, now=now)
            add_to_cart(writing, held_cart, variant=public_id, quantity=2, now=now)
        return "added"

    assert all_at_once(app, [click] * 8) == {"added": 8}
    session.rollback()
    assert session.scalars(sa.select(Cart.user_id)).all() == [user]
    assert session.scalars(sa.select(CartLine.quantity)).all() == [16]


def test_one_log_in_in_two_tabs_brings_the_guests_goods_once(
    app: Flask, session: Session, now: dt.datetime
) -> None:
    tea = make_variant(session, price=100_000)
    token, user = make_cart(session, lines={tea.id: 3}).token, make_user(session).id

    def log_in() -> str:
        with atomic() as writing:
            return str(merge_carts(writing, token=token, user_id=user, now=now))

    assert set(all_at_once(app, [log_in] * 4)) <= {"0", "3"}
    session.rollback()
    assert session.scalars(sa.select(CartLine.quantity)).all() == [3]


def test_hands_on_one_cart_come_in_turn_and_it_is_ordered_once(
    app: Flask, session: Session, now: dt.datetime
) -> None:
    tea, honey = make_variant(session, price=100_000), make_variant(session, price=100_000)
    for variant in (tea, honey):
        make_batch(session, variant=variant, quantity=100)
    cart = make_cart(session, lines={tea.id: 1, honey.id: 1})
    variants = [tea.public_id, honey.public_id]

    def hand(turn: int) -> Callable[[], str]:
        def change() -> str:
            try:
                with atomic() as writing:
                    held_cart = find_cart(writing, token=cart.token, user_id=None)
                    assert held_cart is not None
                    for variant in variants[:: 1 if turn % 2 else -1]:
                        set_quantity(writing, held_cart, variant=variant, quantity=1 + turn % 2, now=now)
            except NotFound:
                return "ordered before"
            return "changed"

        return change

    buyers = [buyer(cart.id, total, now) for total in (260_000, 460_000)]
    ends = all_at_once(app, [*map(hand, range(8)), *buyers * 4])
    session.rollback()
    orders = session.scalars(sa.select(OrderGroup.public_id)).all()
    assert len(orders) <= 1
    assert set(ends) <= {"changed", "ordered before", "cart-empty", "price-changed", *orders}
    sold, left = sa.select(sa.func.sum(OrderLine.quantity)), sa.select(sa.func.sum(Batch.on_hand))
    assert (session.scalar(sold) or 0) + (session.scalar(left) or 0) == 200
    assert len(session.scalars(sa.select(CartLine)).all()) == (0 if orders else 2)
