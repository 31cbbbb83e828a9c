"""A log-in is a row: it ends when its person says so, whoever holds a copy of the cookie."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.devices import device_of
from app.accounts.memberships import disable, enable
from app.accounts.models import LoginSession, User
from app.accounts.setup import _prune
from app.core import clock
from app.core.audit import Actor
from app.core.db import atomic, db
from tests.factories.accounts import PASSWORD, make_user
from tests.factories.client import Visitor

CLI = Actor(None, "cli")
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/130.0.0.0 Mobile Safari/537.36"
)
LAPTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"


def visitor_of(app: Flask) -> Visitor:
    visitor = app.test_client()
    assert isinstance(visitor, Visitor)
    return visitor


def log_in(app: Flask, user: User, agent: str = LAPTOP) -> Visitor:
    visitor = visitor_of(app)
    data = {"email": user.email, "password": PASSWORD}
    assert visitor.post("/login", data=data, headers={"User-Agent": agent}).status_code == 303
    return visitor


def copy_of(app: Flask, visitor: Visitor) -> Visitor:
    """A thief who has copied the cookie."""
    thief, cookie = visitor_of(app), visitor.get_cookie("session")
    assert cookie is not None
    thief.set_cookie("session", cookie.value)
    return thief


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/account").status_code == 200


def rows(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(LoginSession)) or 0


def test_a_copied_cookie_is_dead_after_the_log_out(app: Flask, session: Session) -> None:
    mine = log_in(app, make_user(session))
    thief = copy_of(app, mine)
    assert is_in(thief)
    mine.post("/logout")
    assert not is_in(thief)
    assert rows(session) == 0


def test_logging_in_again_in_the_same_browser_leaves_no_old_session(app: Flask, session: Session) -> None:
    user = make_user(session)
    mine = log_in(app, user)
    thief = copy_of(app, mine)
    mine.post("/login", data={"email": user.email, "password": PASSWORD})
    assert (is_in(mine), is_in(thief), rows(session)) == (True, False, 1)


def test_the_devices_are_listed_in_plain_words_and_each_can_be_ended(app: Flask, session: Session) -> None:
    user = make_user(session)
    mine, phone = log_in(app, user, LAPTOP), log_in(app, user, PHONE)
    page = " ".join(re.sub(r"<[^>]+>", " ", mine.get("/account").text).split())
    assert "Firefox trên Windows máy này đang dùng" in page
    assert "Chrome trên Android dùng lần cuối vừa xong" in page
    (other,) = session.scalars(sa.select(LoginSession.id).where(LoginSession.browser == "Chrome"))
    assert mine.post(f"/account/devices/{other}/end").status_code == 303
    assert (is_in(mine), is_in(phone)) == (True, False)
    assert mine.post(f"/account/devices/{other}/end").status_code == 303  # the second click
    assert is_in(mine)


def test_nobody_ends_the_session_of_another_person(app: Flask, session: Session) -> None:
    mine, other = log_in(app, make_user(session)), log_in(app, make_user(session))
    for row in session.scalars(sa.select(LoginSession.id)).all():
        other.post(f"/account/devices/{row}/end")
    assert is_in(mine)


def test_log_out_everywhere_is_everywhere(app: Flask, session: Session) -> None:
    user = make_user(session)
    mine, phone, stranger = log_in(app, user), log_in(app, user, PHONE), log_in(app, make_user(session))
    assert mine.post("/account/devices/end").location == "/login"
    assert (is_in(mine), is_in(phone), is_in(stranger)) == (False, False, True)


def test_thirty_days_without_use_end_a_session(app: Flask, session: Session, now: dt.datetime) -> None:
    user = make_user(session)
    used, idle = log_in(app, user), log_in(app, user)
    clock.start_clock(now + dt.timedelta(days=29))
    assert is_in(used)
    clock.start_clock(now + dt.timedelta(days=30, minutes=1))
    assert (is_in(used), is_in(idle)) == (True, False)
    _prune()
    assert rows(session) == 1


def test_when_a_session_was_used_is_written_once_an_hour(
    app: Flask, session: Session, now: dt.datetime, statements: list[str]
) -> None:
    mine = log_in(app, make_user(session))
    statements.clear()
    for minutes in (1, 30, 59, 61, 90):
        clock.start_clock(now + dt.timedelta(minutes=minutes))
        assert is_in(mine)
    assert sum(sent.startswith("UPDATE login_sessions") for sent in statements) == 1
    assert session.scalar(sa.select(LoginSession.seen_at)) == pytest.approx(
        now + dt.timedelta(minutes=61), abs=dt.timedelta(minutes=1)
    )


def test_the_database_does_not_hold_the_token(app: Flask, session: Session) -> None:
    mine = log_in(app, make_user(session))
    with mine.session_transaction() as visit:
        token = visit["_user_id"]
    row = session.scalars(sa.select(LoginSession)).one()
    assert token not in repr(vars(row))
    assert len(token) >= 43  # 256 bits


def test_a_closed_account_is_out_for_good(app: Flask, session: Session, now: dt.datetime) -> None:
    user = make_user(session)
    mine = log_in(app, user)
    for act in (disable, enable):
        with atomic() as writing:
            act(writing, user.id, actor=CLI, now=now)
        assert not is_in(mine)
    assert rows(session) == 0


def test_a_guest_has_no_session_and_cached_pages_ask_for_none(
    app: Flask, session: Session, client: Visitor, statements: list[str]
) -> None:
    client.get("/products")
    statements.clear()
    assert client.get("/products").status_code == 200
    assert statements == []
    assert rows(session) == 0


def test_the_stamp_page_asks_nobody_for_a_session(
    app: Flask, session: Session, statements: list[str]
) -> None:
    mine = log_in(app, make_user(session))
    statements.clear()
    mine.get("/t/0000000000000000")
    assert not any("login_sessions" in sent for sent in statements)


def test_who_was_logged_out_elsewhere_is_a_guest_with_cached_pages_again(
    app: Flask, session: Session, statements: list[str]
) -> None:
    user = make_user(session)
    mine = log_in(app, user)
    with atomic() as writing:
        writing.execute(sa.delete(LoginSession))
    visitor_of(app).get("/products")
    mine.get("/products")
    statements.clear()
    assert user.name not in mine.get("/products").text
    assert not any("login_sessions" in sent for sent in statements)


@pytest.mark.parametrize(
    ("agent", "known"),
    [
        (PHONE, ("Chrome", "Android")),
        (LAPTOP, ("Firefox", "Windows")),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1",
            ("Safari", "iPhone"),
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/130.0 Safari/537.36 Edg/130.0",
            ("Edge", "macOS"),
        ),
        (
            "Mozilla/5.0 (Linux; Android 13) Chrome/128.0 Mobile Safari/537.36 Zalo android/24",
            ("Zalo", "Android"),
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64) coc_coc_browser/125 Chrome/119 Safari/537.36",
            ("Cốc Cốc", "Linux"),
        ),
        ("curl/8.5", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_browser_is_called_what_people_call_it(agent: str, known: tuple[str, str]) -> None:
    assert device_of(agent) == known


def test_a_button_of_yesterday_never_ends_the_session_of_today(app: Flask, session: Session) -> None:
    user = make_user(session)
    mine, phone = log_in(app, user), log_in(app, user, PHONE)
    (shown,) = session.scalars(sa.select(LoginSession.id).where(LoginSession.browser == "Chrome"))
    phone.post("/logout")
    again = log_in(app, user, PHONE)
    mine.post(f"/account/devices/{shown}/end")
    assert is_in(again)


def test_a_page_is_given_though_nobody_can_write_that_it_was_asked_for(
    app: Flask, session: Session, now: dt.datetime
) -> None:
    """The row is held by somebody else for as long as the house waits for a lock (seconds)."""
    mine = log_in(app, make_user(session))
    clock.start_clock(now + dt.timedelta(hours=2))
    with db.engine.connect().execution_options(begin="IMMEDIATE") as holder:
        holder.execute(sa.update(LoginSession).values(browser="x"))
        assert is_in(mine)
    session.rollback()
    assert session.scalars(sa.select(LoginSession.seen_at)).one() < now + dt.timedelta(hours=1)
    assert is_in(mine)
    session.rollback()
    assert session.scalars(sa.select(LoginSession.seen_at)).one() > now + dt.timedelta(hours=1)
