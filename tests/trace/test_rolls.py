"""Rolls are issued, activated and voided by range, and never so that two answers would be true of one stamp."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.audit import Actor, AuditEntry
from app.core.db import atomic
from app.core.errors import Conflict, InvalidInput, NotFound, Refusal, WrongState
from app.supply.models import Batch, BatchState
from app.trace.stamps.counts import stamps_in_use
from app.trace.stamps.models import StampActivation, StampException, StampRoll
from app.trace.stamps.rolls import (
    MOST_STAMPS,
    UNDO_WINDOW,
    Span,
    activate,
    issue_roll,
    undo_activation,
    void_range,
)
from tests.factories.catalogue import make_producer, make_product, make_variant
from tests.factories.supply import make_batch
from tests.factories.trace import KEY

LAN = Actor(None, "Lan")


def issue(batch: Batch, count: int, now: dt.datetime) -> StampRoll:
    with atomic() as session:
        return issue_roll(
            session,
            producer_id=batch.producer_id,
            variant_id=batch.variant_id,
            batch_id=batch.id,
            count=count,
            key=KEY,
            actor=LAN,
            now=now,
        )


def switch_on(roll: StampRoll, batch: Batch, first: int, last: int, now: dt.datetime) -> StampActivation:
    with atomic() as session:
        return activate(
            session,
            producer_id=batch.producer_id,
            roll_id=roll.id,
            span=Span(first, last),
            batch_id=batch.id,
            actor=LAN,
            now=now,
        )


def void(roll: StampRoll, first: int, last: int, now: dt.datetime, reason: str = "in nhòe") -> StampException:
    with atomic() as session:
        return void_range(
            session,
            producer_id=roll.producer_id,
            roll_id=roll.id,
            span=Span(first, last),
            reason=reason,
            actor=LAN,
            now=now,
        )


def test_a_million_stamps_are_one_row_and_numbers_are_never_used_again(
    session: Session, now: dt.datetime
) -> None:
    batch = make_batch(session, quantity=1_000_000)
    first = issue(batch, 999_000, now)
    second = issue(batch, 1_000, now)
    assert session.scalar(sa.select(sa.func.count()).select_from(StampRoll)) == 2
    assert first.count == 999_000
    assert second.first_number == first.last_number + 1
    assert [first.label, second.label] == [1, 2]


@pytest.mark.parametrize("count", [0, -1, MOST_STAMPS + 1, 10**12])
def test_a_roll_of_an_impossible_length_is_refused(session: Session, now: dt.datetime, count: int) -> None:
    batch = make_batch(session)
    with pytest.raises(InvalidInput) as refusal:
        issue(batch, count, now)
    assert (refusal.value.code, refusal.value.field) == ("count-out-of-range", "count")
    assert session.scalar(sa.select(StampRoll.id)) is None


def test_a_roll_is_never_larger_than_the_units_still_without_a_stamp(
    session: Session, now: dt.datetime
) -> None:
    batch = make_batch(session, quantity=100)
    roll = issue(batch, 60, now)
    with pytest.raises(InvalidInput) as refusal:
        issue(batch, 41, now)
    assert refusal.value.code == "roll-larger-than-batch"
    assert refusal.value.facts["room"] == 40
    void(roll, 1, 5, now)
    issue(batch, 45, now)
    assert stamps_in_use(session, batch.id) == 100


def test_a_roll_for_another_producers_goods_is_as_if_they_were_not_there(
    session: Session, now: dt.datetime
) -> None:
    batch, stranger = make_batch(session), make_producer(session)
    own = make_variant(session, product=make_product(session, producer=stranger))
    for variant_id, batch_id in ((batch.variant_id, None), (own.id, batch.id)):
        with pytest.raises(NotFound), atomic() as writing:
            issue_roll(
                writing,
                producer_id=stranger.id,
                variant_id=variant_id,
                batch_id=batch_id,
                count=1,
                key=KEY,
                actor=LAN,
                now=now,
            )


def test_a_roll_of_one_variant_is_not_issued_for_a_batch_of_another(
    session: Session, now: dt.datetime
) -> None:
    batch = make_batch(session)
    product = make_product(session, producer=None, producer_id=batch.producer_id)
    other = make_variant(session, product=product)
    with pytest.raises(InvalidInput) as refusal, atomic() as writing:
        issue_roll(
            writing,
            producer_id=batch.producer_id,
            variant_id=other.id,
            batch_id=batch.id,
            count=1,
            key=KEY,
            actor=LAN,
            now=now,
        )
    assert refusal.value.code == "batch-of-another-variant"


def test_an_activation_is_remembered_with_who_did_it(session: Session, now: dt.datetime) -> None:
    batch = make_batch(session)
    roll = issue(batch, 50, now)
    activation = switch_on(roll, batch, 3, 12, now)
    assert (activation.first_number, activation.last_number) == (
        roll.first_number + 2,
        roll.first_number + 11,
    )
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.act == "stamps.activated")).one()
    assert (entry.actor_label, entry.facts["first"], entry.facts["last"]) == ("Lan", 3, 12)


@pytest.mark.parametrize(("first", "last"), [(0, 5), (1, 51), (51, 51), (9, 8), (-3, 2)])
def test_a_span_outside_the_roll_is_refused(
    session: Session, now: dt.datetime, first: int, last: int
) -> None:
    batch = make_batch(session)
    roll = issue(batch, 50, now)
    for act in (lambda: switch_on(roll, batch, first, last, now), lambda: void(roll, first, last, now)):
        with pytest.raises(InvalidInput) as refusal:
            act()
        assert refusal.value.code == "outside-roll"


@pytest.mark.parametrize(("first", "last"), [(10, 20), (1, 10), (20, 30), (12, 14), (1, 50)])
def test_a_stamp_is_activated_once(session: Session, now: dt.datetime, first: int, last: int) -> None:
    batch = make_batch(session)
    roll = issue(batch, 50, now)
    switch_on(roll, batch, 10, 20, now)
    with pytest.raises(Conflict) as refusal:
        switch_on(roll, batch, first, last, now)
    assert (refusal.value.code, refusal.value.facts) == ("already-active", {"first": 10, "last": 20})


def test_a_void_stamp_is_not_activated_nor_voided_again(session: Session, now: dt.datetime) -> None:
    batch = make_batch(session)
    roll = issue(batch, 50, now)
    void(roll, 5, 6, now)
    with pytest.raises(Conflict) as refusal:
        switch_on(roll, batch, 1, 5, now)
    assert refusal.value.code == "not-usable"
    with pytest.raises(Conflict) as again:
        void(roll, 6, 9, now)
    assert again.value.code == "already-void"


def test_no_more_stamps_are_active_on_a_batch_than_it_has_units(session: Session, now: dt.datetime) -> None:
    batch = make_batch(session, quantity=30)
    loose = issue_roll(
        session,
        producer_id=batch.producer_id,
        variant_id=batch.variant_id,
        count=100,
        key=KEY,
        actor=LAN,
        now=now,
    )
    session.commit()
    switch_on(loose, batch, 1, 25, now)
    with pytest.raises(InvalidInput) as refusal:
        switch_on(loose, batch, 26, 31, now)
    assert (refusal.value.code, refusal.value.facts["room"]) == ("more-stamps-than-packs", 5)
    assert stamps_in_use(session, batch.id) == 25


def test_stamps_of_one_batch_are_not_activated_on_another(session: Session, now: dt.datetime) -> None:
    batch = make_batch(session)
    roll = issue(batch, 10, now)
    other = make_batch(session)
    own_other = Batch(
        public_id="b" * 16,
        producer_id=batch.producer_id,
        variant_id=batch.variant_id,
        code="KHAC",
        made_on=batch.made_on,
        expires_on=batch.expires_on,
        quantity=10,
        on_hand=10,
        created_at=now,
    )
    session.add(own_other)
    session.commit()
    with pytest.raises(InvalidInput):
        switch_on(roll, own_other, 1, 2, now)
    with pytest.raises(NotFound), atomic() as writing:
        activate(
            writing,
            producer_id=batch.producer_id,
            roll_id=roll.id,
            span=Span(1, 2),
            batch_id=other.id,
            actor=LAN,
            now=now,
        )


def test_a_closed_batch_takes_no_stamps(session: Session, now: dt.datetime) -> None:
    batch = make_batch(session)
    roll = issue(batch, 10, now)
    session.get_one(Batch, batch.id).state = BatchState.CLOSED
    session.commit()
    with pytest.raises(WrongState) as refusal:
        switch_on(roll, batch, 1, 2, now)
    assert refusal.value.code == "batch-not-open"


def test_an_activation_is_undone_within_a_day_and_the_stamps_are_free_again(
    session: Session, now: dt.datetime
) -> None:
    batch = make_batch(session)
    roll = issue(batch, 10, now)
    activation = switch_on(roll, batch, 1, 10, now)

    def undo(moment: dt.datetime, producer_id: int = batch.producer_id) -> None:
        with atomic() as writing:
            undo_activation(
                writing, producer_id=producer_id, activation_id=activation.id, actor=LAN, now=moment
            )

    with pytest.raises(WrongState) as late:
        undo(now + UNDO_WINDOW + dt.timedelta(seconds=1))
    assert late.value.code == "undo-window-over"
    with pytest.raises(NotFound):
        undo(now, producer_id=make_producer(session).id)
    undo(now + UNDO_WINDOW)
    with pytest.raises(WrongState) as twice:
        undo(now)
    assert twice.value.code == "already-undone"
    switch_on(roll, batch, 1, 10, now)


@pytest.mark.parametrize("reason", ["", "  ", "ab", "x" * 301])
def test_a_void_needs_a_reason(session: Session, now: dt.datetime, reason: str) -> None:
    batch = make_batch(session)
    roll = issue(batch, 10, now)
    with pytest.raises(InvalidInput) as refusal:
        void(roll, 1, 2, now, reason)
    assert (refusal.value.code, refusal.value.field) == ("reason-length", "reason")
    assert session.scalar(sa.select(StampException.id)) is None


def test_another_producers_roll_is_not_found(session: Session, now: dt.datetime) -> None:
    batch, stranger = make_batch(session), make_producer(session)
    roll = issue(batch, 10, now)
    with pytest.raises(Refusal) as refusal, atomic() as writing:
        void_range(
            writing,
            producer_id=stranger.id,
            roll_id=roll.id,
            span=Span(1, 2),
            reason="không phải của mình",
            actor=LAN,
            now=now,
        )
    assert refusal.value.status == 404
    assert session.scalar(sa.select(StampException.id)) is None


def test_when_the_numbers_are_used_up_no_roll_is_issued(session: Session, now: dt.datetime) -> None:
    from app.trace.stamps.codes import NUMBER_LIMIT
    from app.trace.stamps.models import StampCounter

    batch = make_batch(session)
    session.get_one(StampCounter, 1).next_number = NUMBER_LIMIT - 5
    session.commit()
    with pytest.raises(Conflict) as refusal:
        issue(batch, 6, now)
    assert refusal.value.code == "numbers-used-up"
    assert issue(batch, 5, now).last_number == NUMBER_LIMIT - 1
