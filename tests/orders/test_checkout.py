"""An order is placed whole, once, at the price that was shown."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Producer, Variant
from app.core.audit import Actor, AuditEntry
from app.core.db import atomic
from app.core.errors import InvalidInput
from app.core.outbox import OutboxMessage
from app.listing.goods import NotForSale
from app.orders.cart import cart_view
from app.orders.checkout import CartEmpty, Contact, PriceChanged, checkout_token, place_order
from app.orders.models import Cart, CartLine, Order, OrderGroup
from app.orders.queries import order_group
from app.supply.models import Batch, StockMovement
from app.supply.stock import OutOfStock
from tests.factories.accounts import make_owner, make_staff, make_user
from tests.factories.catalogue import make_producer, make_product, make_variant
from tests.factories.certification import make_certificate
from tests.factories.orders import make_cart
from tests.factories.places import LAO_CAI, VAN_CHAN
from tests.factories.supply import make_batch

TODAY = dt.date(2026, 11, 21)
GUEST = Actor(None, "guest")
MAILS = sa.select(OutboxMessage).where(OutboxMessage.kind == "mail").order_by(OutboxMessage.id)
CONTACT = Contact(
    name="Nguyễn Thùy Dương",
    phone="+84912345678",
    email="duong@thu.example",
    province_id=LAO_CAI,
    commune_id=VAN_CHAN,
    address="Thôn Pang Cáng",
)


def order(cart: Cart | None, total: int, now: dt.datetime, **changes: Any) -> OrderGroup:
    facts: dict[str, Any] = {
        "token": checkout_token(),
        "contact": CONTACT,
        "shown_total": total,
        "user_id": None,
        "language": "vi",
        "actor": GUEST,
        "now": now,
    } | changes
    with atomic() as writing:
        known = writing.get(Cart, cart.id) if cart is not None else None
        return place_order(writing, cart=known, **facts)


def shown(session: Session, cart: Cart) -> int:
    return cart_view(session, cart, TODAY).total


def in_stock(session: Session, price: int = 100_000, units: int = 10, **facts: Any) -> Variant:
    producer = facts.pop("producer", None) or make_producer(session)
    variant = make_variant(session, product=make_product(session, producer=producer, **facts), price=price)
    make_batch(session, variant=variant, quantity=units)
    return variant


def nothing_happened(session: Session, cart: Cart) -> bool:
    session.rollback()
    return (
        not session.scalars(sa.select(OrderGroup)).all()
        and not session.scalars(sa.select(AuditEntry)).all()
        and not session.scalars(MAILS).all()
        and not session.scalars(sa.select(StockMovement).where(StockMovement.kind == "sold")).all()
        and bool(session.scalars(sa.select(CartLine).where(CartLine.cart_id == cart.id)).all())
    )


def test_one_purchase_becomes_an_order_per_producer_with_what_was_true_that_day(
    session: Session, now: dt.datetime
) -> None:
    hoa, minh = (
        make_producer(session, name="HTX Hoa", delivery_fee=20_000),
        make_producer(session, name="HTX Minh", delivery_fee=35_000),
    )
    tea, cake = (
        in_stock(session, producer=hoa, name="Chè"),
        in_stock(session, 30_000, producer=hoa, name="Bánh"),
    )
    fish = in_stock(session, 55_000, producer=minh, name="Cá khô")
    make_certificate(session, product=tea.product, stars=4, valid_until=dt.date(2028, 1, 17))
    cart = make_cart(session, lines={tea.id: 2, fish.id: 1, cake.id: 1})
    group = order(cart, 340_000, now)
    view = order_group(session, group.public_id)
    assert [
        (parcel.producer_name, parcel.goods_total, parcel.delivery_fee, parcel.total)
        for parcel in view.orders
    ] == [
        ("HTX Hoa", 230_000, 20_000, 250_000),
        ("HTX Minh", 55_000, 35_000, 90_000),
    ]
    assert view.total == view.due == 340_000
    line = view.orders[0].lines[0]
    assert (line.product_name, line.quantity, line.unit_price, line.total) == ("Chè", 2, 100_000, 200_000)
    held = line.standing
    assert (held.state, held.drawn_stars, held.until) == ("in-force", 4, dt.date(2028, 1, 17))
    assert [part.quantity for part in line.batches] == [2]
    assert view.orders[0].lines[1].standing.state == "none"
    assert view.place.today == "xã Văn Chấn, Lào Cai"
    numbers = [parcel.number for parcel in view.orders]
    assert numbers[0].startswith("261121-")
    assert [number[-2:] for number in numbers] == ["-1", "-2"]
    assert not session.scalars(sa.select(CartLine)).all()


def test_an_order_keeps_its_facts_when_everything_changes_later(session: Session, now: dt.datetime) -> None:
    tea = in_stock(session, name="Chè")
    certificate = make_certificate(session, product=tea.product, stars=5, valid_until=dt.date(2028, 1, 17))
    group = order(make_cart(session, lines={tea.id: 1}), 130_000, now)
    with atomic() as writing:
        changed = writing.get_one(Variant, tea.id)
        changed.price, changed.pack = 999_000, "Thùng"
        changed.product.name = "Tên khác"
        gone = writing.get_one(type(certificate), certificate.id)
        gone.withdrawn_on, gone.withdrawn_reason = TODAY, "fraud"
    line = order_group(session, group.public_id).orders[0].lines[0]
    assert (line.product_name, line.pack, line.unit_price, line.standing.stars) == (
        "Chè",
        "Hộp 100 g",
        100_000,
        5,
    )


def test_a_line_may_come_from_two_batches_the_older_first(session: Session, now: dt.datetime) -> None:
    tea = make_variant(session, price=100_000)
    make_batch(session, variant=tea, code="CU", quantity=2, expires_on=TODAY)
    make_batch(session, variant=tea, code="MOI", quantity=5)
    group = order(make_cart(session, lines={tea.id: 3}), 330_000, now)
    line = order_group(session, group.public_id).orders[0].lines[0]
    assert {(part.code, part.quantity) for part in line.batches} == {("CU", 2), ("MOI", 1)}
    left = {batch.code: batch.on_hand for batch in session.scalars(sa.select(Batch))}
    assert left == {"CU": 0, "MOI": 4}


def test_the_same_token_again_is_the_same_order(session: Session, now: dt.datetime) -> None:
    tea = in_stock(session)
    cart = make_cart(session, lines={tea.id: 1})
    token = checkout_token()
    first = order(cart, 130_000, now, token=token)
    again = order(cart, 130_000, now, token=token)
    assert again.id == first.id
    assert len(session.scalars(sa.select(Order)).all()) == 1
    assert session.scalars(sa.select(Batch.on_hand)).all() == [9]


def test_a_token_of_another_shape_is_refused(session: Session, now: dt.datetime) -> None:
    cart = make_cart(session, lines={in_stock(session).id: 1})
    for token in ("", "1", "x" * 27, "U" * 26):
        with pytest.raises(InvalidInput) as refused:
            order(cart, 130_000, now, token=token)
        assert refused.value.field == "token"
    assert nothing_happened(session, cart)


def test_another_total_than_was_shown_orders_nothing(session: Session, now: dt.datetime) -> None:
    tea = in_stock(session)
    cart = make_cart(session, lines={tea.id: 2})
    total = shown(session, cart)
    with atomic() as writing:
        writing.get_one(Variant, tea.id).price = 120_000
    with pytest.raises(PriceChanged) as refused:
        order(cart, total, now)
    assert (refused.value.shown, refused.value.total) == (230_000, 270_000)
    with atomic() as writing:
        writing.get_one(Variant, tea.id).price = 100_000
        writing.scalars(sa.select(Producer)).one().delivery_fee = 31_000
    with pytest.raises(PriceChanged):
        order(cart, total, now)
    assert nothing_happened(session, cart)


def test_when_one_line_is_short_nothing_is_ordered_and_the_cart_stays(
    session: Session, now: dt.datetime
) -> None:
    tea, rare = in_stock(session), in_stock(session, units=1)
    cart = make_cart(session, lines={tea.id: 1, rare.id: 2})
    with pytest.raises(OutOfStock) as refused:
        order(cart, shown(session, cart), now)
    assert (refused.value.variant_id, refused.value.available) == (rare.id, 1)
    assert nothing_happened(session, cart)


def test_goods_hidden_after_they_were_put_into_the_cart_are_not_sold(
    session: Session, now: dt.datetime
) -> None:
    tea = in_stock(session)
    cart = make_cart(session, lines={tea.id: 1})
    with atomic() as writing:
        writing.get_one(Variant, tea.id).product.published_at = None
    with pytest.raises(NotForSale) as refused:
        order(cart, 130_000, now)
    assert (refused.value.variant_id, refused.value.reason) == (tea.id, "hidden")
    assert nothing_happened(session, cart)


def test_an_empty_cart_is_no_order(session: Session, now: dt.datetime) -> None:
    for cart in (None, make_cart(session)):
        with pytest.raises(CartEmpty):
            order(cart, 0, now)
    assert not session.scalars(sa.select(OrderGroup)).all()


@pytest.mark.parametrize(
    ("province", "commune"),
    [(LAO_CAI, "VN34-99999"), ("VN34-86", VAN_CHAN), ("VN63-15", "VN63-04657"), (LAO_CAI, "VN63-04657")],
)
def test_it_goes_to_a_commune_of_today_in_its_province(
    session: Session, now: dt.datetime, province: str, commune: str
) -> None:
    cart = make_cart(session, lines={in_stock(session).id: 1})
    contact = dataclasses.replace(CONTACT, province_id=province, commune_id=commune)
    with pytest.raises(InvalidInput) as refused:
        order(cart, 130_000, now, contact=contact)
    assert refused.value.field == "commune"
    assert nothing_happened(session, cart)


def test_mails_go_to_the_buyer_and_to_each_producers_people(session: Session, now: dt.datetime) -> None:
    hoa, minh = make_producer(session), make_producer(session)
    owner, staff = make_owner(session, hoa), make_staff(session, hoa)
    other = make_owner(session, minh)
    left = make_owner(session, minh)
    with atomic() as writing:
        writing.get_one(type(left), left.id).disabled_at = now
    cart = make_cart(
        session, lines={in_stock(session, producer=hoa).id: 1, in_stock(session, producer=minh).id: 1}
    )
    order(cart, 260_000, now)
    mails = [message.payload for message in session.scalars(MAILS)]
    assert [(mail["to"], mail["template"]) for mail in mails] == [
        ("duong@thu.example", "mail/order_placed"),
        *sorted([(owner.email, "mail/order_received"), (staff.email, "mail/order_received")]),
        (other.email, "mail/order_received"),
    ]
    assert len(mails[0]["facts"]["orders"]) == 2
    assert [len(mail["facts"]["orders"]) for mail in mails[1:]] == [1, 1, 1]


def test_without_an_address_no_mail_goes_to_the_buyer(session: Session, now: dt.datetime) -> None:
    cart = make_cart(session, lines={in_stock(session).id: 1})
    order(cart, 130_000, now, contact=dataclasses.replace(CONTACT, email=None))
    assert session.scalars(MAILS).all() == []


def test_who_ordered_is_in_the_audit_log(session: Session, now: dt.datetime) -> None:
    user = make_user(session)
    cart = make_cart(session, user=user, lines={in_stock(session).id: 1})
    group = order(cart, 130_000, now, user_id=user.id, actor=Actor(user.id, user.name))
    entry = session.scalars(sa.select(AuditEntry)).one()
    assert (entry.act, entry.actor_id, entry.facts["total"]) == ("order.placed", user.id, 130_000)
    assert order_group(session, group.public_id).user_id == user.id
