"""At log-in the guest's goods go into the member's cart; nothing is refused and nothing is lost."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.core.db import atomic
from app.core.errors import Busy
from app.orders.cart import MOST_LINES, MOST_UNITS, add_to_cart, count_units, find_cart, forget_carts
from app.orders.merging import fetch_kept, forget_kept, kept_goods, merge_carts
from app.orders.models import Cart, CartLine
from tests.factories.accounts import make_user
from tests.factories.catalogue import make_product, make_variant
from tests.factories.orders import make_cart
from tests.factories.supply import make_batch


def many(session: Session, count: int) -> list[int]:
    """The ids of so many variants of one product."""
    product = make_product(session)
    with atomic() as writing:
        return [make_variant(writing, product=product).id for _ in range(count)]


def held(session: Session, user_id: int) -> dict[int, int]:
    """What is in the member's cart."""
    session.rollback()
    lines = session.scalars(sa.select(CartLine).join(Cart).where(Cart.user_id == user_id))
    return {line.variant_id: line.quantity for line in lines}


def kept(session: Session, user_id: int) -> dict[int, int]:
    session.rollback()
    found: dict[int, int] = {}
    for goods, units in kept_goods(session, user_id):
        found[goods.variant_id] = found.get(goods.variant_id, 0) + units
    return found


def log_in(session: Session, guest: Cart, user_id: int, now: dt.datetime) -> int:
    session.rollback()
    with atomic() as writing:
        return merge_carts(writing, token=guest.token, user_id=user_id, now=now)


def test_the_guests_goods_are_added_to_the_members_once(session: Session, now: dt.datetime) -> None:
    tea, honey = many(session, 2)
    user = make_user(session)
    own = make_cart(session, user=user, lines={tea: 3})
    guest = make_cart(session, lines={tea: 2, honey: 1})
    for _ in range(2):
        assert log_in(session, guest, user.id, now) == 6
    assert held(session, user.id) == {tea: 5, honey: 1}
    assert session.scalars(sa.select(Cart.id)).all() == [own.id]
    assert kept(session, user.id) == {}


def test_a_members_first_cart_may_be_the_guests(session: Session, now: dt.datetime) -> None:
    (tea,), user = many(session, 1), make_user(session).id
    guest = make_cart(session, lines={tea: 2})
    assert log_in(session, guest, user, now) == 2
    with atomic() as writing:
        assert merge_carts(writing, token=None, user_id=user, now=now) == 2
        assert merge_carts(writing, token="khong-co", user_id=make_user(writing).id, now=now) == 0


def test_what_does_not_fit_is_kept_and_can_be_fetched_when_there_is_room(
    session: Session, now: dt.datetime
) -> None:
    variants, user = many(session, 78), make_user(session)
    own = make_cart(session, user=user, lines=dict.fromkeys(variants[:40], 1))
    guest = make_cart(session, lines=dict.fromkeys(variants[38:], 2))
    assert log_in(session, guest, user.id, now) == 40 + 2 * 22
    assert len(held(session, user.id)) == MOST_LINES
    left = kept(session, user.id)
    assert list(left) == variants[60:] and set(left.values()) == {2}
    with atomic() as writing:  # no room yet
        assert fetch_kept(writing, user_id=user.id, now=now) == 84
    assert kept(session, user.id) == left
    with atomic() as writing:
        writing.execute(sa.delete(CartLine).where(CartLine.variant_id.in_(variants[:10])))
    with atomic() as writing:
        assert fetch_kept(writing, user_id=user.id, now=now) == 84 - 10 + 20
    assert list(kept(session, user.id)) == variants[70:]
    with atomic() as writing:
        forget_kept(writing, user_id=user.id)
    assert kept(session, user.id) == {}
    assert session.scalars(sa.select(Cart.id)).all() == [own.id]


def test_units_beyond_those_of_a_line_are_kept_too(session: Session, now: dt.datetime) -> None:
    (tea,), user = many(session, 1), make_user(session)
    make_cart(session, user=user, lines={tea: 600})
    assert log_in(session, make_cart(session, lines={tea: 600}), user.id, now) == MOST_UNITS
    assert kept(session, user.id) == {tea: 201}


def test_what_is_kept_is_no_guests_cart_any_more_and_goes_after_two_months(
    session: Session, now: dt.datetime
) -> None:
    variants, user = many(session, MOST_LINES + 1), make_user(session)
    make_cart(session, user=user, lines=dict.fromkeys(variants[1:], 1))
    guest = make_cart(session, lines={variants[0]: 1})
    token = guest.token
    log_in(session, guest, user.id, now)
    session.expire_all()
    assert find_cart(session, token=token, user_id=None) is None
    assert find_cart(session, token=session.get_one(Cart, guest.id).token, user_id=None) is None
    with atomic() as writing:
        assert forget_carts(writing, before=now) == 0
        assert forget_carts(writing, before=now + dt.timedelta(seconds=1)) == 1
    assert kept(session, user.id) == {}
    assert len(held(session, user.id)) == MOST_LINES


def test_a_cart_that_a_log_in_has_just_taken_asks_to_try_again(session: Session, now: dt.datetime) -> None:
    tea, user = make_variant(session, product=make_product(session)), make_user(session)
    make_batch(session, variant=tea)
    guest = make_cart(session, lines={tea.id: 1})
    with atomic() as writing:
        merge_carts(writing, token=guest.token, user_id=user.id, now=now)
    with pytest.raises(Busy), atomic() as writing:
        add_to_cart(writing, guest, variant=tea.public_id, quantity=1, now=now)
    assert session.scalars(sa.select(CartLine.quantity)).all() == [1]


LINES = st.dictionaries(st.integers(0, 69), st.integers(1, MOST_UNITS), max_size=MOST_LINES)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES, st.lists(LINES, max_size=3))
def test_no_unit_is_lost_and_no_limit_passed_whatever_was_in_the_carts(
    session: Session, now: dt.datetime, own: dict[int, int], guests: list[dict[int, int]]
) -> None:
    session.rollback()
    first, *_ = variants = many(session, 70)
    user = make_user(session)
    make_cart(session, user=user, lines={first + n: units for n, units in own.items()})
    wanted = dict.fromkeys(variants, 0)
    for lines in (own, *guests):
        for n, units in lines.items():
            wanted[first + n] += units
    for lines in guests:
        log_in(
            session, make_cart(session, lines={first + n: units for n, units in lines.items()}), user.id, now
        )
    in_cart, left = held(session, user.id), kept(session, user.id)
    assert {v: in_cart.get(v, 0) + left.get(v, 0) for v in variants} == wanted
    assert len(in_cart) <= MOST_LINES and max(in_cart.values(), default=0) <= MOST_UNITS
    full = {v for v in left if in_cart.get(v) == MOST_UNITS}
    assert full == left.keys() or len(in_cart) == MOST_LINES
    assert count_units(session, find_cart(session, token=None, user_id=user.id)) == sum(in_cart.values())
