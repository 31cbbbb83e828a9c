"""People log in, out, and learn nothing about others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.accounts.demo import DEMO_ACCOUNTS, create_demo_accounts
from app.accounts.demo import PASSWORD as DEMO_PASSWORD
from app.accounts.models import User
from app.accounts.passwords import outdated
from app.core.db import atomic
from tests.factories.accounts import PASSWORD, make_admin, make_officer, make_owner, make_promotion, make_user
from tests.factories.catalogue import make_producer
from tests.factories.client import Visitor


def enter(
    visitor: Visitor, email: str, password: str, *, path: str = "/login", ip: str = "10.0.0.1"
) -> TestResponse:
    return visitor.post(
        path, data={"email": email, "password": password}, environ_overrides={"REMOTE_ADDR": ip}
    )


def test_a_person_logs_in_and_out(client: Visitor, session: Session) -> None:
    user = make_user(session, name="Vàng Thị Mai")
    answer = enter(client, f"  {user.email.upper()} ", PASSWORD)
    assert answer.status_code == 303
    assert "Vàng Thị Mai" in client.get("/account").text
    assert client.post("/logout").status_code == 303
    assert client.get("/account").location == "/login?next=/account"


def test_the_time_of_the_last_login_is_stored(client: Visitor, session: Session, now: dt.datetime) -> None:
    user = make_user(session)
    enter(client, user.email, PASSWORD)
    session.refresh(user)
    assert user.last_login_at is not None
    assert user.last_login_at.date() == now.date()


@pytest.mark.parametrize("who", ["nobody", "wrong", "disabled"])
def test_every_failure_reads_the_same(client: Visitor, session: Session, now: dt.datetime, who: str) -> None:
    known = make_user(session, email="co@thu.example", disabled_at=now if who == "disabled" else None)
    email = "khong@thu.example" if who == "nobody" else known.email
    answer = enter(client, email, PASSWORD if who == "disabled" else "sai mật khẩu rồi")
    assert answer.status_code == 422
    assert "Thư điện tử hoặc mật khẩu chưa đúng" in answer.text
    assert client.get("/account").status_code == 303


def test_a_password_is_one_however_its_accents_were_typed(client: Visitor, session: Session) -> None:
    import unicodedata

    user = make_user(session)
    assert enter(client, user.email, unicodedata.normalize("NFD", PASSWORD)).status_code == 303


def test_a_hash_of_older_parameters_is_made_anew(client: Visitor, session: Session) -> None:
    user = make_user(session)
    with atomic():
        user.password_hash = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    enter(client, user.email, PASSWORD)
    session.refresh(user)
    assert not outdated(user.password_hash)
    client.log_out()
    assert enter(client, user.email, PASSWORD).status_code == 303


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "/a\tb", ""],
)
def test_login_never_leads_to_another_site(client: Visitor, session: Session, wanted: str) -> None:
    user = make_user(session)
    answer = client.post(
        "/login", query_string={"next": wanted}, data={"email": user.email, "password": PASSWORD}
    )
    assert answer.status_code == 303
    assert answer.location in ("/", "/account")


def test_login_goes_on_to_where_the_person_was_going(client: Visitor, session: Session) -> None:
    user = make_user(session)
    page = client.get("/account?lang=vi").location
    assert page == "/login?next=/account?lang%3Dvi"
    assert enter(client, user.email, PASSWORD, path=page).location == "/account?lang=vi"


def test_guessing_from_one_place_stops_and_the_owner_elsewhere_gets_in(
    app: Flask, client: Visitor, session: Session
) -> None:
    user = make_user(session)
    for _ in range(10):
        assert enter(client, user.email, "đoán mò thôi mà", ip="10.6.6.6").status_code == 422
    stopped = enter(client, user.email, PASSWORD, ip="10.6.6.6")
    assert stopped.status_code == 429
    assert 0 < int(stopped.headers["Retry-After"]) <= 15 * 60
    assert "Đợi một chút rồi thử lại" in stopped.text
    owner = app.test_client()
    assert isinstance(owner, Visitor)
    assert enter(owner, user.email, PASSWORD, ip="10.0.0.2").status_code == 303


def test_others_behind_the_same_address_are_not_stopped(client: Visitor, session: Session) -> None:
    tried, other = make_user(session), make_user(session)
    for _ in range(11):
        enter(client, tried.email, "đoán mò thôi mà", ip="10.6.6.6")
    assert enter(client, other.email, PASSWORD, ip="10.6.6.6").status_code == 303


def test_coming_and_going_is_no_guessing(client: Visitor, session: Session) -> None:
    user = make_user(session)
    for _ in range(15):
        assert enter(client, user.email, PASSWORD).status_code == 303


def test_a_guest_costs_no_query_for_who_they_are(client: Visitor, statements: list[str]) -> None:
    client.get("/login")
    assert statements == []


def test_knowing_a_person_and_all_roles_costs_one_query(
    client: Visitor, session: Session, statements: list[str]
) -> None:
    client.log_in(make_owner(session, make_producer(session)))
    statements.clear()
    client.get("/login")
    assert sum("users" in sent for sent in statements) == 1


def test_a_disabled_person_is_out_at_once(client: Visitor, session: Session, now: dt.datetime) -> None:
    user = make_user(session)
    client.log_in(user)
    assert client.get("/account").status_code == 200
    with atomic():
        user.disabled_at = now
    assert client.get("/account").status_code == 303


@pytest.mark.parametrize("forged", ["", "x", "abc.", "abc.-1", "abc.1.2", "0" * 5000])
def test_a_session_of_nonsense_is_a_guest(client: Visitor, session: Session, forged: str) -> None:
    with client.session_transaction() as visit:
        visit["_user_id"] = forged
    assert client.get("/account").status_code == 303


def test_login_leads_each_role_to_a_page_that_opens(client: Visitor, session: Session) -> None:
    people = [
        make_owner(session, make_producer(session)),
        make_officer(session),
        make_promotion(session),
        make_admin(session),
    ]
    for user in people:
        answer = enter(client, user.email, PASSWORD)
        assert answer.status_code == 303
        assert client.get(answer.location or "", follow_redirects=True).status_code == 200
        client.post("/logout")


def test_the_people_of_the_demonstration_log_in_on_it_only(
    app: Flask,
    client: Visitor,
    session: Session,
    now: dt.datetime,
    make_app: Callable[..., Flask],
) -> None:
    with atomic() as writing:
        create_demo_accounts(
            writing,
            producer_id=make_producer(session).id,
            other_producer_id=make_producer(session).id,
            now=now,
        )
    for account in DEMO_ACCOUNTS:
        assert enter(client, account.email, DEMO_PASSWORD).status_code == 303
    production = make_app(
        APP_ENV="production",
        SECRET_KEY="production-production-production-production",
        BASE_URL="http://localhost",
    ).test_client()
    assert isinstance(production, Visitor)
    assert enter(production, DEMO_ACCOUNTS[0].email, DEMO_PASSWORD).status_code == 422
    assert session.scalar(sa.select(sa.func.count()).select_from(User)) == len(DEMO_ACCOUNTS)


def test_a_form_of_the_person_who_was_here_before_is_not_sent_in_the_name_of_the_next(
    client: Visitor, session: Session
) -> None:
    """Two tabs of one browser: the second is logged in as somebody else while the first still shows a form."""
    before, after = make_user(session, name="Vàng Thị Mai"), make_user(session, name="Giàng A Páo")
    enter(client, before.email, PASSWORD)
    form = {"name": "Vàng Thị Mai Hoa", "phone": "", "language": "vi", "csrf_token": client.form_token()}
    enter(client, after.email, PASSWORD)
    answer = client.post("/account", data=form)
    assert answer.status_code == 400 and "Trang này mở đã lâu" in answer.text
    session.refresh(after)
    assert after.name == "Giàng A Páo"
    enter(client, after.email, PASSWORD)
    again = form | {"name": "Giàng A Páo Dũng", "csrf_token": client.form_token()}
    assert client.post("/account", data=again).status_code == 303
