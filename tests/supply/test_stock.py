"""Stock is taken from the batch that expires first, and the ledger always adds up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.catalogue.models import Product, Variant
from app.core.audit import Actor, AuditEntry
from app.core.db import atomic, db
from app.core.errors import Busy, InvalidInput, NotFound
from app.supply.models import Batch, BatchState, StockMovement
from app.supply.queries import batches_on_sale, ledger, sellable
from app.supply.stock import Allocation, OutOfStock, allocate_stock, record_movement, restock
from tests.factories.catalogue import make_producer, make_variant
from tests.factories.changes import last_change, topics_since
from tests.factories.supply import make_batch

HOA = Actor(1, "Lý Thị Hoa")
TODAY = dt.date(2026, 11, 21)


def day(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


def take(demands: dict[int, int], now: dt.datetime) -> list[tuple[str, int]]:
    with atomic() as writing:
        taken = allocate_stock(writing, demands, reference="đơn", now=now)
    return [(allocation.batch_code, allocation.quantity) for allocation in taken]


def owner_of(session: Session, variant: Variant) -> int:
    producer_id = session.get_one(Product, variant.product_id).producer_id
    assert producer_id is not None
    return producer_id


def sums(session: Session) -> dict[int, tuple[int, int]]:
    """On hand and the ledger's sum by batch."""
    session.rollback()
    rows = session.execute(
        sa.select(Batch.id, Batch.on_hand, sa.func.coalesce(sa.func.sum(StockMovement.quantity), 0))
        .outerjoin(StockMovement, StockMovement.batch_id == Batch.id)
        .group_by(Batch.id, Batch.on_hand)
    )
    return {batch: (on_hand, int(total)) for batch, on_hand, total in rows}


def test_what_expires_first_leaves_first_and_what_never_expires_last(
    session: Session, now: dt.datetime
) -> None:
    variant = make_variant(session)
    make_batch(session, variant=variant, code="NEVER", quantity=10, expires_on=None)
    make_batch(session, variant=variant, code="LATE", quantity=10, expires_on=day(60))
    make_batch(session, variant=variant, code="SOON", quantity=3, expires_on=day(9))
    assert (on_sale := batches_on_sale(session, [variant.id], TODAY).get(variant.id)) is not None
    assert (on_sale.code, on_sale.available) == ("SOON", 3)
    assert take({variant.id: 2}, now) == [("SOON", 2)]
    assert take({variant.id: 15}, now) == [("SOON", 1), ("LATE", 10), ("NEVER", 4)]
    assert sellable(session, [variant.id], TODAY) == {variant.id: 6}


def test_goods_past_their_day_are_never_sold_but_the_last_day_counts(
    session: Session, now: dt.datetime
) -> None:
    variant = make_variant(session)
    make_batch(session, variant=variant, quantity=50, made_on=day(-90), expires_on=day(-1))
    make_batch(session, variant=variant, code="TODAY", quantity=2, expires_on=TODAY)
    with pytest.raises(OutOfStock) as refused:
        take({variant.id: 3}, now)
    assert (refused.value.variant_id, refused.value.wanted, refused.value.available) == (variant.id, 3, 2)
    assert take({variant.id: 2}, now) == [("TODAY", 2)]


def test_closed_batches_are_not_sold(session: Session, now: dt.datetime) -> None:
    variant = make_variant(session)
    make_batch(session, variant=variant, state=BatchState.CLOSED)
    assert batches_on_sale(session, [variant.id], TODAY).get(variant.id) is None
    assert batches_on_sale(session, [], TODAY) == {}
    with pytest.raises(OutOfStock):
        take({variant.id: 1}, now)


def test_when_one_variant_falls_short_nothing_is_taken_of_any(session: Session, now: dt.datetime) -> None:
    plenty, scarce = make_variant(session), make_variant(session)
    make_batch(session, variant=plenty, quantity=9)
    make_batch(session, variant=scarce, quantity=1)
    before = sums(session)
    with pytest.raises(OutOfStock) as refused:
        take({plenty.id: 4, scarce.id: 2}, now)
    assert refused.value.variant_id == scarce.id
    assert sums(session) == before


@pytest.mark.parametrize("quantity", [0, -1])
def test_nobody_buys_less_than_one(session: Session, now: dt.datetime, quantity: int) -> None:
    variant = make_variant(session)
    make_batch(session, variant=variant)
    with pytest.raises(InvalidInput):
        take({variant.id: quantity}, now)


def test_a_batch_in_the_session_shows_what_the_database_counted(session: Session, now: dt.datetime) -> None:
    variant = make_variant(session)
    batch_id = make_batch(session, variant=variant, quantity=9).id
    with atomic() as writing:
        batch = writing.get_one(Batch, batch_id)
        assert batch.on_hand == 9
        taken = allocate_stock(writing, {variant.id: 4}, reference="đơn", now=now)
        assert batch.on_hand == 5
        restock(writing, taken, reference="đơn", now=now)
        assert batch.on_hand == 9
    assert [line.kind for line in ledger(session, batch_id)] == ["made", "sold", "returned"]


def test_a_sale_changes_what_is_left_of_the_product_and_nothing_else_until_the_last_unit(
    session: Session, now: dt.datetime
) -> None:
    variant = make_variant(session)
    make_batch(session, variant=variant, quantity=3)
    stock, product = f"stock:{variant.product_id}", f"product:{variant.product_id}"
    before = last_change()
    take({variant.id: 2}, now)
    assert topics_since(before) == {stock}
    before = last_change()
    with atomic() as writing:
        taken = allocate_stock(writing, {variant.id: 1}, reference="đơn", now=now)
    assert topics_since(before) == {stock, product}
    before = last_change()
    with atomic() as writing:
        restock(writing, taken, reference="đơn", now=now)
    assert topics_since(before) == {stock, product}


