"""The security headers are on every answer, whichever part of the application gave it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from app.web.security import CONTENT_SECURITY_POLICY, HEADERS
from tests.factories.client import Visitor

ADDRESSES = (
    "/",
    "/products",
    "/healthz",
    "/nowhere",
    "/t/0000000000000000",
    "/api/v1/products",
    "/static/nowhere.css",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_carries_each_header_once(client: Visitor, address: str) -> None:
    answer = client.get(address)
    for name, value in HEADERS:
        assert answer.headers.getlist(name) == [value]


def test_the_policy_allows_nothing_inline_and_no_other_host() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'")
    for sources in CONTENT_SECURITY_POLICY.split("; "):
        assert set(sources.split()[1:]) <= {"'none'", "'self'", "data:"}, sources
    assert "data:" not in re.sub(r"img-src [^;]*", "", CONTENT_SECURITY_POLICY)


def test_only_an_answer_over_tls_asks_for_tls_henceforth(client: Visitor) -> None:
    assert "Strict-Transport-Security" not in client.get("/healthz").headers
    answer = client.get("/healthz", base_url="https://localhost")
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


def test_a_post_without_its_token_changes_nothing_and_says_that_the_form_is_old(client: Visitor) -> None:
    answer = client.post("/login", data={"email": "a@b.vn", "password": "x"}, csrf=False)
    assert answer.status_code == 400


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(
    app: Flask, make_app: Callable[..., Flask]
) -> None:
    plain = app.test_client().get("/login").headers["Set-Cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Secure" not in plain
    secure = make_app(BASE_URL="https://nguon.example").test_client()
    assert "Secure" in secure.get("/login", base_url="https://nguon.example").headers["Set-Cookie"]
