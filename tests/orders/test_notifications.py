"""The buyer learns by mail what became of a parcel, in the language the order was placed in."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from app.catalogue.models import Producer
from app.core.db import atomic
from app.orders import fulfilment as orders
from app.orders.models import OrderGroup
from app.orders.notifications import notify_of_order
from config import Settings
from tests.factories.accounts import make_owner, make_user
from tests.factories.orders import make_order
from tests.factories.outbox import delivered, text_of
from tests.orders.test_fulfilment import do


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("vi", ("đã gửi đi", "HTX Suối Giàng đã gửi kiện này. Vận đơn: VNPost EH123456789VN")),
        ("en", ("is on its way", "HTX Suối Giàng has sent this parcel. Tracking: VNPost EH123456789VN")),
    ],
    ids=["vi", "en"],
)
def test_a_parcel_on_its_way_is_announced(
    session: Session, settings: Settings, now: dt.datetime, language: str, expected: tuple[str, str]
) -> None:
    subject, sentence = expected
    order = make_order(session, user=make_user(session, email="lan@thu.example"))
    with atomic() as writing:
        writing.get_one(OrderGroup, order.group_id).language = language
    do(orders.ship, order, now, tracking="VNPost EH123456789VN")
    (mail,) = delivered(settings)
    assert mail["To"] == "lan@thu.example"
    assert order.number in mail["Subject"] and subject in mail["Subject"]
    text = text_of(mail)
    assert sentence in " ".join(text.split())
    assert "Chè Shan tuyết" in text
    assert f"http://localhost/orders/{order.group.public_id}" in text


def test_a_cancelled_parcel_gives_the_reason_and_that_nothing_is_due(
    session: Session, settings: Settings, now: dt.datetime
) -> None:
    order = make_order(session, user=make_user(session))
    do(orders.cancel, order, now, reason="Chè ẩm, không gửi được")
    (mail,) = delivered(settings)
    assert "bị hủy" in mail["Subject"]
    lines = text_of(mail).splitlines()
    assert any(line.endswith("Lý do: Chè ẩm, không gửi được") for line in lines)
    assert "Bạn không phải trả gì cho kiện này." in lines


def test_without_an_address_nobody_is_written_to(
    session: Session, settings: Settings, now: dt.datetime
) -> None:
    order = make_order(session)
    with atomic() as writing:
        writing.get_one(OrderGroup, order.group_id).email = None
    do(orders.ship, order, now, tracking=None)
    assert delivered(settings) == []


def test_a_guest_reads_the_reason_on_the_page_of_the_order(
    session: Session, settings: Settings, now: dt.datetime
) -> None:
    order = make_order(session)
    do(orders.cancel, order, now, reason="Chè ẩm, không gửi được")
    (mail,) = delivered(settings)
    text = text_of(mail)
    assert "Chè ẩm" not in text and order.group.buyer_name not in text
    assert "Lý do ghi ở trang của đơn." in text
    assert f"http://localhost/orders/{order.group.public_id}" in text


def test_a_mail_for_another_address_than_the_members_own_is_a_strangers(
    session: Session, settings: Settings, now: dt.datetime
) -> None:
    order = make_order(session, user=make_user(session))
    with atomic() as writing:
        writing.get_one(OrderGroup, order.group_id).email = "nguoi.khac@thu.example"
    do(orders.ship, order, now, tracking="VNPost EH123456789VN")
    (mail,) = delivered(settings)
    assert "EH123456789VN" not in text_of(mail)


def test_the_producer_s_people_are_led_to_the_order_in_that_producer_s_portal(
    session: Session, settings: Settings, now: dt.datetime
) -> None:
    order = make_order(session)
    producer = session.get_one(Producer, order.producer_id)
    owner = make_owner(session, producer)
    with atomic() as writing:
        notify_of_order(writing, writing.get_one(OrderGroup, order.group_id), now=now)
    text = next(text_of(mail) for mail in delivered(settings) if mail["To"] == owner.email)
    assert f"http://localhost/portal/{producer.slug}/orders/{order.number}" in text.splitlines()
