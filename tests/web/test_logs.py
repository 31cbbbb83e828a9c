"""The logs name routes: no key, token, code or word of a visitor is in them, not even where the site breaks."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from flask import Flask
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import app.web.errors
from app.accounts.models import User
from app.core import clock, outbox
from app.core.db import atomic, db
from app.core.outbox import OutboxMessage, handler, send_later, sweep
from app.core.parts import part
from app.trace.setup import Trace
from app.trace.stamps.codes import encode
from app.web.logs import configure_logs, fault_text
from tests.factories.accounts import PASSWORD, make_owner, make_user
from tests.factories.catalogue import make_producer
from tests.factories.client import Visitor
from tests.factories.orders import make_order
from tests.factories.trace import make_roll

RESET = "eyJ1c2VyIjoi.bi1tYXQtY3VhLW1haQ"
SEARCH = "mật ong của bà Hai"
PRODUCTION = {
    "APP_ENV": "production",
    "SECRET_KEY": "tests-tests-tests-tests-tests-tests",
    "STAMP_KEYS": "k1:" + "5e" * 32,
    "BASE_URL": "https://nguon.example",
}


@pytest.fixture
def site(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Flask]:
    """The site as in production, which logs every request; and a page that breaks."""
    made = make_app(**PRODUCTION)
    monkeypatch.setattr(app.web.errors, "log", structlog.get_logger())

    def broken(token: str) -> str:
        from flask import request

        word = request.values["word"]
        with atomic() as session:
            session.execute(sa.text("SELECT 1"))
            try:
                session.execute(sa.insert(User).values(email=word))
            except IntegrityError as error:
                raise ValueError(f"no page for {token} and {word!r}") from error
        return ""

    made.add_url_rule("/broken/<token>", view_func=broken, methods=["GET", "POST"])
    yield made
    capsys.readouterr()
    configure_logs("WARNING")


def logged(capsys: pytest.CaptureFixture[str]) -> tuple[str, list[dict[str, Any]]]:
    """What was logged: as text, and the lines that are requests."""
    text = capsys.readouterr().err
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return text, [line for line in lines if line["event"] == "request"]


def test_a_walk_leaves_routes_in_the_log_and_no_secret(
    site: Flask, session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    producer = make_producer(session)
    owner, order, roll = make_owner(session, producer), make_order(session), make_roll(session)
    code = encode(roll.first_number, part(Trace, site).ring.issuing)
    visitor = site.test_client()
    assert isinstance(visitor, Visitor)
    walk = {
        f"/password/reset/{RESET}": "/password/reset/<token>",
        f"/register/{RESET}": "/register/<token>",
        f"/orders/{order.group.public_id}": "/orders/<public_id>",
        f"/t/{code}x": "/t/<path:code>",
        f"/t?code={code}": "/t",
        f"/products?q={SEARCH}": "/products",
        f"/api/v1/products?q={SEARCH}": "/api/v1/products",
        f"/nowhere/{RESET}": "none",
    }
    for address in walk:
        visitor.get(address, headers={"Referer": f"https://nguon.example/password/reset/{RESET}"})
    visitor.post("/login", data={"email": owner.email, "password": PASSWORD})
    visitor.get(f"/portal/{producer.slug}/orders/{order.number}")
    cookie = visitor.get_cookie("session")
    text, requests = logged(capsys)
    assert [line["route"] for line in requests[: len(walk)]] == list(walk.values())
    assert requests[-1]["route"] == "/portal/<producer>/orders/<number>"
    assert cookie is not None
    for secret in (RESET, order.group.public_id, order.number, code, SEARCH, "bà Hai", owner.email, PASSWORD):
        assert secret not in text
    assert cookie.value not in text
    assert producer.slug not in text


def test_a_fault_is_logged_with_its_way_and_without_what_the_visitor_sent(
    site: Flask, session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    visitor = site.test_client()
    word = "hai@thư.example\n'1"
    answer = visitor.post(f"/broken/{RESET}?word=cua-tôi", data={"word": word})
    assert answer.status_code == 500
    assert visitor.get(f"/broken/{RESET}?word={SEARCH}").status_code == 500
    text, requests = logged(capsys)
    assert [line["route"] for line in requests] == ["/broken/<token>"] * 2
    faults = [json.loads(line) for line in text.splitlines() if '"fault"' in line]
    assert len(faults) == 2
    for fault in faults:
        assert "ValueError: no page for … and " in fault["exception"]
        assert "IntegrityError" in fault["exception"] and "in broken" in fault["exception"]
    for secret in (RESET, SEARCH, word, "hai@", "cua-tôi"):
        assert secret not in text


def test_what_postgresql_quotes_of_a_row_is_left_out() -> None:
    try:
        raise RuntimeError(
            "duplicate key\nDETAIL:  Key (email)=(hai@thu.example) already exists.\n[SQL: INSERT]"
        )
    except RuntimeError:
        text = fault_text(sys.exc_info())  # type: ignore[arg-type]
    assert "duplicate key\n[SQL: INSERT]" in text and "hai@" not in text


def test_errors_of_the_database_do_not_repeat_the_values_of_rows(session: Session) -> None:
    user = make_user(session)
    row = {"email": user.email, "name": "Bà Hai", "password_hash": "bi-mat-lam"}
    with pytest.raises(IntegrityError) as caught:
        session.execute(sa.insert(User).values(**row))
    db.session.rollback()
    text = fault_text((caught.type, caught.value, caught.tb))
    assert "INSERT INTO users" in text and not [value for value in row.values() if value in text]


def test_a_letter_that_was_refused_is_logged_without_the_persons_address(
    app: Flask, session: Session, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @handler("test.refused")
    def refuse(message: OutboxMessage) -> None:
        raise OSError("550 hai@thu.example: no such mailbox")

    monkeypatch.setattr(outbox, "log", structlog.get_logger())
    configure_logs("WARNING")
    with atomic() as writing:
        send_later(writing, "test.refused", {}, now=clock.now())
    sweep()
    text = capsys.readouterr().err
    configure_logs("WARNING")
    assert "outbox.failed" in text and "OSError" in text and "hai@" not in text
