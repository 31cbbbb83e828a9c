"""A batch is opened whole or not at all."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Producer, Product, Variant
from app.core.audit import Actor, AuditEntry
from app.core.db import atomic
from app.core.errors import Conflict, InvalidInput, NotFound, WrongState
from app.supply.batches import close_batch, open_batch
from app.supply.models import Batch
from app.supply.queries import batch_facts, ledger, sellable, stock_by_batch
from tests.factories.catalogue import make_producer, make_product, make_variant
from tests.factories.changes import last_change, topics_since
from tests.factories.supply import make_area, make_batch

HOA = Actor(1, "Lý Thị Hoa")
TODAY = dt.date(2026, 11, 21)


@pytest.fixture
def producer(session: Session) -> Producer:
    return make_producer(session)


@pytest.fixture
def variant(session: Session, producer: Producer) -> Variant:
    return make_variant(session, product=make_product(session, producer=producer))


def _facts(producer: Producer, variant: Variant, **changes: Any) -> dict[str, Any]:
    return {
        "producer_id": producer.id,
        "variant_id": variant.id,
        "code": "sg-2611-01",
        "made_on": TODAY,
        "expires_on": dt.date(2027, 11, 20),
        "quantity": 86,
        "area_ids": [],
        "note": None,
    } | changes


def test_an_opened_batch_is_on_hand_whole_with_its_areas(
    session: Session, producer: Producer, variant: Variant, now: dt.datetime
) -> None:
    area = make_area(session, producer=producer)
    before = last_change()
    with atomic() as writing:
        batch = open_batch(
            writing,
            **_facts(producer, variant, area_ids=[area.id, area.id], note=" sao "),
            actor=HOA,
            now=now,
        )
    product = variant.product_id
    assert topics_since(before) == {
        f"area:{area.id}",
        f"product:{product}",
        f"stock:{product}",
    }
    facts = batch_facts(session, public_id=batch.public_id)
    assert (facts.code, facts.quantity, facts.on_hand, facts.state, facts.note) == (
        "SG-2611-01",
        86,
        86,
        "open",
        "sao",
    )
    assert [used.slug for used in facts.areas] == [area.slug]
    assert [(line.kind, line.quantity, line.balance) for line in ledger(session, batch.id)] == [
        ("made", 86, 86)
    ]
    entry = session.scalars(sa.select(AuditEntry)).one()
    assert (entry.act, entry.object_id, entry.actor_id) == ("batch.opened", str(batch.id), 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": -1}, "quantity"),
        ({"quantity": 10**12}, "quantity"),
        ({"quantity": 1_000_001}, "quantity"),
        ({"made_on": TODAY + dt.timedelta(days=1)}, "made_on"),
        ({"made_on": dt.date(1, 1, 1), "expires_on": None}, "made_on"),
        ({"made_on": dt.date(206, 11, 20), "expires_on": None}, "made_on"),
        ({"made_on": dt.date(1999, 12, 31), "expires_on": None}, "made_on"),
        ({"made_on": dt.date(9999, 12, 31), "expires_on": None}, "made_on"),
        ({"expires_on": dt.date(1, 1, 1)}, "expires_on"),
        ({"expires_on": dt.date(2046, 11, 22)}, "expires_on"),
        ({"expires_on": dt.date(9999, 12, 31)}, "expires_on"),
        ({"expires_on": TODAY - dt.timedelta(days=1)}, "expires_on"),
        ({"code": "  "}, "code"),
        ({"code": "lô số 1"}, "code"),
        ({"code": "A" * 21}, "code"),
        ({"note": "x" * 501}, "note"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    session: Session, variant: Variant, now: dt.datetime, changes: dict[str, Any], field: str
) -> None:
    producer = session.scalars(sa.select(Producer)).one()
    with pytest.raises(InvalidInput) as refused, atomic() as writing:
        open_batch(writing, **_facts(producer, variant, **changes), actor=HOA, now=now)
    assert refused.value.field == field
    assert session.scalars(sa.select(Batch)).all() == []


def test_the_first_day_and_the_longest_life_are_taken(
    session: Session, producer: Producer, variant: Variant, now: dt.datetime
) -> None:
    oldest = _facts(producer, variant, made_on=dt.date(2000, 1, 1), expires_on=dt.date(2020, 1, 1), code="CU")
    lasting = _facts(producer, variant, made_on=TODAY, expires_on=dt.date(2046, 11, 21), code="LAU")
    with atomic() as writing:
        for facts in (oldest, lasting):
            open_batch(writing, **facts, actor=HOA, now=now)
    assert len(session.scalars(sa.select(Batch)).all()) == 2


def test_today_ends_at_midnight_in_vietnam(session: Session, producer: Producer, variant: Variant) -> None:
    late = dt.datetime(2026, 11, 21, 17, 30, tzinfo=dt.UTC)  # 00:30 on the 22nd in Vietnam
    with atomic() as writing:
        batch = open_batch(
            writing, **_facts(producer, variant, made_on=dt.date(2026, 11, 22)), actor=HOA, now=late
        )
    assert batch.made_on == dt.date(2026, 11, 22)


def test_a_batch_may_have_no_date_of_expiry_or_expire_on_the_day_it_was_made(
    session: Session, producer: Producer, variant: Variant, now: dt.datetime
) -> None:
    with atomic() as writing:
        open_batch(writing, **_facts(producer, variant, expires_on=None, code="A"), actor=HOA, now=now)
        open_batch(writing, **_facts(producer, variant, expires_on=TODAY, code="B"), actor=HOA, now=now)
    assert sellable(session, [variant.id], TODAY) == {variant.id: 172}
    assert sellable(session, [variant.id], TODAY + dt.timedelta(days=1)) == {variant.id: 86}


def test_anothers_variant_or_area_is_not_found_and_nothing_is_saved(
    session: Session, producer: Producer, variant: Variant, now: dt.datetime
) -> None:
    theirs, their_area = make_variant(session), make_area(session)
    retired = make_variant(session, product=session.get_one(Product, variant.product_id), retired_at=now)
    closed = make_area(session, producer=producer, closed_at=now)
    for changes in (
        {"variant_id": theirs.id},
        {"variant_id": 10**9},
        {"variant_id": retired.id},
        {"area_ids": [their_area.id]},
        {"area_ids": [closed.id]},
    ):
        with pytest.raises(NotFound), atomic() as writing:
            open_batch(writing, **_facts(producer, variant, **changes), actor=HOA, now=now)
    assert session.scalars(sa.select(Batch)).all() == []
    assert session.scalars(sa.select(AuditEntry)).all() == []


def test_a_code_is_used_once_by_a_producer(
    session: Session, producer: Producer, variant: Variant, now: dt.datetime
) -> None:
    with atomic() as writing:
        open_batch(writing, **_facts(producer, variant), actor=HOA, now=now)
    with pytest.raises(Conflict) as refused, atomic() as writing:
        open_batch(writing, **_facts(producer, variant, code="SG-2611-01 "), actor=HOA, now=now)
    assert refused.value.field == "code"
    other = make_variant(session)
    owner = session.get_one(Product, other.product_id).producer_id
    with atomic() as writing:
        open_batch(writing, **_facts(producer, other, producer_id=owner), actor=HOA, now=now)
    assert len(session.scalars(sa.select(Batch)).all()) == 2


def test_a_closed_batch_is_sold_no_more_and_its_story_is_renewed(
    session: Session, producer: Producer, variant: Variant, now: dt.datetime
) -> None:
    batch = make_batch(session, variant=variant, quantity=5)
    stranger = make_producer(session)
    with pytest.raises(NotFound), atomic() as writing:
        close_batch(writing, producer_id=stranger.id, batch_id=batch.id, actor=HOA, now=now)
    with atomic() as writing:
        close_batch(writing, producer_id=producer.id, batch_id=batch.id, actor=HOA, now=now)
    facts = batch_facts(session, batch_id=batch.id)
    assert (facts.state, facts.version, facts.on_hand) == ("closed", 2, 5)
    assert sellable(session, [variant.id], TODAY) == {variant.id: 0}
    with pytest.raises(WrongState), atomic() as writing:
        close_batch(writing, producer_id=producer.id, batch_id=batch.id, actor=HOA, now=now)


def test_stock_lists_open_batches_first_in_the_order_they_leave(
    session: Session, producer: Producer, variant: Variant
) -> None:
    def batch(code: str, expires: dt.date | None, **facts: Any) -> None:
        make_batch(session, variant=variant, code=code, expires_on=expires, **facts)

    made_on = TODAY - dt.timedelta(days=90)
    batch("NO-DATE", None)
    batch("LATE", TODAY + dt.timedelta(days=60))
    batch("CLOSED", TODAY + dt.timedelta(days=5), state="closed")
    batch("GONE-OFF", TODAY - dt.timedelta(days=1), made_on=made_on)
    make_batch(session)
    rows = stock_by_batch(session, producer.id, TODAY)
    assert [row.code for row in rows] == ["GONE-OFF", "LATE", "NO-DATE", "CLOSED"]
    assert [row.expired for row in rows] == [True, False, False, False]


def test_a_batch_of_another_producer_is_not_found(session: Session) -> None:
    batch, stranger = make_batch(session), make_producer(session)
    with pytest.raises(NotFound):
        batch_facts(session, batch_id=batch.id, producer_id=stranger.id)
    with pytest.raises(NotFound):
        batch_facts(session, public_id="khong-co")
