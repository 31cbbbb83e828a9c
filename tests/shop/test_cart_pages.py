"""The cart's pages: what a visitor does there, and what is said when it cannot be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.accounts.models import User
from app.catalogue.models import Variant
from app.core.db import atomic, db
from app.core.jobs import run_round
from app.orders.models import Cart, CartLine
from tests.factories.accounts import PASSWORD, make_user
from tests.factories.catalogue import make_product, make_variant
from tests.factories.client import Visitor
from tests.factories.orders import make_cart
from tests.factories.supply import make_batch

SetDay = Callable[[dt.date], dt.datetime]


def tea(session: Session, units: int = 10, **facts: Any) -> Variant:
    variant = make_variant(session, product=make_product(session, name="Chè Shan", **facts))
    make_batch(session, variant=variant, quantity=units, code="SG-2611-01")
    return variant


def add(client: Visitor, variant: Variant, quantity: object = 1, **more: str) -> TestResponse:
    data = {"variant": variant.public_id, "quantity": str(quantity), **more}
    return client.post("/cart/lines", data=data)


def held(session: Session) -> dict[int, int]:
    session.rollback()
    return {line.variant_id: line.quantity for line in session.scalars(sa.select(CartLine))}


def test_a_guest_fills_a_cart_that_stays_with_the_browser(client: Visitor, session: Session) -> None:
    variant = tea(session)
    answer = add(client, variant, 2)
    assert (answer.status_code, answer.location) == (303, "/cart")
    page = client.get("/cart")
    assert "Chè Shan" in page.text
    assert "SG-2611-01" in page.text
    assert 'data-cart-count="2"' in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert "Chè Shan" not in client.application.test_client().get("/cart").text


def test_it_goes_back_to_where_the_button_stood_but_not_to_another_site(
    client: Visitor, session: Session
) -> None:
    variant = tea(session)
    assert add(client, variant, back="/products?q=che").location == "/products?q=che"
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        assert add(client, variant, back=elsewhere).location == "/cart"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("0", "từ 1 đến 999"),
        ("-1", "từ 1 đến 999"),
        ("1000000000000", "từ 1 đến 999"),
        ("abc", "Số lượng là một số"),
        ("", "Số lượng là một số"),
        ("1.5", "Số lượng là một số"),
        ("٣", "Số lượng là một số"),
        ("11", "Chỉ còn 10"),
    ],
)
def test_a_quantity_that_cannot_be_is_said_at_its_field(
    client: Visitor, session: Session, typed: str, words: str
) -> None:
    variant = tea(session)
    answer = add(client, variant, typed)
    assert answer.status_code in (409, 422)
    assert words in answer.text
    assert 'aria-describedby="quantity-error"' in answer.text
    assert held(session) == {}
    add(client, variant, 2)
    answer = client.post("/cart", data={"variant": variant.public_id, "quantity": typed})
    assert answer.status_code in (409, 422)
    assert words in answer.text
    assert f'aria-describedby="wrong-{variant.public_id}"' in answer.text
    assert held(session) == {variant.id: 2}


def test_who_has_some_already_is_told_how_many_more_there_are(client: Visitor, session: Session) -> None:
    variant = tea(session, units=3)
    add(client, variant, 2)
    answer = add(client, variant, 2)
    assert answer.status_code == 409
    assert "Trong giỏ đã có 2." in answer.text
    assert 'max="1"' in answer.text


def test_what_is_not_for_sale_says_why_and_shows_something_near(client: Visitor, session: Session) -> None:
    near = make_variant(session, product=make_product(session, name="Chè móc câu"))
    make_batch(session, variant=near)
    wine = tea(session, alcohol=True)
    answer = add(client, wine)
    assert answer.status_code == 409
    assert "đủ 18 tuổi" in answer.text
    assert "Chè móc câu" in answer.text


def test_an_unknown_pack_is_a_404(client: Visitor) -> None:
    for path in ("/cart/lines", "/cart"):
        for quantity in ("1", "0"):
            asked = client.post(path, data={"variant": "khong-co", "quantity": quantity})
            assert asked.status_code == 404


def test_without_the_form_token_nothing_changes(client: Visitor, session: Session) -> None:
    variant = tea(session)
    data = {"variant": variant.public_id, "quantity": "1"}
    assert client.post("/cart/lines", data=data, csrf=False).status_code == 400
    assert held(session) == {}


def test_lines_are_changed_and_taken_out(client: Visitor, session: Session) -> None:
    variant = tea(session)
    add(client, variant, 2)
    answer = client.post("/cart", data={"variant": variant.public_id, "quantity": "7"})
    assert (answer.status_code, answer.location) == (303, "/cart")
    assert held(session) == {variant.id: 7}
    client.post("/cart", data={"variant": variant.public_id, "act": "remove"})
    assert held(session) == {}
    assert "Giỏ còn trống" in client.get("/cart").text


def test_a_line_that_can_no_longer_be_ordered_says_so_in_the_cart(client: Visitor, session: Session) -> None:
    variant = tea(session, units=1)
    cart = make_cart(session, lines={variant.id: 5})
    with client.session_transaction() as visit:
        visit["cart_token"] = cart.token
    page = client.get("/cart").text
    assert "Chỉ còn 1." in page
    assert "Có món chưa đặt được" in page


def test_at_log_in_the_guests_cart_joins_the_members(client: Visitor, session: Session) -> None:
    variant, user = tea(session), make_user(session)
    make_cart(session, user=user, lines={variant.id: 3})
    add(client, variant, 2)
    answer = client.post("/login", data={"email": user.email, "password": PASSWORD})
    assert answer.status_code == 303
    assert held(session) == {variant.id: 5}
    assert len(session.scalars(sa.select(Cart)).all()) == 1
    with client.session_transaction() as visit:
        assert visit["cart_count"] == 5
        assert "cart_token" not in visit


def test_a_member_finds_the_cart_again_on_another_device(
    app: Flask, client: Visitor, session: Session
) -> None:
    variant, user = tea(session), make_user(session)
    client.log_in(user)
    add(client, variant, 4)
    other = app.test_client()
    other.post("/login", data={"email": user.email, "password": PASSWORD})
    assert 'data-cart-count="4"' in other.get("/cart").text


def test_a_cart_left_over_from_before_log_in_is_brought_along_later(
    client: Visitor, session: Session
) -> None:
    variant, user = tea(session), make_user(session)
    add(client, variant, 2)
    client.log_in(user)
    assert "Chè Shan" in client.get("/cart").text
    assert session.scalars(sa.select(Cart.user_id)).all() == [user.id]


def test_two_first_clicks_at_once_fill_one_cart(app: Flask, client: Visitor, session: Session) -> None:
    variant, other = tea(session), Visitor(app)
    with client.session_transaction() as visit, other.session_transaction() as same_browser:
        visit["csrf_token"] = same_browser["csrf_token"] = "of the forms"
    for click in (client, other):  # neither answer has reached the browser when the other is sent
        assert add(click, variant, 2).status_code == 303
    assert session.scalars(sa.select(CartLine.quantity)).all() == [4]
    assert 'data-cart-count="4"' in client.get("/cart").text
    stranger = Visitor(app)
    add(stranger, variant)
    assert 'data-cart-count="1"' in stranger.get("/cart").text


def full_carts(session: Session) -> tuple[User, Cart]:
    """A member with 40 kinds of goods, and a guest with 40 of which 2 are the same."""
    product = make_product(session, name="Chè Shan")
    with atomic() as writing:
        variants = [make_variant(writing, product=product, pack=f"gói {n}").id for n in range(78)]
    user = make_user(session)
    make_cart(session, user=user, lines=dict.fromkeys(variants[:40], 1))
    return user, make_cart(session, lines=dict.fromkeys(variants[38:], 1))


def test_a_log_in_with_more_goods_than_a_cart_holds_refuses_nothing_and_loses_nothing(
    client: Visitor, session: Session
) -> None:
    user, guest = full_carts(session)
    with client.session_transaction() as visit:
        visit["cart_token"] = guest.token
    answer = client.post("/login", data={"email": user.email, "password": PASSWORD})
    assert answer.status_code == 303
    page = client.get("/cart")
    assert (page.status_code, client.get("/checkout").status_code) == (200, 200)
    assert 'data-cart-count="62"' in page.text  # 60 lines, two of them of two
    assert "chưa vừa giỏ" in page.text and "gói 77" in page.text
    client.post("/logout")
    client.post("/login", data={"email": user.email, "password": PASSWORD})
    assert "gói 77" in client.get("/cart").text  # still kept
    with atomic() as writing:
        own = sa.select(Cart.id).where(Cart.user_id == user.id).scalar_subquery()
        writing.execute(sa.delete(CartLine).where(CartLine.cart_id == own))
    assert "chưa vừa giỏ" in client.get("/cart").text  # beside the empty cart
    assert client.post("/cart/kept").location == "/cart"
    page = client.get("/cart")
    assert 'data-cart-count="18"' in page.text and "chưa vừa giỏ" not in page.text


def test_what_is_kept_is_kept_no_longer_when_the_member_says_so(client: Visitor, session: Session) -> None:
    user, guest = full_carts(session)
    with client.session_transaction() as visit:
        visit["cart_token"] = guest.token
    assert client.post("/cart/kept").status_code == 303  # a guest is asked to log in
    client.post("/login", data={"email": user.email, "password": PASSWORD})
    client.post("/cart/kept", data={"act": "forget"})
    page = client.get("/cart")
    assert 'data-cart-count="62"' in page.text and "chưa vừa giỏ" not in page.text
    assert len(session.scalars(sa.select(Cart)).all()) == 1


def test_a_log_in_while_others_write_succeeds_and_the_goods_follow(
    app: Flask, client: Visitor, session: Session
) -> None:
    variant, user = tea(session), make_user(session)
    add(client, variant, 2)
    client.log_in(user)
    with db.engine.connect().execution_options(begin="IMMEDIATE") as other:
        other.execute(sa.select(Cart).with_for_update())
        assert client.get("/cart").status_code == 200
        assert session.scalars(sa.select(Cart.user_id)).all() == [None]
        other.rollback()
    assert "Chè Shan" in client.get("/cart").text
    assert session.scalars(sa.select(Cart.user_id)).all() == [user.id]


def test_a_guests_cart_is_forgotten_after_two_months(session: Session, set_day: SetDay) -> None:
    make_cart(session)
    run_round({})
    assert len(session.scalars(sa.select(Cart)).all()) == 1
    set_day(dt.date(2027, 1, 25))
    run_round({})
    assert session.scalars(sa.select(Cart)).all() == []
