"""One way to commit, all or nothing."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.catalogue.models import Product
from app.core.db import UtcDateTime, atomic, db
from tests.factories.accounts import make_user
from tests.factories.catalogue import make_product


def test_a_write_is_kept_whole_or_not_at_all(session: Session) -> None:
    product = make_product(session)
    with pytest.raises(RuntimeError, match="half-way"), atomic() as writing:
        writing.get_one(Product, product.id).name = "Đổi tên"
        writing.flush()
        raise RuntimeError("half-way")
    assert (
        session.scalar(sa.select(Product.name).where(Product.id == product.id)) == product.name != "Đổi tên"
    )


def test_atomic_is_not_nested(session: Session) -> None:
    with pytest.raises(RuntimeError, match="not nested"), atomic(), atomic():
        pass
    with atomic() as writing:  # and the refusal has left no mark
        writing.scalar(sa.select(1))


def test_what_was_read_before_does_not_decide(session: Session) -> None:
    product = make_product(session)
    session.get_one(Product, product.id)
    with atomic() as writing:
        writing.connection().exec_driver_sql(f"UPDATE products SET name = 'Mới' WHERE id = {product.id}")
    with atomic() as writing:
        assert writing.get_one(Product, product.id).name == "Mới"


def test_moments_keep_their_zone_and_naive_ones_are_refused(session: Session) -> None:
    user = make_user(session)
    moment = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=7)))
    with atomic() as writing:
        writing.get_one(User, user.id).last_login_at = moment
    session.expire_all()
    stored = session.get_one(User, user.id).last_login_at
    assert stored == moment and stored.tzinfo is dt.UTC
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(dt.datetime(2026, 11, 21), None)  # noqa: DTZ001 - the point of the test


def test_two_writers_wait_for_each_other_and_neither_fails(app: Flask) -> None:
    with app.app_context():
        product_id = make_product(db.session(), name="0").id

    def add_one(_: int) -> None:
        with app.app_context(), atomic() as writing:
            product = writing.get_one(Product, product_id, with_for_update=True)
            product.name = str(int(product.name) + 1)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_one, range(40)))
    with app.app_context():
        assert db.session().get_one(Product, product_id).name == "40"
