"""Staff are invited by address, join by their own will, and nobody learns from it who has an account."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.addresses import BadAddress
from app.accounts.invitations import accept, cancel, decline, dismiss, invite
from app.accounts.memberships import AlreadyGranted
from app.accounts.models import Membership, StaffInvitation, User
from app.accounts.queries import colleagues, invitations
from app.catalogue.models import Producer
from app.core.audit import Actor, AuditEntry
from app.core.db import atomic
from app.core.errors import NotFound
from app.core.outbox import OutboxMessage
from config import Settings
from tests.factories.accounts import make_invitation, make_membership, make_owner, make_staff, make_user
from tests.factories.catalogue import make_producer
from tests.factories.client import Visitor
from tests.factories.outbox import delivered, text_of

HOA = Actor(1, "Lý Thị Hoa")


@pytest.fixture
def producer(session: Session) -> Producer:
    return make_producer(session, name="HTX Suối Giàng")


@pytest.fixture
def ask(producer: Producer, now: dt.datetime) -> Callable[..., str]:
    """Invite an address to the producer, in a transaction of its own."""

    def invited(address: str, **facts: Any) -> str:
        given: dict[str, Any] = {"name": "Giàng A Páo", "language": "vi", "actor": HOA, "now": now} | facts
        with atomic() as writing:
            return invite(writing, producer_id=producer.id, address=address, **given)

    return invited


def waiting(session: Session, producer: Producer) -> list[str]:
    return [invitation.email for invitation in invitations(session, producer_id=producer.id)]


def audited(session: Session) -> list[tuple[str, str, str]]:
    session.rollback()
    rows = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))
    return [(entry.act, f"{entry.object_type} {entry.object_id}", entry.actor_label) for entry in rows]


def mails(settings: Settings) -> dict[str, EmailMessage]:
    return {str(mail["To"]): mail for mail in delivered(settings)}


def test_an_address_without_an_account_is_led_from_the_mail_to_the_invitation(
    session: Session, client: Visitor, settings: Settings, producer: Producer, ask: Callable[..., str]
) -> None:
    assert ask(" Pao@Thu.Example ") == "pao@thu.example"
    assert session.scalar(sa.select(sa.func.count()).select_from(User)) == 0
    mail = mails(settings)["pao@thu.example"]
    assert mail["Subject"] == "HTX Suối Giàng mời bạn làm nhân viên"
    link = re.search(r"http://localhost(/register/\S+)", text_of(mail))
    assert link is not None
    opened = client.post(link[1], data={"password": "đồi chè sau cơn mưa"})
    assert opened.location == "/account"
    page = client.get("/account").text
    assert "HTX Suối Giàng mời bạn làm nhân viên" in page
    (action,) = re.findall(r'action="(/account/invitations/\d+/accept)"', page)
    assert client.get("/portal/").status_code == 403
    assert client.post(action).status_code == 303
    assert client.get("/portal/", follow_redirects=True).status_code == 200
    assert [(person.name, person.role) for person in colleagues(session, producer.id)] == [
        ("Giàng A Páo", "staff")
    ]
    assert waiting(session, producer) == []


def test_an_address_with_an_account_is_asked_to_log_in(
    session: Session, client: Visitor, settings: Settings, producer: Producer, ask: Callable[..., str]
) -> None:
    user = make_user(session, email="pao@thu.example", name="Giàng A Páo", language="en")
    ask("PAO@thu.example", name="Ai đó")
    mail = mails(settings)["pao@thu.example"]
    assert mail["Subject"] == "HTX Suối Giàng invites you to join its staff"
    assert "http://localhost/account" in text_of(mail)
    assert "/register/" not in text_of(mail)
    assert session.get_one(User, user.id).name == "Giàng A Páo"
    client.log_in(user)
    assert client.get("/portal/").status_code == 403
    assert "HTX Suối Giàng mời bạn làm nhân viên" in client.get("/account").text


def test_a_second_click_sends_no_second_mail_but_a_later_one_does(
    session: Session, producer: Producer, ask: Callable[..., str], now: dt.datetime
) -> None:
    for minutes in (0, 1, 9, 11):
        ask("pao@thu.example", now=now + dt.timedelta(minutes=minutes))
    assert waiting(session, producer) == ["pao@thu.example"]
    assert session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) == 2
    assert [act for act, *_ in audited(session)] == ["membership.invited"] * 2


@pytest.mark.parametrize("role", ["owner", "staff"])
def test_who_works_there_already_is_not_invited(
    session: Session, producer: Producer, ask: Callable[..., str], role: str
) -> None:
    make_membership(session, make_user(session, email="pao@thu.example"), role, producer=producer)
    with pytest.raises(AlreadyGranted) as refused:
        ask("pao@thu.example")
    assert refused.value.field == "email"
    with pytest.raises(BadAddress):
        ask("pao@")
    assert waiting(session, producer) == []


def test_who_works_elsewhere_may_be_invited(
    session: Session, producer: Producer, ask: Callable[..., str]
) -> None:
    make_membership(
        session, make_user(session, email="pao@thu.example"), "owner", producer=make_producer(session)
    )
    ask("pao@thu.example")
    assert waiting(session, producer) == ["pao@thu.example"]


@pytest.mark.parametrize("verb", [accept, decline])
def test_an_invitation_is_its_address_alone(
    session: Session, producer: Producer, now: dt.datetime, verb: Callable[..., None]
) -> None:
    invitation = make_invitation(session, producer, "pao@thu.example")
    other = make_user(session)
    for number in (invitation.id, invitation.id + 1):
        with pytest.raises(NotFound), atomic() as writing:
            verb(writing, number, user_id=other.id, actor=Actor(other.id, other.name), now=now)
    assert waiting(session, producer) == ["pao@thu.example"]
    assert session.scalar(sa.select(Membership.id)) is None


def test_every_step_is_in_the_audit_log(
    session: Session, producer: Producer, ask: Callable[..., str], now: dt.datetime
) -> None:
    pao, other = make_user(session, email="pao@thu.example", name="Giàng A Páo"), make_producer(session)
    by_pao: dict[str, Any] = {"user_id": pao.id, "actor": Actor(pao.id, pao.name), "now": now}
    by_owner: dict[str, Any] = {"producer_id": producer.id, "actor": HOA, "now": now}

    def asked() -> int:
        ask("pao@thu.example")
        return session.scalars(sa.select(StaffInvitation.id)).one()

    number = asked()
    with atomic() as writing:
        decline(writing, number, **by_pao)
    number = asked()
    with pytest.raises(NotFound), atomic() as writing:
        cancel(writing, number, **by_owner | {"producer_id": other.id})
    with atomic() as writing:
        cancel(writing, number, **by_owner)
    number = asked()
    with atomic() as writing:
        accept(writing, number, **by_pao)
    (joined,) = colleagues(session, producer.id)
    with pytest.raises(NotFound), atomic() as writing:
        dismiss(writing, joined.membership_id, **by_owner | {"producer_id": other.id})
    with atomic() as writing:
        dismiss(writing, joined.membership_id, **by_owner)
    sample, person = f"producer {producer.id}", f"user {pao.id}"
    assert audited(session) == [
        ("membership.invited", sample, "Lý Thị Hoa"),
        ("membership.invitation-declined", sample, "Giàng A Páo"),
        ("membership.invited", sample, "Lý Thị Hoa"),
        ("membership.invitation-cancelled", sample, "Lý Thị Hoa"),
        ("membership.invited", sample, "Lý Thị Hoa"),
        ("membership.granted", person, "Giàng A Páo"),
        ("membership.revoked", person, "Lý Thị Hoa"),
    ]
    assert colleagues(session, producer.id) == []


def test_an_owner_is_not_let_go_and_stays_owner_when_accepting(
    session: Session, producer: Producer, now: dt.datetime
) -> None:
    owner = make_owner(session, producer)
    (role,) = colleagues(session, producer.id)
    with pytest.raises(NotFound), atomic() as writing:
        dismiss(writing, role.membership_id, producer_id=producer.id, actor=HOA, now=now)
    invitation = make_invitation(session, producer, owner.email)
    with atomic() as writing:
        accept(writing, invitation.id, user_id=owner.id, actor=HOA, now=now)
    assert [person.role for person in colleagues(session, producer.id)] == ["owner"]
    assert waiting(session, producer) == []


def test_owners_stand_before_staff(session: Session, producer: Producer) -> None:
    make_staff(session, producer)
    make_owner(session, producer)
    make_staff(session, make_producer(session))
    assert [person.role for person in colleagues(session, producer.id)] == ["owner", "staff"]
