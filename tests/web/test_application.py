"""A bare page answers before Flask is entered, and is a page like any other for every client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Request, has_app_context, has_request_context

from app.core.errors import Busy
from app.web.application import Application, Page
from tests.factories.client import Visitor

PLAIN = [("Content-Type", "text/plain; charset=utf-8")]


@pytest.fixture
def contexts(app: Flask) -> Iterator[list[tuple[str, bool, bool]]]:
    """A bare page under /bare/ for this test: 'here' answers, 'busy' and 'fault' raise, all else it leaves."""
    assert isinstance(app, Application)
    seen: list[tuple[str, bool, bool]] = []

    def answer(asked: Request) -> Page | None:
        path = asked.environ["PATH_INFO"].removeprefix("/bare/")
        seen.append((path, has_app_context(), has_request_context()))
        if path == "busy":
            raise Busy("scan-log-busy")
        if path == "fault":
            raise ZeroDivisionError
        return Page("đây".encode(), PLAIN) if path == "here" else None

    app.bare_pages["bare"] = answer
    yield seen
    del app.bare_pages["bare"]


def test_it_is_asked_outside_every_context(client: Visitor, contexts: list[Any]) -> None:
    answer = client.get("/bare/here")
    assert (answer.status_code, answer.text) == (200, "đây")
    assert contexts == [("here", False, False)]


def test_it_carries_its_length_and_the_headers_of_every_answer(client: Visitor, contexts: list[Any]) -> None:
    answer = client.get("/bare/here")
    assert answer.headers["Content-Length"] == str(len("đây".encode()))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers


def test_head_has_the_headers_and_no_body(client: Visitor, contexts: list[Any]) -> None:
    answer = client.head("/bare/here")
    assert answer.data == b""
    assert answer.headers["Content-Length"] == str(len("đây".encode()))


@pytest.mark.parametrize("address", ["/bare/else", "/bare", "/bare/"])
def test_what_it_leaves_goes_the_way_of_all_pages(client: Visitor, contexts: list[Any], address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert "<!doctype html>" in answer.text.lower()
    assert len(contexts) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_it_takes_only_get_and_head(client: Visitor, contexts: list[Any], method: str) -> None:
    assert client.open("/bare/here", method=method).status_code >= 400
    assert contexts == []


def test_what_it_raises_is_answered_as_everywhere(client: Visitor, contexts: list[Any]) -> None:
    busy, fault = client.get("/bare/busy"), client.get("/bare/fault")
    assert busy.status_code == Busy.status
    assert fault.status_code == 500
    for answer in (busy, fault):
        assert "Traceback" not in answer.text
        assert "X-Content-Type-Options" in answer.headers


def test_a_stamp_is_asked_only_by_get_and_head(client: Visitor) -> None:
    assert client.post("/t/0000000000000000").status_code == 405


def test_a_visitor_without_a_session_has_an_empty_one_and_a_forged_one_counts_for_nothing(
    app: Flask,
) -> None:
    assert "Set-Cookie" not in app.test_client().get("/healthz").headers
    visitor = app.test_client(use_cookies=False)
    for cookie in ("session=forged", "session=", "othersession=x; session=e30.x.y"):
        assert visitor.get("/healthz", headers={"Cookie": cookie}).status_code == 200
        assert visitor.get("/account", headers={"Cookie": cookie}).status_code == 303
