"""The owner's room of staff: who works here, who is invited, and letting go."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import Membership, StaffInvitation, User
from app.web.limits import limiter
from config import Settings
from tests.factories.accounts import make_membership, make_user
from tests.factories.catalogue import make_producer
from tests.factories.client import Visitor
from tests.factories.outbox import delivered
from tests.producers.conftest import SampleSite

ROOM = "/portal/suoi-giang/staff"


def test_the_owner_sees_who_works_here_and_who_is_invited(portal: Visitor, sample: SampleSite) -> None:
    page = portal.get(ROOM).text
    assert 'aria-current="page"' in page
    for words in ("Lý Thị Hoa", "Người của Suối Giàng", sample.owner.email, sample.invitation.email):
        assert words in page
    assert page.count("/dismiss") == 1, "an owner is not let go"


def test_nothing_tells_whether_an_invited_address_has_an_account(
    session: Session, portal: Visitor, sample: SampleSite, settings: Settings
) -> None:
    make_user(session, email="da.co@thu.example", name="Tên Bí Mật")
    said = []
    for address in ("da.co@thu.example", "chua.co@thu.example"):
        sent = portal.post(ROOM, data={"name": "Ai đó", "email": address})
        page = portal.get(ROOM).text
        assert f"Đã gửi thư mời đến {address}." in page
        cancel = re.findall(rf"{address}.*?/invitations/(\d+)/cancel", page, re.DOTALL)[-1]
        assert portal.post(f"{ROOM}/invitations/{cancel}/cancel").status_code == 303
        portal.get(ROOM)
        page = re.sub(r'value="[^"]{40,}"|/invitations/\d+/', "", page.replace(address, "x@thu.example"))
        said.append((sent.status_code, sent.location, page))
    assert said[0] == said[1]
    assert "Tên Bí Mật" not in said[0][2]
    assert {str(mail["To"]) for mail in delivered(settings)} == {"da.co@thu.example", "chua.co@thu.example"}


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"email": "khong-phai-thu"}, "email", "Địa chỉ thư này chưa đúng"),
        ({"email": ""}, "email", "Chưa nhập thư điện tử."),
        ({"email": "x" * 260}, "email", "254"),
        ({"name": ""}, "name", "Chưa nhập họ và tên."),
        ({"name": "vào t.me/qua evil.example"}, "name", "Chỉ viết tên"),
    ],
)
def test_an_invitation_that_cannot_be_is_said_at_the_field(
    *, session: Session, portal: Visitor, sample: SampleSite, change: dict[str, str], field: str, words: str
) -> None:
    page = portal.post(ROOM, data={"name": "Páo", "email": "pao@thu.example"} | change)
    assert page.status_code == 400
    assert f'id="{field}-error"' in page.text
    assert words in page.text
    assert session.query(StaffInvitation).count() == 1


def test_who_works_here_is_said_at_the_field(session: Session, portal: Visitor, sample: SampleSite) -> None:
    address = session.get_one(User, sample.staff.user_id).email
    page = portal.post(ROOM, data={"name": "Páo", "email": address})
    assert page.status_code == 409
    assert "Người này đã làm ở cơ sở rồi." in page.text


def test_who_is_let_go_finds_the_portal_closed_at_once(
    app: Flask, session: Session, portal: Visitor, sample: SampleSite
) -> None:
    person = app.test_client()
    assert isinstance(person, Visitor)
    person.log_in(session.get_one(User, sample.staff.user_id))
    assert person.get("/portal/suoi-giang/today").status_code == 200
    path = f"{ROOM}/{sample.staff.id}/dismiss"
    assert portal.post(path).status_code == 303
    assert person.get("/portal/suoi-giang/today").status_code == 403
    assert portal.post(path).status_code == 404


def test_an_owner_elsewhere_is_staff_here(session: Session, client: Visitor, sample: SampleSite) -> None:
    """The right to invite goes with the producer that the portal works for, not with the person."""
    person, own = make_user(session), make_producer(session, name="HTX Của Mình")
    make_membership(session, person, "staff", producer=sample.producer)
    make_membership(session, person, "owner", producer=own)
    client.log_in(person)
    assert client.get(ROOM).status_code == 403
    assert "HTX Của Mình" in client.get(f"/portal/{own.slug}/staff").text
    assert client.post(f"/portal/{own.slug}/staff/{sample.staff.id}/dismiss").status_code == 409
    assert client.post(f"{ROOM}/{sample.staff.id}/dismiss").status_code == 403
    assert session.get(Membership, sample.staff.id, populate_existing=True) is not None


def test_letters_are_not_sent_by_the_hundred(portal: Visitor, sample: SampleSite) -> None:
    assert limiter.enabled
    answers = [
        portal.post(ROOM, data={"name": "Páo", "email": f"pao{n}@thu.example"}).status_code for n in range(31)
    ]
    assert answers == [303] * 30 + [429]
