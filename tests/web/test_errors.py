"""After any error people read a page that helps them and programs read problem+json, and no trace leaks."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.core.errors import Busy, Conflict, InvalidInput, NotAllowed, NotFound, TooLarge, TooMany
from app.web.errors import error_page
from app.web.messages import STATUSES
from tests.factories.client import Visitor

REFUSALS = (InvalidInput, NotAllowed, NotFound, Conflict, TooLarge, TooMany, Busy)


@pytest.fixture
def breaking(make_app: Callable[..., Flask]) -> FlaskClient:
    """A site with addresses where things go wrong."""
    app = make_app()

    def refuse(number: int) -> str:
        raise REFUSALS[number](field="weight", wanted=3)

    def break_down() -> str:
        raise ZeroDivisionError("the secret of the application")

    def locked() -> str:
        raise sa.exc.OperationalError("UPDATE stock", {}, Exception("database is locked"))

    def gone() -> str:
        raise sa.exc.OperationalError("SELECT", {}, Exception("the server at 10.1.1.1 closed the connection"))

    views: dict[str, Callable[..., Any]] = {
        "/refuse/<int:number>": refuse,
        "/abort/<int:code>": abort,
        "/break": break_down,
        "/locked": locked,
        "/gone": gone,
        "/api/break": break_down,
        "/api/refuse/<int:number>": refuse,
    }
    for path, view in views.items():
        app.add_url_rule(path, path, view, methods=["GET"])
    return app.test_client()


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("status", STATUSES)
def test_every_status_has_a_page_with_what_to_do(app: Flask, status: int, language: str) -> None:
    with app.test_request_context(f"/?lang={language}"):
        answer = error_page(status, "whatever")
    page = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert f'lang="{language}"' in page
    message = re.search(r'<div class="error-words">\s*<p>(.+?)</p>', page, re.DOTALL)
    assert message is not None
    assert len(message.group(1)) > 20
    assert 'href="/"' in page
    assert answer.headers["Cache-Control"] == "no-store"


def test_no_two_statuses_read_the_same(app: Flask) -> None:
    titles = []
    for status in STATUSES:
        with app.test_request_context("/"):
            title = re.search(r"<h1>(.+?)</h1>", error_page(status, "whatever").get_data(as_text=True))
        assert title is not None
        titles.append(title.group(1))
    assert len(set(titles)) == len(STATUSES)


@pytest.mark.parametrize(("code", "message"), [("form-expired", "mở đã lâu"), ("busy", "nhiều người")])
def test_known_codes_have_messages_of_their_own(app: Flask, code: str, message: str) -> None:
    with app.test_request_context("/"):
        assert message in error_page(400, code).get_data(as_text=True)


@pytest.mark.parametrize("number", range(len(REFUSALS)))
def test_a_refusal_becomes_its_status(breaking: FlaskClient, number: int) -> None:
    answer = breaking.get(f"/refuse/{number}")
    assert answer.status_code == REFUSALS[number].status
    assert answer.content_type.startswith("text/html")
    program = breaking.get(f"/api/refuse/{number}")
    assert program.content_type == "application/problem+json"
    problem = program.get_json()
    assert len(problem.pop("detail")) > 20
    assert problem == {
        "type": f"urn:nguon:problem:{REFUSALS[number].code}",
        "title": REFUSALS[number].code,
        "status": REFUSALS[number].status,
        "field": "weight",
        "wanted": 3,
    }


@pytest.mark.parametrize(
    ("language", "detail"),
    [
        ("vi", "Người khác đang ghi vào đúng chỗ đó. Đợi vài giây rồi thử lại; việc của bạn chưa được lưu."),
        ("en", "Someone else is writing in the same place."),
    ],
)
def test_programs_too_are_told_in_the_language_they_ask_for(
    breaking: FlaskClient, language: str, detail: str
) -> None:
    answer = breaking.get(f"/api/refuse/{REFUSALS.index(Busy)}?lang={language}")
    assert answer.get_json()["detail"].startswith(detail)


@pytest.mark.parametrize("status", STATUSES)
def test_what_a_library_refuses_has_a_page_too(breaking: FlaskClient, status: int) -> None:
    answer = breaking.get(f"/abort/{status}")
    assert answer.status_code == status
    assert "<h1>" in answer.text


@pytest.mark.parametrize("path", ["/break", "/api/break", "/gone"])
def test_a_fault_shows_nothing_of_the_application(breaking: FlaskClient, path: str) -> None:
    answer = breaking.get(path)
    assert answer.status_code == 500
    for secret in ("Traceback", "ZeroDivision", "secret of the application", "10.1.1.1", "SELECT"):
        assert secret not in answer.text


def test_a_fault_shows_a_number_to_tell(breaking: FlaskClient) -> None:
    answer = breaking.get("/break", headers={"X-Request-Id": "abcd-1234-efgh"})
    assert "abcd-1234-efgh" in answer.text


def test_a_locked_database_asks_to_try_again(breaking: FlaskClient) -> None:
    answer = breaking.get("/locked")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "2"


def test_an_address_that_is_not_there(client: Visitor) -> None:
    answer = client.get("/khong-co-gi-o-day")
    assert answer.status_code == 404
    assert "Không có trang này" in answer.text
    program = client.get("/khong-co", headers={"Accept": "application/json"})
    assert program.get_json()["status"] == 404


def test_a_method_that_is_not_taken_says_which_are(client: Visitor) -> None:
    answer = client.get("/logout")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_form_without_its_token_reads_as_expired(client: Visitor) -> None:
    answer = client.post("/login", csrf=False, data={"email": "a@thu.example", "password": "x"})
    assert answer.status_code == 400
    assert "Trang này mở đã lâu" in answer.text


@pytest.mark.parametrize(("seconds", "expected"), [(30, "30 giây"), (600, "10 phút")])
def test_too_many_tries_tells_when_to_come_back(app: Flask, seconds: int, expected: str) -> None:
    with app.test_request_context("/"):
        assert expected in error_page(429, "too-many", {"retry_after": seconds}).get_data(as_text=True)


def test_facts_are_shown_as_text_and_never_as_markup(app: Flask) -> None:
    with app.test_request_context("/", headers={"X-Request-Id": "<b>12345678</b>"}):
        page = error_page(500, "<script>", {"x": "<script>"}).get_data(as_text=True)
    assert "<script>" not in page
    assert "<b>12345678" not in page


def test_the_pages_show_with_the_database_down(
    make_app: Callable[..., Flask], client: Visitor, session: Session, tmp_path: Path
) -> None:
    broken = make_app(DATABASE_URL=f"sqlite:///{tmp_path}/nowhere/at/all.db")
    visitor = broken.test_client()
    assert isinstance(visitor, Visitor)
    with visitor.session_transaction() as visit:
        visit["_user_id"] = "a token whose row cannot be read"
    assert visitor.get("/khong-co-gi-o-day").status_code == 404
    answer = visitor.get("/account")
    assert answer.status_code == 500
    assert "Có lỗi ở phía chúng tôi" in answer.text
