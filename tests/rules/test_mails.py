"""No mail carries typed words to an address that has confirmed nothing; every mail template is tried."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.invitations import invite
from app.accounts.models import User
from app.accounts.passwords import ask_for_reset
from app.accounts.registration import ask_to_register
from app.certification.reminders import remind
from app.core import clock
from app.core.audit import Actor
from app.core.db import atomic
from app.core.outbox import OutboxMessage
from app.core.parts import part
from app.orders.fulfilment import cancel, ship
from app.orders.models import Order
from app.orders.notifications import notify_of_change, notify_of_order
from config import Settings
from tests.factories.accounts import make_membership, make_owner, make_user
from tests.factories.catalogue import make_producer, make_product, make_variant
from tests.factories.certification import make_certificate
from tests.factories.client import Visitor
from tests.factories.orders import make_order
from tests.factories.outbox import delivered, text_of

ROOT = Path(__file__).resolve().parents[2]
TYPED = "Kẻ Lạ Nhắn"
"""What a stranger typed, wherever something can be typed."""
NEW = "chua.biet@thu.example"
SOMEONE = Actor(None, "test")


def templates() -> set[str]:
    """Every template of a mail."""
    folder = ROOT / "templates"
    return {
        path.relative_to(folder).with_suffix("").as_posix()
        for path in folder.rglob("*.txt")
        if 'extends "layouts/mail.txt"' in path.read_text(encoding="utf-8")
    }


def order_of(session: Session, user: User | None, *, email: str = NEW, producer: int | None = None) -> Order:
    """An order whose buyer typed the same words everywhere."""
    variant = make_variant(session, product=make_product(session, producer_id=producer)) if producer else None
    order = make_order(session, user=user, variant=variant)
    with atomic():
        group = order.group
        group.buyer_name = group.address = group.note = TYPED
        group.email = email
    return order


def register_strangers(session: Session, now: dt.datetime) -> None:
    """Somebody types addresses of others: one that is new, one with an account, one that was never confirmed."""
    producer = make_producer(session)
    unconfirmed = make_user(session, email="chua.xac.nhan@thu.example", name=TYPED, confirmed=False)
    with atomic() as writing:
        for email in (NEW, unconfirmed.email):
            ask_to_register(writing, name=TYPED, address=email, language="vi", now=now)
            ask_for_reset(writing, email, language="vi", now=now)
        for email in (NEW, unconfirmed.email):
            invite(
                writing,
                producer_id=producer.id,
                name=TYPED,
                address=email,
                language="vi",
                actor=SOMEONE,
                now=now,
            )


def buy_and_send(session: Session, now: dt.datetime) -> None:
    """Orders by a guest, by a member for another address, and by a member who confirmed nothing."""
    producer = make_producer(session)
    owner = make_user(session, name=TYPED, confirmed=False)
    make_membership(session, owner, "owner", producer=producer)
    member, unconfirmed = make_user(session), make_user(session, confirmed=False)
    acts: tuple[tuple[Callable[..., object], dict[str, str]], ...] = (
        (ship, {"tracking": TYPED}),
        (cancel, {"reason": TYPED}),
    )
    for user, email in ((None, NEW), (member, NEW), (unconfirmed, unconfirmed.email)):
        for act, said in acts:
            order = order_of(session, user, email=email, producer=producer.id)
            with atomic() as writing:
                notify_of_order(writing, order.group, now=now)
                act(writing, producer_id=producer.id, number=order.number, actor=SOMEONE, now=now, **said)


def remind_of_ends(session: Session, now: dt.datetime) -> None:
    """A certificate ends whose producer's owner confirmed nothing."""
    producer = make_producer(session)
    make_membership(session, make_user(session, name=TYPED, confirmed=False), "owner", producer=producer)
    product = make_product(session, producer=producer)
    make_certificate(session, product=product, valid_until=clock.today() + dt.timedelta(days=20))
    with atomic() as writing:
        remind(writing, actor=SOMEONE, now=now)


def test_an_address_that_confirmed_nothing_is_sent_no_typed_word(
    app: Flask, session: Session, now: dt.datetime
) -> None:
    register_strangers(session, now)
    buy_and_send(session, now)
    remind_of_ends(session, now)
    session.rollback()
    payloads = list(session.scalars(sa.select(OutboxMessage.payload).where(OutboxMessage.kind == "mail")))
    confirmed = set(session.scalars(sa.select(User.email).where(User.email_confirmed_at.is_not(None))))
    assert not confirmed & {payload["to"] for payload in payloads}
    assert {payload["template"] for payload in payloads} == templates()
    for mail in delivered(part(Settings, app)):
        assert TYPED not in f"{mail['Subject']} {mail['To']} {text_of(mail)}", mail["Subject"]
        assert "None" not in text_of(mail)


def test_who_confirmed_the_address_is_called_by_name_and_told_what_was_typed(
    app: Flask, session: Session, now: dt.datetime
) -> None:
    member, producer = make_user(session, name=TYPED), make_producer(session)
    make_owner(session, producer)
    order = order_of(session, member, email=member.email.upper(), producer=producer.id)
    with atomic() as writing:
        ask_for_reset(writing, member.email, language="vi", now=now)
        notify_of_order(writing, order.group, now=now)
        fresh = writing.get_one(Order, order.id)
        fresh.tracking = TYPED
        notify_of_change(writing, fresh, now=now)
    mails = delivered(part(Settings, app))
    assert len(mails) == 4
    assert all(TYPED in text_of(mail) for mail in mails)


@pytest.mark.parametrize("way", ["reset", "register"])
def test_a_mailed_link_that_is_used_confirms_the_address(
    app: Flask, session: Session, client: Visitor, way: str
) -> None:
    email = "moi@thu.example" if way == "register" else make_user(session, confirmed=False).email
    path = "/register" if way == "register" else "/password/forgot"
    client.post(path, data={"name": "Lan", "email": email})
    (link,) = re.findall(r"http://localhost(/\S+/\S+)", text_of(delivered(part(Settings, app))[-1]))
    client.get(link)
    of_it = sa.select(User.email_confirmed_at).where(User.email == email)
    assert session.scalar(of_it) is None
    assert client.post(link, data={"password": "đồi chè sau cơn mưa"}).status_code == 303
    assert session.scalar(of_it) is not None


def test_an_account_made_by_hand_has_confirmed_nothing(app: Flask, session: Session) -> None:
    run = ["users", "create", "--email", "tay@thu.example", "--name", "Lan"]
    assert app.test_cli_runner().invoke(args=run).exit_code == 0
    session.rollback()
    assert session.scalar(sa.select(User.email_confirmed_at)) is None
