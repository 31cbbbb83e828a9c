"""The facet index that follows changes is the one that would be read anew, and reports for each what followed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.catalogue.models import Product, Variant
from app.certification.models import Certificate
from app.core import clock
from app.core.changes import ChangeLog
from app.core.db import atomic, db
from app.core.parts import part
from app.core.reading import Reader
from app.listing.filters import SORTS
from app.listing.index import _ORDERS, FacetIndex, LiveIndex, facet_index, in_order
from app.listing.indexed import Indexed
from app.supply.stock import allocate_stock
from tests.factories.catalogue import make_product, make_variant
from tests.factories.certification import make_certificate
from tests.factories.supply import make_batch

DAY = dt.date(2026, 11, 21)


def indexed(draw: Callable[[Any], Any], product_id: int) -> Indexed:
    rank, stars = draw(st.integers(0, 5)), draw(st.sampled_from([0, 3, 4, 5]))
    return Indexed(
        standing_rank=rank,
        stars_below_zero=-stars,
        sold_out=draw(st.booleans()),
        name=draw(st.sampled_from(["che", "che shan", "che shan tuyet", "mat ong", "gao"])),
        id=product_id,
        today_province=draw(st.sampled_from(["VN34-15", "VN34-86"])),
        province=draw(st.sampled_from(["VN63-15", "VN63-10"])),
        group=draw(st.sampled_from(["food", "beverage"])),
        producer_kind=draw(st.sampled_from(["farm", "company"])),
        standing=str(rank),
        price=draw(st.sampled_from([None, 1000, 2000])),
        published_at=dt.datetime(2026, 1, draw(st.integers(1, 3)), tzinfo=dt.UTC),
    )


def answers(index: FacetIndex) -> dict[str, Any]:
    """All that the index can be asked."""
    rows = list(index.rows)
    return {
        "rows": rows,
        "sets": index._sets,
        "orders": {name: index.order(name) for name in _ORDERS},
        "heads": {head: index.named_alike(head, 99) for row in rows for head in row.heads},
        "related": {row.related: list(index.related(row.today_province, row.group)) for row in rows},
    }


@given(st.data())
def test_moving_what_changed_gives_the_index_that_would_be_built_of_it(data: st.DataObject) -> None:
    rows = {i: indexed(data.draw, i) for i in range(1, data.draw(st.integers(1, 8)))}
    index = FacetIndex.of(rows.values(), (), DAY)
    for _ in range(data.draw(st.integers(1, 4))):
        before = answers(index)
        newest: dict[int, Indexed | None] = {
            i: indexed(data.draw, i) if data.draw(st.booleans()) else None
            for i in data.draw(st.sets(st.integers(1, 9), max_size=3))
        }
        index, follows = index.changed(newest)
        rows = {i: row for i, row in {**rows, **newest}.items() if row is not None}
        assert answers(index) == answers(FacetIndex.of(rows.values(), (), DAY))
        _check_follows(before, answers(index), follows)


def _check_follows(before: dict[str, Any], after: dict[str, Any], follows: set[str]) -> None:
    """Everything that answers otherwise than before was reported."""
    if _counts(before) != _counts(after):
        assert "facets" in follows
    if [row.id for row in before["rows"]] != [row.id for row in after["rows"]]:
        assert "order:recommended" in follows
    for name in _ORDERS:
        if _ids(before, name) != _ids(after, name):
            assert f"order:{name}" in follows
    for kind, answer in (("head", "heads"), ("related", "related")):
        for key in before[answer].keys() | after[answer].keys():
            if before[answer].get(key, []) != after[answer].get(key, []):
                assert f"{kind}:{key}" in follows


def _counts(of: dict[str, Any]) -> dict[tuple[str, object], set[int]]:
    """By facet and value the products."""
    return {
        (name, value): {row.id for place, row in enumerate(of["rows"]) if bits >> place & 1}
        for name, by_value in of["sets"].items()
        for value, bits in by_value.items()
    }


def _ids(of: dict[str, Any], order: str) -> list[int]:
    return [of["rows"][place].id for place in of["orders"][order]]


def test_every_order_a_visitor_may_ask_for_is_known() -> None:
    assert set(_ORDERS) | {"recommended", "relevance"} == set(SORTS)


@pytest.fixture
def anew(app: Flask) -> Callable[[], FacetIndex]:
    """The index as a process reads it that has just begun."""

    def read() -> FacetIndex:
        with app.app_context():
            return LiveIndex(db.engine, ChangeLog(part(Reader, app))).at(clock.today())

    return read


def test_the_live_index_follows_names_prices_stars_stock_and_hiding(
    session: Session, now: dt.datetime, anew: Callable[[], FacetIndex]
) -> None:
    products = [make_product(session, name=f"Chè {n}") for n in range(3)]
    variants = [make_variant(session, product=product) for product in products]
    make_batch(session, variant=variants[1], quantity=2)
    make_certificate(session, product=products[2])
    today = clock.today()
    assert list(facet_index(today).ids) == [products[2].id, products[1].id, products[0].id]

    def change(model: type[Any], row_id: int, **values: Any) -> None:
        with atomic() as writing:
            row = writing.get_one(model, row_id)
            for name, value in values.items():
                setattr(row, name, value)

    certificate = session.query(Certificate).one().id
    acts: list[Callable[[], Any]] = [
        lambda: change(Product, products[0].id, folded="a"),
        lambda: change(Variant, variants[0].id, price=5_000),
        lambda: change(Certificate, certificate, withdrawn_on=today, withdrawn_reason="voluntary"),
        lambda: sell(variants[1].id, now),
        lambda: sell(variants[1].id, now),
        lambda: change(Product, products[1].id, published_at=None),
        lambda: change(Product, products[1].id, published_at=now),
        lambda: [make_product(session) for _ in range(3)],
        lambda: [make_product(session) for _ in range(60)],
    ]
    for act in acts:
        act()
        assert answers(facet_index(today)) == answers(anew())
    assert in_order([products[0].id, products[2].id, 99_999], today) == in_order(
        [products[2].id, products[0].id], today
    )


def sell(variant_id: int, now: dt.datetime) -> None:
    with atomic() as writing:
        allocate_stock(writing, {variant_id: 1}, reference="đơn", now=now)


def test_a_sale_that_leaves_something_reads_nothing_of_the_index(
    session: Session, now: dt.datetime, statements: list[str]
) -> None:
    variant = make_variant(session)
    make_batch(session, variant=variant, quantity=2)
    held = facet_index(clock.today())
    sell(variant.id, now)
    statements.clear()
    assert facet_index(clock.today()) is held
    assert statements == []
    sell(variant.id, now)
    assert facet_index(clock.today()) is not held


def test_another_day_has_another_index(
    session: Session, set_day: Callable[[dt.date], dt.datetime], anew: Callable[[], FacetIndex]
) -> None:
    make_certificate(session, valid_until=DAY)
    assert facet_index(DAY).by_standing == {"in-force": 1}
    set_day(DAY + dt.timedelta(days=1))
    assert facet_index(clock.today()).by_standing == {"lapsed": 1}


def test_who_waited_takes_what_another_thread_has_read(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_product(session)
    live, log = part(LiveIndex, app), part(ChangeLog, app)
    read = live.at(DAY)

    @contextmanager
    def another_was_first() -> Iterator[None]:
        live._index = read
        yield

    live._index = None
    monkeypatch.setattr(log, "lock", another_was_first())
    assert live.at(DAY) is read
