"""The cart holds what a visitor means to buy, and shows what can be ordered of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Variant
from app.core.db import atomic
from app.core.errors import Conflict, InvalidInput, NotFound
from app.listing.goods import NotForSale, near
from app.orders.cart import (
    MOST_LINES,
    add_to_cart,
    cart_view,
    count_units,
    find_cart,
    forget_carts,
    guest_token,
    open_cart,
    remove_line,
    set_quantity,
)
from app.orders.models import Cart, CartLine
from app.supply.stock import OutOfStock
from tests.factories.accounts import make_user
from tests.factories.catalogue import make_producer, make_product, make_variant
from tests.factories.certification import make_certificate
from tests.factories.orders import make_cart
from tests.factories.supply import make_batch

TODAY = dt.date(2026, 11, 21)


def in_stock(
    session: Session, units: int = 100, product: dict[str, Any] | None = None, **facts: Any
) -> Variant:
    """A variant with a batch on sale, where it has a producer who could make one."""
    own_product = make_product(session, **(product or {}))
    variant = make_variant(session, product=own_product, **facts)
    if own_product.producer_id is not None:
        make_batch(session, variant=variant, quantity=units)
    return variant


def held(session: Session, cart: Cart) -> dict[int, int]:
    session.rollback()
    rows = session.execute(sa.select(CartLine).where(CartLine.cart_id == cart.id)).scalars()
    return {line.variant_id: line.quantity for line in rows}


def add(cart: Cart, variant: str, quantity: int, now: dt.datetime) -> None:
    with atomic() as writing:
        add_to_cart(writing, writing.merge(cart), variant=variant, quantity=quantity, now=now)


def test_adding_the_same_variant_twice_makes_one_line(session: Session, now: dt.datetime) -> None:
    variant, cart = in_stock(session), make_cart(session)
    add(cart, variant.public_id, 2, now)
    add(cart, variant.public_id, 3, now)
    assert held(session, cart) == {variant.id: 5}
    assert count_units(session, cart) == 5
    assert count_units(session, None) == 0


@pytest.mark.parametrize("quantity", [0, -1, 1000, 10**12])
def test_a_quantity_out_of_range_is_refused_at_its_field(
    session: Session, now: dt.datetime, quantity: int
) -> None:
    variant, cart = in_stock(session), make_cart(session)
    with pytest.raises(InvalidInput) as refused:
        add(cart, variant.public_id, quantity, now)
    assert refused.value.field == "quantity"
    assert held(session, cart) == {}


def test_more_than_is_left_is_refused_with_how_many_are_left(session: Session, now: dt.datetime) -> None:
    variant, cart = in_stock(session, units=3), make_cart(session)
    add(cart, variant.public_id, 2, now)
    with pytest.raises(OutOfStock) as refused:
        add(cart, variant.public_id, 2, now)
    assert (refused.value.wanted, refused.value.available) == (4, 3)
    assert held(session, cart) == {variant.id: 2}


def test_a_line_holds_999_units_at_most(session: Session, now: dt.datetime) -> None:
    variant, cart = in_stock(session, units=5000), make_cart(session)
    add(cart, variant.public_id, 999, now)
    with pytest.raises(InvalidInput):
        add(cart, variant.public_id, 1, now)
    assert held(session, cart) == {variant.id: 999}


def test_a_cart_holds_so_many_different_variants_and_no_more(session: Session, now: dt.datetime) -> None:
    product = make_product(session)
    with atomic() as writing:
        variants = [make_variant(writing, product=product) for _ in range(MOST_LINES)]
    cart = make_cart(session)
    with atomic() as writing:
        writing.add_all(
            [CartLine(cart_id=cart.id, variant_id=variant.id, quantity=1) for variant in variants]
        )
    with pytest.raises(Conflict) as refused:
        add(cart, in_stock(session).public_id, 1, now)
    assert refused.value.code == "cart-full"


@pytest.mark.parametrize(
    ("product", "facts", "reason"),
    [
        ({"published": False}, {}, "hidden"),
        ({}, {"retired_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, "hidden"),
        ({}, {"price": None}, "no-price"),
        ({"alcohol": True}, {}, "alcohol"),
        ({"group_code": "tourism"}, {}, "tourism"),
        ({"producer_id": None}, {}, "no-producer"),
    ],
)
def test_what_is_not_for_sale_gives_the_reason(
    session: Session, now: dt.datetime, product: dict[str, Any], facts: dict[str, Any], reason: str
) -> None:
    if product.get("group_code"):
        from app.catalogue.models import ProductGroup

        if session.get(ProductGroup, "tourism") is None:
            with atomic() as writing:
                writing.add(ProductGroup(code="tourism", position=9, name_vi="Du lịch", name_en="Tourism"))
    variant, cart = in_stock(session, product=product, **facts), make_cart(session)
    with pytest.raises(NotForSale) as refused:
        add(cart, variant.public_id, 1, now)
    assert refused.value.reason == reason
    assert held(session, cart) == {}


def test_an_unknown_variant_is_not_found(session: Session, now: dt.datetime) -> None:
    cart = make_cart(session)
    with pytest.raises(NotFound):
        add(cart, "khong-co", 1, now)
    variant = in_stock(session)
    for given in ("khong-co", variant.public_id):
        with pytest.raises(NotFound), atomic() as writing:
            set_quantity(writing, cart, variant=given, quantity=1, now=now)


def test_lines_are_changed_and_taken_out(session: Session, now: dt.datetime) -> None:
    tea, honey = in_stock(session, units=8), in_stock(session)
    cart = make_cart(session, lines={tea.id: 2, honey.id: 1})
    with atomic() as writing:
        set_quantity(writing, writing.merge(cart), variant=tea.public_id, quantity=7, now=now)
    with pytest.raises(OutOfStock), atomic() as writing:
        set_quantity(writing, writing.merge(cart), variant=tea.public_id, quantity=9, now=now)
    for _ in range(2):
        with atomic() as writing:
            remove_line(writing, writing.merge(cart), variant=honey.public_id, now=now)
    assert held(session, cart) == {tea.id: 7}


def test_the_cart_is_shown_by_parcels_with_one_fee_each(session: Session) -> None:
    hoa, minh = (
        make_producer(session, name="HTX Hoa", delivery_fee=20_000),
        make_producer(session, name="HTX Minh", delivery_fee=35_000),
    )
    tea = in_stock(session, product={"producer": hoa}, price=100_000)
    fish = in_stock(session, product={"producer": minh, "name": "Cá khô"}, price=55_000, units=1)
    cake = in_stock(session, product={"producer": hoa, "name": "Bánh"}, price=10_000)
    make_certificate(session, product=tea.product, stars=4, valid_until=dt.date(2028, 1, 17))
    cart = make_cart(session, lines={tea.id: 2, fish.id: 3, cake.id: 1})
    view = cart_view(session, cart, TODAY)
    assert [(parcel.producer_name, len(parcel.lines)) for parcel in view.parcels] == [
        ("HTX Hoa", 2),
        ("HTX Minh", 1),
    ]
    assert (view.count, view.goods_total, view.delivery_total, view.total) == (6, 375_000, 55_000, 430_000)
    first = view.parcels[0].lines[0]
    assert (first.standing.state, first.standing.drawn_stars) == ("in-force", 4)
    assert first.batch is not None
    assert [line.problem for line in view.lines] == [None, None, "too-few"]
    assert not view.ready
    assert cart_view(session, None, TODAY).lines == ()


def test_asking_for_a_cart_costs_the_same_however_long_it_is(session: Session, statements: list[str]) -> None:
    short = make_cart(session, lines={in_stock(session).id: 1})
    long = make_cart(session, lines={in_stock(session).id: 1 for _ in range(5)})
    counts = []
    assert short.id < long.id  # both are read before the counting begins
    for cart in (short, long):
        statements.clear()
        cart_view(session, cart, TODAY)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_a_token_opens_a_guests_cart_and_never_a_members(session: Session, now: dt.datetime) -> None:
    user = make_user(session)
    guests, members = make_cart(session), make_cart(session, user=user)
    assert find_cart(session, token=guests.token, user_id=None) is not None
    assert find_cart(session, token=members.token, user_id=None) is None
    assert find_cart(session, token=None, user_id=None) is None
    with atomic() as writing:
        again = open_cart(writing, token=guests.token, user_id=user.id, now=now)
    assert again.id == members.id


def test_a_browser_has_one_cart_that_no_other_and_no_other_site_can_name() -> None:
    token = guest_token("secret", "browser")
    assert token == guest_token("secret", "browser")
    assert len({token, guest_token("secret", "another"), guest_token("other site", "browser")}) == 3
    assert len(token) == 26


def test_forgotten_carts_of_guests_go_and_members_stay(session: Session, now: dt.datetime) -> None:
    guest, member = make_cart(session), make_cart(session, user=make_user(session))
    with atomic() as writing:
        assert forget_carts(writing, before=now - dt.timedelta(days=1)) == 0
        assert forget_carts(writing, before=now + dt.timedelta(days=1)) == 1
    session.rollback()
    assert session.scalars(sa.select(Cart.id)).all() == [member.id]
    assert guest.id != member.id


@pytest.mark.parametrize(
    ("product", "units", "problem"),
    [({}, 2, None), ({}, 1, "too-few"), ({}, 0, "sold-out"), ({"published": False}, 2, "hidden")],
)
def test_a_line_gives_the_reason_why_it_can_no_longer_be_ordered(
    session: Session, product: dict[str, Any], units: int, problem: str | None
) -> None:
    variant = make_variant(session, product=make_product(session, **product))
    make_batch(session, variant=variant, quantity=2, on_hand=units)
    view = cart_view(session, make_cart(session, lines={variant.id: 2}), TODAY)
    assert [line.problem for line in view.lines] == [problem]
    assert view.ready is (problem is None)


def test_something_near_is_of_its_group_and_can_be_bought(session: Session) -> None:
    wanted = make_product(session, name="Chè đinh")
    sister = in_stock(session, product={"name": "Chè móc câu"})
    in_stock(session, product={"name": "Rượu", "alcohol": True})
    in_stock(session, product={"name": "Ẩn", "published": False})
    make_variant(session, product=make_product(session, name="Hết hàng"))
    assert [variant.variant_id for variant in near(session, wanted.id, TODAY)] == [sister.id]
    assert near(session, 10**9, TODAY) == []


def test_a_line_says_what_ordering_it_would_be_refused_with(session: Session, now: dt.datetime) -> None:
    few, gone, fine = in_stock(session, 2), in_stock(session), in_stock(session)
    cart = make_cart(session, lines={few.id: 3, gone.id: 1, fine.id: 1})
    with atomic() as writing:
        writing.get_one(Variant, gone.id).retired_at = now
    refusals = [line.refusal for line in cart_view(session, cart, TODAY).lines]
    assert [type(refusal) for refusal in refusals] == [OutOfStock, NotForSale, type(None)]
    assert [refusal.facts for refusal in refusals if isinstance(refusal, OutOfStock)]
