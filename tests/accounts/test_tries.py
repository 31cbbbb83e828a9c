"""Guessing is slowed down for the guesser, on every worker, and nobody is locked out by a stranger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.accounts import tries
from app.accounts.models import Tries
from app.accounts.setup import _prune
from app.accounts.tries import WAITS, WINDOW, Count, TooManyTries, count_try, guesses, place_of, require_guess
from app.core import clock
from app.core.db import atomic, db
from tests.factories.accounts import PASSWORD, make_user
from tests.factories.client import Visitor

WRONG = "đoán mò thôi mà"


def attempt(visitor: Visitor, email: str, password: str = WRONG, ip: str = "10.6.6.6") -> TestResponse:
    data = {"email": email, "password": password}
    return visitor.post("/login", data=data, environ_overrides={"REMOTE_ADDR": ip})


def fresh(app: Flask) -> Visitor:
    visitor = app.test_client()
    assert isinstance(visitor, Visitor)
    return visitor


def spend(session: Session, counts: tuple[Count, ...], times: int, now: dt.datetime) -> None:
    with atomic() as writing:
        for _ in range(times):
            count_try(writing, counts, now=now)


def wait_of(session: Session, counts: tuple[Count, ...], now: dt.datetime) -> int:
    session.rollback()
    try:
        require_guess(session, counts, now=now)
    except TooManyTries as refusal:
        return int(refusal.facts["retry_after"])
    return 0


def test_the_tries_of_all_workers_are_counted_together(
    app: Flask, session: Session, make_app: Callable[..., Flask]
) -> None:
    user, workers = make_user(session), (app, make_app())
    for turn in range(10):
        assert attempt(fresh(workers[turn % 2]), user.email).status_code == 422
    for worker in workers:
        assert attempt(fresh(worker), user.email, PASSWORD).status_code == 429


def test_the_page_says_how_long_to_wait_and_what_else_to_do(app: Flask, session: Session) -> None:
    user = make_user(session)
    for _ in range(10):
        attempt(fresh(app), user.email)
    answer = attempt(fresh(app), user.email, PASSWORD)
    assert "Thử lại được sau 60 giây." in answer.text
    assert 'href="/password/forgot"' in answer.text
    assert answer.headers["Retry-After"] == "60"


def test_the_own_browser_gets_in_while_strangers_guess_from_everywhere(app: Flask, session: Session) -> None:
    user = make_user(session)
    mine = fresh(app)
    assert attempt(mine, user.email, PASSWORD, "10.0.0.1").status_code == 303
    mine.post("/logout")
    for turn in range(60):
        attempt(fresh(app), user.email, ip=f"10.6.{turn}.6")
    assert attempt(fresh(app), user.email, PASSWORD, "10.0.0.9").status_code == 429
    assert attempt(mine, user.email, PASSWORD, "10.6.6.6").status_code == 303


def test_a_known_browser_has_tries_of_its_own_and_not_without_end(app: Flask, session: Session) -> None:
    user = make_user(session)
    mine = fresh(app)
    attempt(mine, user.email, PASSWORD)
    mine.post("/logout")
    for _ in range(10):
        assert attempt(mine, user.email).status_code == 422
    assert attempt(mine, user.email, PASSWORD).status_code == 429
    assert attempt(fresh(app), user.email, PASSWORD).status_code == 303


def test_a_browser_known_to_one_account_is_a_stranger_to_the_next(app: Flask, session: Session) -> None:
    known, other = make_user(session), make_user(session)
    thief = fresh(app)
    attempt(thief, known.email, PASSWORD)
    thief.post("/logout")
    for _ in range(10):
        attempt(fresh(app), other.email)
    assert attempt(thief, other.email, PASSWORD).status_code == 429


@pytest.mark.parametrize("cookie", ["", "x", "W10.x", "e30", "a.b.c"])
def test_a_forged_cookie_makes_no_browser_known(app: Flask, session: Session, cookie: str) -> None:
    user = make_user(session)
    for _ in range(10):
        attempt(fresh(app), user.email)
    stranger = fresh(app)
    stranger.set_cookie("browser", cookie)
    assert attempt(stranger, user.email, PASSWORD).status_code == 429


def test_an_address_that_nobody_has_is_slowed_down_all_the_same(app: Flask, session: Session) -> None:
    for _ in range(10):
        attempt(fresh(app), "khong.ai@thu.example")
    assert attempt(fresh(app), "khong.ai@thu.example").status_code == 429


def test_a_forgotten_password_is_replaced_while_strangers_guess(app: Flask, session: Session) -> None:
    user = make_user(session)
    for _ in range(10):
        attempt(fresh(app), user.email)
    assert fresh(app).post("/password/forgot", data={"email": user.email}).status_code == 200


def test_waits_grow_and_end_with_the_hour(session: Session, now: dt.datetime) -> None:
    counts, moment, waited = (Count("a" * 64, 10),), now, []
    spend(session, counts, 10, moment)
    while moment - now < WINDOW:
        waited.append(wait_of(session, counts, moment))
        moment += dt.timedelta(seconds=waited[-1])
        spend(session, counts, 1, moment)
    assert [seconds // 60 for seconds in waited[:5]] == [1, 2, 4, 8, 15]
    assert max(waited) <= 15 * 60
    assert wait_of(session, counts, now + WINDOW) == 0


def test_a_village_behind_one_address_is_not_stopped_by_ten_slips(session: Session, now: dt.datetime) -> None:
    for person in range(29):
        spend(session, guesses("password", f"{person}@thu.example", place="10.1.1.1", browser=None), 10, now)
    another = guesses("password", "moi@thu.example", place="10.1.1.1", browser=None)
    assert wait_of(session, another, now) == 0
    spend(session, another, 10, now)
    assert wait_of(session, guesses("password", "b@thu.example", place="10.1.1.1", browser=None), now) > 0
    assert wait_of(session, guesses("password", "b@thu.example", place="10.1.1.2", browser=None), now) == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.lists(st.integers(0, 1800), max_size=40), st.integers(1, 6))
def test_no_sequence_of_tries_shuts_anybody_out_longer_than_a_quarter_of_an_hour(
    session: Session, now: dt.datetime, gaps: list[int], free: int
) -> None:
    with atomic() as writing:
        writing.execute(sa.delete(Tries))
    counts, moment = (Count("b" * 64, free),), now
    for gap in gaps:
        moment += dt.timedelta(seconds=gap)
        left = wait_of(session, counts, moment)
        assert left <= WAITS[-1].total_seconds()
        if not left:
            spend(session, counts, 1, moment)
    taken = session.scalar(sa.select(Tries.count)) or 0
    assert taken <= free + len(WAITS) + WINDOW // WAITS[-1]


def test_tries_of_the_same_moment_all_count(app: Flask, session: Session, now: dt.datetime) -> None:
    counts = guesses("password", "a@thu.example", place="10.1.1.1", browser=None)

    def once(_: int) -> None:
        with app.app_context(), atomic() as writing:
            count_try(writing, counts, now=now)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(once, range(24)))
    session.rollback()
    assert set(session.scalars(sa.select(Tries.count))) == {24}


def test_only_failures_are_written_and_what_is_over_is_dropped(
    app: Flask, session: Session, now: dt.datetime
) -> None:
    user = make_user(session)
    attempt(fresh(app), user.email, PASSWORD)
    assert session.scalar(sa.select(sa.func.count()).select_from(Tries)) == 0
    attempt(fresh(app), user.email)
    assert user.email not in str(session.scalars(sa.select(Tries.key)).all())
    clock.start_clock(now + WINDOW + dt.timedelta(minutes=1))
    _prune()
    db.session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(Tries)) == 0


def test_an_hour_later_counting_begins_anew(session: Session, now: dt.datetime) -> None:
    counts = (Count("c" * 64, 2),)
    spend(session, counts, 9, now)
    spend(session, counts, 1, now + WINDOW)
    assert session.scalar(sa.select(Tries.count)) == 1
    assert wait_of(session, counts, now + WINDOW) == 0


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", ""),
        (None, ""),
        ("unix:", ""),
    ],
)
def test_a_subscriber_is_one_place(address: str | None, place: str) -> None:
    assert place_of(address) == place


@pytest.mark.parametrize("path", ["/password/forgot", "/register"])
def test_mails_to_an_address_are_counted_wherever_they_are_asked_for(
    app: Flask, session: Session, path: str
) -> None:
    def ask(turn: int, email: str) -> int:
        data = {"email": email, "name": "Ai Đó"}
        return (
            fresh(app).post(path, data=data, environ_overrides={"REMOTE_ADDR": f"10.2.{turn}.1"}).status_code
        )

    assert [ask(turn, " Co@thu.example") for turn in range(6)] == [200] * 5 + [429]
    assert ask(9, "ban@thu.example") == 200


def test_a_place_asks_for_many_mails_and_not_for_any_number(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tries, "MAILS_AT_A_PLACE", 3)
    answers = [fresh(app).post("/password/forgot", data={"email": f"{n}@thu.example"}) for n in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert "Xem hộp thư trước" in answers[-1].text


def test_a_load_test_may_ask_without_end(session: Session, make_app: Callable[..., Flask]) -> None:
    user, unlimited = make_user(session), make_app(RATE_LIMITS="off")
    for _ in range(12):
        attempt(fresh(unlimited), user.email)
    assert attempt(fresh(unlimited), user.email, PASSWORD).status_code == 303
    assert fresh(unlimited).post("/password/forgot", data={"email": user.email}).status_code == 200
