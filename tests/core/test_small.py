"""The small foundations: clock, ids, money, audit."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.core import audit, clock
from app.core.audit import Actor, AuditEntry
from app.core.db import atomic
from app.core.errors import InvalidInput
from app.core.ids import public_id
from app.core.money import MAX_PRICE, dong, price


def test_a_day_is_a_day_in_vietnam() -> None:
    assert clock.vietnam_day(dt.datetime(2026, 11, 21, 16, 59, tzinfo=dt.UTC)) == dt.date(2026, 11, 21)
    assert clock.vietnam_day(dt.datetime(2026, 11, 21, 17, 0, tzinfo=dt.UTC)) == dt.date(2026, 11, 22)


def test_the_clock_can_start_elsewhere_and_runs_on() -> None:
    start = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    clock.start_clock(start)
    try:
        first, second = clock.now(), clock.now()
        assert start <= first <= second < start + dt.timedelta(minutes=1)
        assert clock.today() == dt.date(2030, 1, 1)
    finally:
        clock.start_clock(None)
    assert abs(clock.now() - dt.datetime.now(dt.UTC)) < dt.timedelta(seconds=5)


def test_public_ids_do_not_repeat_and_read_aloud() -> None:
    ids = {public_id() for _ in range(10_000)}
    assert len(ids) == 10_000
    assert all(re.fullmatch(r"[0-9a-hjkmnp-tv-z]{16}", text) for text in ids)


@given(st.integers())
def test_an_amount_is_a_whole_number_of_dong_and_not_less_than_none(value: int) -> None:
    if value < 0:
        with pytest.raises(InvalidInput):
            dong(value)
    else:
        assert dong(value) == value


@pytest.mark.parametrize("value", [1.5, "1000", True, None])
def test_what_is_no_whole_number_is_no_amount(value: object) -> None:
    with pytest.raises(TypeError):
        dong(value)  # type: ignore[arg-type]


def test_a_price_is_from_a_thousand_to_a_thousand_million() -> None:
    assert price(1_000) == 1_000 and price(MAX_PRICE) == MAX_PRICE
    for wrong in (999, 0, -1, MAX_PRICE + 1, 10**12):
        with pytest.raises(InvalidInput) as refusal:
            price(wrong)
        assert refusal.value.field == "price"


def test_the_audit_records_who_did_what_to_which(session: Session, now: dt.datetime) -> None:
    with atomic() as writing:
        audit.record(writing, "thing.done", ("thing", 7), actor=Actor(None, "loader"), now=now, why="test")
    entry = session.scalars(sa.select(AuditEntry)).one()
    assert (entry.act, entry.object_type, entry.object_id, entry.actor_label, entry.facts) == (
        "thing.done",
        "thing",
        "7",
        "loader",
        {"why": "test"},
    )