def test_movements_by_hand_keep_the_batch_between_nothing_and_what_was_made(
    session: Session, now: dt.datetime
) -> None:
    variant = make_variant(session)
    batch = make_batch(session, variant=variant, quantity=10)
    owner = owner_of(session, variant)

    def move(kind: str, quantity: int, producer_id: int = owner) -> None:
        with atomic() as writing:
            record_movement(
                writing,
                producer_id=producer_id,
                batch_id=batch.id,
                kind=kind,
                quantity=quantity,
                note="kiểm kho",
                actor=HOA,
                now=now,
            )

    move("spoiled", 4)
    move("adjusted", -1)
    move("returned", 2)
    assert [(line.quantity, line.balance) for line in ledger(session, batch.id)] == [
        (10, 10),
        (-4, 6),
        (-1, 5),
        (2, 7),
    ]
    for kind, quantity, field in (
        ("spoiled", 8, "quantity"),
        ("returned", 4, "quantity"),
        ("adjusted", 0, "quantity"),
        ("spoiled", -3, "quantity"),
        ("spoiled", 10**12, "quantity"),
        ("sold", 1, "kind"),
        ("made", 1, "kind"),
    ):
        with pytest.raises(InvalidInput) as refused:
            move(kind, quantity)
        assert refused.value.field == field
    with pytest.raises(NotFound):
        move("spoiled", 1, producer_id=make_producer(session).id)
    assert sums(session)[batch.id] == (7, 7)
    acts = session.scalars(sa.select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert acts == ["stock.spoiled", "stock.adjusted", "stock.returned"]


@contextmanager
def someone_meddles(after_looks: int, units: int) -> Iterator[None]:
    """Between looking at the batches and taking from them somebody else takes units, so many times."""
    looks = 0

    def meddle(connection: sa.Connection, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal looks
        if statement.startswith("SELECT batches.variant_id") and looks < after_looks:
            looks += 1
            connection.exec_driver_sql(f"UPDATE batches SET on_hand = on_hand - {units}")

    sa.event.listen(db.engine, "after_cursor_execute", meddle)
    try:
        yield
    finally:
        sa.event.remove(db.engine, "after_cursor_execute", meddle)


def test_when_someone_was_faster_it_looks_again(session: Session, now: dt.datetime) -> None:
    variant = make_variant(session)
    make_batch(session, variant=variant, code="A", quantity=3, expires_on=day(9))
    make_batch(session, variant=variant, code="B", quantity=9, expires_on=day(30))
    with someone_meddles(after_looks=1, units=1):
        assert take({variant.id: 4}, now) == [("A", 2), ("B", 2)]


def test_when_everybody_is_always_faster_it_asks_to_come_again(session: Session, now: dt.datetime) -> None:
    variant = make_variant(session)
    for number in range(2):
        make_batch(session, variant=variant, quantity=100, expires_on=day(number + 1))
    before = sums(session)
    with someone_meddles(after_looks=99, units=1), pytest.raises(Busy):
        take({variant.id: 101}, now)
    assert sums(session) == before


STEP = st.one_of(
    st.tuples(st.just("take"), st.integers(1, 12)),
    st.tuples(st.just("restock"), st.integers(0, 3)),
    st.tuples(st.sampled_from(["spoiled", "returned", "adjusted"]), st.integers(-5, 8)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=12))
def test_whatever_happens_the_ledger_sums_to_what_is_on_hand(
    session: Session, now: dt.datetime, steps: list[tuple[str, int]]
) -> None:
    variant = make_variant(session)
    batches = [
        make_batch(session, variant=variant, quantity=units, expires_on=day(units)).id for units in (4, 9, 2)
    ]
    owner = owner_of(session, variant)
    sold: list[list[Allocation]] = []
    for what, number in steps:
        try:
            with atomic() as writing:
                if what == "take":
                    sold.append(allocate_stock(writing, {variant.id: number}, reference="đơn", now=now))
                elif what == "restock":
                    restock(writing, sold.pop() if sold else [], reference="đơn", now=now)
                else:
                    record_movement(
                        writing,
                        producer_id=owner,
                        batch_id=batches[number % 3],
                        kind=what,
                        quantity=number,
                        actor=HOA,
                        now=now,
                    )
        except (OutOfStock, InvalidInput):
            continue
    sums_by_batch = sums(session)
    for batch in batches:
        on_hand, total = sums_by_batch[batch]
        assert on_hand == total >= 0


def test_units_counted_back_by_hand_are_not_restocked_again(session: Session, now: dt.datetime) -> None:
    variant = make_variant(session)
    batch = make_batch(session, variant=variant, quantity=10)
    with atomic() as writing:
        taken = allocate_stock(writing, {variant.id: 4}, reference="đơn", now=now)
    with atomic() as writing:
        record_movement(
            writing,
            producer_id=owner_of(session, variant),
            batch_id=batch.id,
            kind="adjusted",
            quantity=3,
            actor=HOA,
            now=now,
        )
    for _ in range(2):
        with atomic() as writing:
            restock(writing, taken, reference="đơn", now=now)
        assert sums(session) == {batch.id: (10, 10)}
