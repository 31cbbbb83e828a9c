"""Pages cached for everybody hold nothing of one visitor, whatever visitors send and writers enter."""

from __future__ import annotations

import gzip
import re

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core.db import atomic
from tests.factories.accounts import make_user
from tests.factories.catalogue import make_product, make_variant
from tests.factories.client import Visitor
from tests.factories.supply import make_batch

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def tokens(page: str) -> set[str]:
    return set(TOKEN.findall(page))


@pytest.mark.parametrize("name", ["⦃csrf⦄", "⦃cart⦄", "Mật ong ⦃csrf⦄ ⦃cart⦄"])
def test_a_name_in_the_form_of_a_slot_is_only_a_name(app: Flask, session: Session, name: str) -> None:
    product = make_product(session, name=name)
    for address in ("/products", f"/products/{product.slug}", f"/products?q={name}"):
        for _ in range(2):  # drawn, then cached
            assert name in app.test_client().get(address).text


def test_two_visitors_of_a_cached_page_have_tokens_of_their_own(app: Flask, session: Session) -> None:
    product = make_product(session)
    make_batch(session, variant=make_variant(session, product=product))
    asked = [tokens(app.test_client().get(f"/products/{product.slug}").text) for _ in range(3)]
    assert all(asked)
    assert len(set.union(*asked)) == len(asked)


def test_a_page_first_seen_by_a_member_names_nobody_to_the_next(app: Flask, session: Session) -> None:
    make_product(session)
    member = app.test_client()
    assert isinstance(member, Visitor)
    member.log_in(make_user(session, name="Trương Thị Kín"))
    assert "Trương Thị Kín" in member.get("/products").text
    assert "Trương Thị Kín" not in app.test_client().get("/products").text


def test_a_flash_message_is_shown_to_its_visitor_only(app: Flask, session: Session) -> None:
    make_product(session)
    buyer = app.test_client()
    with buyer.session_transaction() as visit:
        visit["_flashes"] = [("success", "Chỉ mình bạn biết")]
    assert "Chỉ mình bạn biết" in buyer.get("/products").text
    assert "Chỉ mình bạn biết" not in app.test_client().get("/products").text


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Prefix": "/evil.example"},
        {"X-Forwarded-Proto": "evil.example"},
        {"X-Original-URL": "/evil.example"},
        {"Referer": "http://evil.example/"},
    ],
)
def test_no_header_gets_into_a_cached_page(app: Flask, session: Session, headers: dict[str, str]) -> None:
    product = make_product(session)
    for address in ("/", "/products", f"/products/{product.slug}", "/api/v1/products", "/sitemap.xml"):
        assert "evil" not in app.test_client().get(address, headers=headers).text
        assert "evil" not in app.test_client().get(address).text


def test_a_server_that_moves_the_site_moves_nobody_else(app: Flask, session: Session) -> None:
    make_product(session)
    moved = app.test_client().get("/products", environ_overrides={"SCRIPT_NAME": "/evil"})
    assert "/evil" not in moved.text
    assert "/evil" not in app.test_client().get("/products").text


def test_a_cached_page_is_stale_with_the_commit_that_changed_it(app: Flask, session: Session) -> None:
    product = make_product(session, name="Tên cũ")
    assert "Tên cũ" in app.test_client().get("/products").text
    with app.app_context(), atomic() as writing:
        writing.get_one(type(product), product.id).name = "Tên mới"
    assert "Tên mới" in app.test_client().get("/products").text


@pytest.mark.parametrize("address", ["/", "/products", "/api/v1/products"])
def test_a_page_that_is_cached_here_is_asked_for_again_by_browsers(
    app: Flask, session: Session, address: str
) -> None:
    answer = app.test_client().get(address)
    assert "no-cache" in answer.headers["Cache-Control"]
    if answer.headers["Cache-Control"].startswith("public"):
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("address", ["/login", "/register", "/password/forgot", "/t", "/checkout/communes"])
def test_no_cache_on_the_way_shares_a_page_with_a_token(client: Visitor, address: str) -> None:
    assert client.get(address).headers["Cache-Control"].startswith("private")


def test_head_is_get_without_the_body(app: Flask, session: Session) -> None:
    make_product(session)
    head, get = app.test_client().head("/products"), app.test_client().get("/products")
    assert head.status_code == 200
    assert head.data == b""
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


def test_each_language_has_its_own_page(app: Flask, session: Session) -> None:
    make_product(session)
    assert 'lang="en"' in app.test_client().get("/products?lang=en").text
    assert 'lang="vi"' in app.test_client().get("/products").text
    reader = app.test_client()
    reader.get("/?lang=en")
    assert 'lang="en"' in reader.get("/products").text
    assert 'lang="vi"' in app.test_client().get("/products").text


def test_a_page_is_sent_packed_to_who_takes_it_and_plain_to_who_has_a_cart(
    client: Visitor, session: Session
) -> None:
    packed = client.get("/products", headers={"Accept-Encoding": "gzip"})
    plain = client.get("/products")
    assert packed.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data
    assert "Accept-Encoding" in packed.headers["Vary"] and "Cookie" in packed.headers["Vary"]
    with client.session_transaction() as visit:
        visit["cart_count"] = 3
    with_cart = client.get("/products", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in with_cart.headers
    assert 'data-cart-count="3"' in with_cart.text or ">3<" in with_cart.text


def test_a_page_with_a_form_token_is_never_packed(client: Visitor, session: Session) -> None:
    batch = make_batch(session)
    slug = session.scalar(sa.text("SELECT slug FROM products"))
    answer = client.get(f"/products/{slug}", headers={"Accept-Encoding": "gzip"})
    assert "csrf_token" in answer.text and batch.on_hand
    assert "Content-Encoding" not in answer.headers
