"""The security headers are on every answer, whichever part of the application gave it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.core.parts import part
from app.trace.setup import Trace
from app.trace.stamps.codes import encode
from app.web.security import CONTENT_SECURITY_POLICY, HEADERS
from tests.factories.client import Visitor
from tests.factories.trace import make_roll

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


@pytest.mark.parametrize("way", ["tls", "proxy", "shouting proxy", "address", "plain", "forged"])
def test_every_cookie_is_out_of_reach_of_scripts_and_other_sites_and_travels_over_tls_only(
    session: Session, make_app: Callable[..., Flask], way: str
) -> None:
    """By TLS to here, by a proxy that says so, or because the site's own address is https."""
    base = {"address": "https://nguon.example"}.get(way, "http://nguon.example")
    made = make_app(BASE_URL=base, TRUSTED_PROXIES="1" if "proxy" in way else "0")
    roll = make_roll(session)
    code = encode(roll.first_number, part(Trace, made).ring.issuing)
    come: dict[str, Any] = {"base_url": "https://nguon.example"} if way == "tls" else {}
    come |= (
        {"headers": {"X-Forwarded-Proto": "HTTPS" if way == "shouting proxy" else "https"}}
        if "proxy" in way or way == "forged"
        else {}
    )
    set_by = {"session": "/login", "lang": "/products?lang=en", "scan": f"/t/{code}"}
    for name, address in set_by.items():
        answer = made.test_client().get(address, **come)
        (cookie,) = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith(f"{name}=")]
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
        is_secure = way in ("tls", "proxy", "shouting proxy", "address")
        assert ("; Secure" in cookie) is is_secure, (name, cookie)
        assert ("Strict-Transport-Security" in answer.headers) is is_secure


def test_a_form_over_tls_needs_its_token_and_no_referer(make_app: Callable[..., Flask]) -> None:
    """The site asks browsers to send none."""
    visitor = make_app(BASE_URL="https://localhost").test_client()
    assert isinstance(visitor, Visitor)
    assert visitor.post("/logout", base_url="https://localhost", csrf=False).status_code == 400
    token = {"csrf_token": visitor.form_token()}
    assert visitor.post("/logout", base_url="https://localhost", data=token).status_code == 303
