"""Passwords are chosen, changed, forgotten and replaced."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.common_passwords import COMMON
from app.accounts.passwords import WeakPassword, check_password, hash_password, matches
from app.core import clock
from app.core.audit import AuditEntry
from app.core.outbox import OutboxMessage
from config import Settings
from tests.factories.accounts import PASSWORD, make_user
from tests.factories.client import Visitor
from tests.factories.outbox import delivered, text_of

NEW = "đồi chè sau cơn mưa"


def link_in(text: str) -> str:
    link = re.search(r"http://localhost(/\S+)", text)
    assert link is not None
    return link.group(1)


def reset_path(client: Visitor, settings: Settings, email: str) -> str:
    client.post("/password/forgot", data={"email": email})
    return link_in(text_of(delivered(settings)[-1]))


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("chín ký t", "short"),
        ("a" * 201, "long"),
        ("1234567890", "common"),
        ("MatKhau123", "common"),
        ("aaaaaaaaaaaa", "common"),
        ("lan.nguyen@thu.example", "address"),
        ("Lan.Nguyen", "address"),
    ],
)
def test_weak_passwords_are_refused_with_the_reason(password: str, reason: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        check_password(password, email="lan.nguyen@thu.example")
    assert refused.value.reason == reason
    assert refused.value.field == "password"


def test_a_sentence_is_a_good_password() -> None:
    check_password("con đường mòn", email="lan@thu.example")


def test_the_list_of_common_passwords_holds_only_what_the_length_lets_through() -> None:
    assert all(len(password) >= 10 and password == password.lower() for password in COMMON)


def test_a_hash_is_argon2id_with_the_stated_cost_and_never_the_same_twice() -> None:
    first, second = hash_password(NEW), hash_password(NEW)
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second
    assert matches(first, NEW)
    assert not matches(first, NEW + " ")


def test_nobodys_password_matches_nothing() -> None:
    assert not matches(None, "a password that opens nothing")
    assert not matches("not a hash", NEW)


def test_a_forgotten_password_is_replaced_by_the_mailed_link(
    client: Visitor, session: Session, settings: Settings
) -> None:
    user = make_user(session, name="Hà Văn Tư")
    path = reset_path(client, settings, user.email)
    assert user.email in client.get(path).text
    assert client.post(path, data={"password": NEW}).status_code == 303
    assert "Hà Văn Tư" in client.get("/account").text
    client.log_out()
    answer = client.post("/login", data={"email": user.email, "password": NEW})
    assert answer.status_code == 303


def test_the_link_works_once_and_every_session_is_over(
    app: Flask, client: Visitor, session: Session, settings: Settings
) -> None:
    user = make_user(session)
    elsewhere = app.test_client()
    assert isinstance(elsewhere, Visitor)
    elsewhere.log_in(user)
    path = reset_path(client, settings, user.email)
    client.post(path, data={"password": NEW})
    assert elsewhere.get("/account").status_code == 303
    again = client.post(path, data={"password": "một câu khác nữa"})
    assert again.status_code == 404
    assert "Liên kết không còn dùng được" in again.text


def test_the_link_is_dead_after_an_hour(
    client: Visitor, session: Session, settings: Settings, now: dt.datetime
) -> None:
    path = reset_path(client, settings, make_user(session).email)
    clock.start_clock(now + dt.timedelta(minutes=59))
    assert client.get(path).status_code == 200
    clock.start_clock(now + dt.timedelta(minutes=62))
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("token", ["x", "e30.sig", "W10", "%00", "a.b.c"])
def test_a_forged_link_opens_nothing(client: Visitor, session: Session, token: str) -> None:
    assert client.get(f"/password/reset/{token}").status_code == 404
    assert client.get(f"/register/{token}").status_code == 404


def test_the_database_does_not_hold_the_link(client: Visitor, session: Session, settings: Settings) -> None:
    path = reset_path(client, settings, make_user(session).email)
    token = path.rpartition("/")[2]
    payloads = [json.dumps(payload) for payload in session.scalars(sa.select(OutboxMessage.payload))]
    assert not any(token in payload or token.rpartition(".")[2] in payload for payload in payloads)


def test_asking_reads_the_same_for_an_unknown_address(
    client: Visitor, session: Session, settings: Settings
) -> None:
    known = make_user(session, email="a@thu.example")
    pages = [
        client.post("/password/forgot", data={"email": email}).text.replace(email, "…")
        for email in (known.email, "b@thu.example")
    ]
    assert _without_tokens(pages[0]) == _without_tokens(pages[1])
    to_known, to_unknown = delivered(settings)
    assert "/password/reset/" in text_of(to_known)
    assert "/password/reset/" not in text_of(to_unknown)


def _without_tokens(page: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]*"', "", page)


def test_a_disabled_person_gets_no_link(
    client: Visitor, session: Session, settings: Settings, now: dt.datetime
) -> None:
    user = make_user(session, disabled_at=now)
    client.post("/password/forgot", data={"email": user.email})
    assert "/password/reset/" not in text_of(delivered(settings)[0])


def test_a_weak_new_password_is_refused_at_its_field(
    client: Visitor, session: Session, settings: Settings
) -> None:
    path = reset_path(client, settings, make_user(session).email)
    answer = client.post(path, data={"password": "1234567890"})
    assert answer.status_code == 422
    assert 'id="password-error"' in answer.text
    assert "dễ đoán" in answer.text
    assert client.post(path, data={"password": NEW}).status_code == 303


def test_changing_the_password_keeps_this_browser_and_ends_the_others(
    app: Flask, client: Visitor, session: Session
) -> None:
    user = make_user(session)
    elsewhere = app.test_client()
    assert isinstance(elsewhere, Visitor)
    elsewhere.log_in(user)
    client.log_in(user)
    answer = client.post("/account/password", data={"present": PASSWORD, "password": NEW})
    assert answer.status_code == 303
    assert client.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 303
    acts = list(session.scalars(sa.select(AuditEntry.act).order_by(AuditEntry.id)))
    assert acts == ["password.changed"]


def test_changing_needs_the_present_password(client: Visitor, session: Session) -> None:
    user = make_user(session)
    client.log_in(user)
    answer = client.post("/account/password", data={"present": "không phải đâu", "password": NEW})
    assert answer.status_code == 422
    assert "Mật khẩu hiện tại chưa đúng" in answer.text
    assert client.post("/account/password", data={"password": NEW}).status_code == 422


def test_mails_asked_for_are_limited_by_place(client: Visitor, session: Session) -> None:
    for _ in range(5):
        assert client.post("/password/forgot", data={"email": "a@thu.example"}).status_code == 200
    assert client.post("/password/forgot", data={"email": "a@thu.example"}).status_code == 429
    assert client.post("/password/forgot", data={"email": "b@thu.example"}).status_code == 200


def test_no_address_is_refused(client: Visitor, session: Session) -> None:
    answer = client.post("/password/forgot", data={"email": "khong phai thu"})
    assert answer.status_code == 422
    assert "Địa chỉ thư này chưa đúng" in answer.text
