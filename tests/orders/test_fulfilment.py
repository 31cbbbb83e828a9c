"""A producer moves own orders on, step by step; who else asks finds nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from sqlalchemy.orm import Session

from app.core.audit import Actor, AuditEntry
from app.core.db import atomic
from app.core.errors import InvalidInput, NotFound, WrongState
from app.core.outbox import OutboxMessage
from app.orders import fulfilment as orders
from app.orders.cart import cart_view
from app.orders.models import Order, OrderGroup, OrderState
from app.orders.queries import masked, order_group, orders_of_producer, orders_of_user
from app.supply.models import Batch
from app.supply.queries import ledger
from tests.factories.accounts import make_user
from tests.factories.catalogue import make_producer, make_product, make_variant
from tests.factories.certification import make_certificate
from tests.factories.client import Visitor
from tests.factories.keeping import keep
from tests.factories.orders import make_cart, make_order
from tests.factories.supply import make_batch
from tests.orders.test_checkout import TODAY
from tests.orders.test_checkout import order as place

HOA = Actor(1, "Lý Thị Hoa")
Step = Callable[..., Order]


def do(step: Step, order: Order, now: dt.datetime, **facts: Any) -> str:
    owner = facts.pop("producer_id", order.producer_id)
    with atomic() as writing:
        return step(writing, producer_id=owner, number=order.number, actor=HOA, now=now, **facts).state


def test_an_order_is_confirmed_shipped_and_delivered(session: Session, now: dt.datetime) -> None:
    order = make_order(session)
    later = now + dt.timedelta(hours=3)
    assert do(orders.confirm, order, now) == "confirmed"
    assert do(orders.ship, order, now, tracking=" VNPost  EH123456789VN ") == "shipped"
    assert do(orders.deliver, order, later) == "delivered"
    view = orders_of_producer(session, order.producer_id)[0].order
    assert (view.state, view.state_at, view.tracking) == ("delivered", later, "VNPost EH123456789VN")
    acts = session.scalars(sa.select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert acts == ["order.confirmed", "order.shipped", "order.delivered"]


@pytest.mark.parametrize(
    ("year", "label"),
    [
        (2025, "4 sao, công nhận 2025, chưa rõ ngày hết"),
        (2023, "4 sao, chưa rõ hạn"),
        (2020, "4 sao, công nhận năm 2020, đã hết hạn"),
    ],
)
def test_an_order_shows_the_year_of_its_day_even_after_the_certificate_is_gone(
    session: Session, client: Visitor, now: dt.datetime, year: int, label: str
) -> None:
    product = make_product(session)
    certificate = make_certificate(session, product=product, stars=4, recognised_year=year)
    variant = make_variant(session, product=product)
    make_batch(session, variant=variant)
    cart = make_cart(session, lines={variant.id: 1})
    group = place(cart, cart_view(session, cart, TODAY).total, now)
    certificate.withdrawn_on, certificate.withdrawn_reason = TODAY, "voluntary"
    keep(session, certificate)
    page = BeautifulSoup(client.get(f"/orders/{group.public_id}").text, "html.parser")
    held = page.select_one(".order-line .stars")
    assert held is not None
    assert held.get_text() == label


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        ("placed", {"confirm", "ship", "cancel"}),
        ("confirmed", {"ship", "cancel"}),
        ("shipped", {"deliver"}),
        ("delivered", set()),
        ("cancelled", set()),
    ],
)
def test_from_each_state_only_its_own_steps_lead_on(
    session: Session, now: dt.datetime, state: str, allowed: set[str]
) -> None:
    steps: dict[str, tuple[Step, dict[str, str]]] = {
        "confirm": (orders.confirm, {}),
        "ship": (orders.ship, {"tracking": ""}),
        "deliver": (orders.deliver, {}),
        "cancel": (orders.cancel, {"reason": "Hết chè"}),
    }
    for name, (step, facts) in steps.items():
        order = make_order(session, state=state)
        if name in allowed:
            assert do(step, order, now, **facts) != state
            continue
        with pytest.raises(WrongState) as refused:
            do(step, order, now, **facts)
        assert refused.value.facts["state"] == state


def test_a_cancelled_order_gives_its_units_back_to_their_batches(session: Session, now: dt.datetime) -> None:
    tea = make_variant(session, price=100_000)
    old = make_batch(session, variant=tea, quantity=2, expires_on=dt.date(2026, 12, 1))
    new = make_batch(session, variant=tea, quantity=5)
    group = place(make_cart(session, lines={tea.id: 3}), 330_000, now)
    order = session.scalars(sa.select(Order)).one()
    do(orders.cancel, order, now, reason="Chè ẩm, không gửi được")
    left = {batch.id: batch.on_hand for batch in session.scalars(sa.select(Batch))}
    assert left == {old.id: 2, new.id: 5}
    assert [(line.kind, line.balance) for line in ledger(session, old.id)] == [
        ("made", 2),
        ("sold", 0),
        ("returned", 2),
    ]
    view = order_group(session, group.public_id)
    assert (view.orders[0].cancel_reason, view.due) == ("Chè ẩm, không gửi được", 0)
    message = session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    assert message is not None
    assert (message.payload["template"], message.payload["facts"]["state"]) == (
        "mail/order_changed",
        "cancelled",
    )
    with pytest.raises(WrongState):
        do(orders.cancel, order, now, reason="lần nữa")
    assert [line.balance for line in ledger(session, old.id)][-1] == 2


def test_a_buyer_is_not_sent_off_without_a_reason(session: Session, now: dt.datetime) -> None:
    order = make_order(session)
    for reason in ("  ", "x" * 301):
        with pytest.raises(InvalidInput) as refused:
            do(orders.cancel, order, now, reason=reason)
        assert refused.value.field == "reason"
    with pytest.raises(InvalidInput):
        do(orders.ship, order, now, tracking="x" * 81)


def test_another_producers_order_is_not_found_and_stays(session: Session, now: dt.datetime) -> None:
    order, stranger = make_order(session), make_producer(session)
    for step, facts in (
        (orders.confirm, {}),
        (orders.ship, {"tracking": None}),
        (orders.deliver, {}),
        (orders.cancel, {"reason": "x"}),
    ):
        with pytest.raises(NotFound):
            do(step, order, now, producer_id=stranger.id, **facts)
    assert orders_of_producer(session, stranger.id) == []
    assert orders_of_producer(session, order.producer_id)[0].order.state == "placed"


def test_a_producer_sees_the_own_parcel_only(session: Session, now: dt.datetime) -> None:
    hoa, minh = make_producer(session), make_producer(session)
    lines = {}
    for producer in (hoa, minh):
        variant = make_variant(session, product=make_product(session, producer=producer), price=100_000)
        make_batch(session, variant=variant)
        lines[variant.id] = 1
    place(make_cart(session, lines=lines), 260_000, now)
    (own,) = orders_of_producer(session, hoa.id)
    assert [parcel.producer_id for parcel in own.buyer.orders] == [hoa.id]
    assert own.buyer.phone == "+84912345678"
    assert orders_of_producer(session, hoa.id, states=[OrderState.SHIPPED]) == []


def test_a_member_sees_own_orders_the_latest_first(session: Session, now: dt.datetime) -> None:
    user = make_user(session)
    first, second = make_order(session, user=user), make_order(session, user=user, quantity=2)
    make_order(session, user=make_user(session))
    with atomic() as writing:
        writing.get_one(OrderGroup, second.group_id).placed_at = now + dt.timedelta(days=1)
    rows = orders_of_user(session, user.id, limit=9)
    assert [row.units for row in rows] == [2, 1]
    assert [row.units for row in orders_of_user(session, user.id, limit=1, offset=1)] == [1]
    assert rows[1].producers == (first.producer_name,)


def test_an_unknown_address_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        order_group(session, "khongcodaunhe")


@pytest.mark.parametrize(
    ("phone", "shown"), [("+84912345678", "091x xxx 678"), ("+842438221234", "024 xxxx x234")]
)
def test_the_middle_of_a_phone_number_is_hidden(phone: str, shown: str) -> None:
    assert masked(phone) == shown
