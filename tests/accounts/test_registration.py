"""An account opens by a mailed link, and no page shows whether an address is known."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core import clock
from config import Settings
from tests.factories.accounts import make_user
from tests.factories.client import Visitor
from tests.factories.outbox import delivered, text_of

NEW = "đồi chè sau cơn mưa"


def opening_path(client: Visitor, settings: Settings, **data: str) -> str:
    client.post("/register", data={"name": "Giàng A Páo", "email": "pao@thu.example"} | data)
    link = re.search(r"http://localhost(/register/\S+)", text_of(delivered(settings)[-1]))
    assert link is not None
    return link.group(1)


def test_an_account_opens_by_the_mailed_link(client: Visitor, session: Session, settings: Settings) -> None:
    path = opening_path(client, settings)
    assert session.scalar(sa.select(sa.func.count()).select_from(User)) == 0
    assert "pao@thu.example" in client.get(path).text
    assert client.post(path, data={"password": NEW}).status_code == 303
    assert "Giàng A Páo" in client.get("/account").text
    client.log_out()
    assert client.post("/login", data={"email": "PAO@thu.example", "password": NEW}).status_code == 303


def test_the_link_opens_one_account_only(client: Visitor, session: Session, settings: Settings) -> None:
    path = opening_path(client, settings)
    client.post(path, data={"password": NEW})
    client.log_out()
    assert client.post(path, data={"password": "kẻ đến sau muốn vào"}).status_code == 404
    assert session.scalar(sa.select(sa.func.count()).select_from(User)) == 1


def test_the_link_is_dead_after_a_day(
    client: Visitor, session: Session, settings: Settings, now: dt.datetime
) -> None:
    path = opening_path(client, settings)
    clock.start_clock(now + dt.timedelta(hours=25))
    assert client.get(path).status_code == 404
    assert client.post(path, data={"password": NEW}).status_code == 404


def test_the_answer_is_the_same_for_a_known_address(
    client: Visitor, session: Session, settings: Settings
) -> None:
    make_user(session, email="da.co@thu.example")
    pages = []
    for email in ("da.co@thu.example", "chua.co@thu.example"):
        answer = client.post("/register", data={"name": "Ai Đó", "email": email})
        pages.append(re.sub(r'name="csrf_token" value="[^"]*"', "", answer.text.replace(email, "…")))
        assert answer.status_code == 200
    assert pages[0] == pages[1]
    to_known, to_new = delivered(settings)
    assert "đã có tài khoản" in str(to_known["Subject"])
    assert "/register/" not in text_of(to_known)
    assert "/register/" in text_of(to_new)


@pytest.mark.parametrize("email", ["khong phai thu", "a@", "@b.example", "a@b@c.example", "a b@c.example"])
def test_what_is_no_address_is_refused_at_its_field(client: Visitor, session: Session, email: str) -> None:
    answer = client.post("/register", data={"name": "Ai Đó", "email": email})
    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text


def test_a_weak_password_is_refused_at_its_field(
    client: Visitor, session: Session, settings: Settings
) -> None:
    path = opening_path(client, settings)
    for password in ("ngắn", "pao@thu.example", ""):
        answer = client.post(path, data={"password": password})
        assert answer.status_code == 422
        assert 'id="password-error"' in answer.text
    assert session.scalar(sa.select(sa.func.count()).select_from(User)) == 0


def test_the_mail_and_the_account_speak_the_language_of_the_page(
    client: Visitor, session: Session, settings: Settings
) -> None:
    client.get("/register?lang=en")
    path = opening_path(client, settings)
    client.post(path, data={"password": NEW})
    assert session.scalar(sa.select(User.language)) == "en"


def test_the_demonstration_shows_where_its_mails_lie(client: Visitor, settings: Settings) -> None:
    answer = client.post("/register", data={"name": "Ai Đó", "email": "ai.do@thu.example"})
    assert str(settings.data_dir / "outbox") in answer.text


@pytest.mark.parametrize(
    "name", ["Trúng thưởng http://evil.example", "evil．com", "\u202e\u200b", "a@thu.example"]
)
def test_a_name_with_an_address_in_it_is_refused_and_nothing_is_mailed(
    client: Visitor, session: Session, settings: Settings, name: str
) -> None:
    answer = client.post("/register", data={"name": name, "email": "moi@thu.example"})
    assert answer.status_code == 422
    assert 'id="name-error"' in answer.text
    assert delivered(settings) == []
