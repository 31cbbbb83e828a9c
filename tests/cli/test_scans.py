"""flask scans ingest: each scan is counted once in the reports, whatever dies in between."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from app.catalogue.models import Variant
from app.cli.scans import ingest_all
from app.core import clock
from app.core.db import atomic
from app.core.parts import part
from app.trace.scans.folding import Fold, _columns, add_counts, count_scans
from app.trace.scans.models import ScanDay
from app.trace.scans.spool import ScanSpool, WaitingScan
from app.trace.setup import Trace
from config import Settings
from tests.factories.catalogue import make_variant
from tests.factories.supply import make_batch
from tests.factories.trace import make_activation, make_roll


def days(session: Session) -> list[tuple[int, dt.date, str, int]]:
    session.rollback()
    return [
        (row.batch_id, row.day, row.province_id, row.scans)
        for row in session.scalars(sa.select(ScanDay).order_by(ScanDay.day, ScanDay.province_id))
    ]


def test_scans_are_folded_by_batch_day_and_province_once(
    app: Flask, session: Session, runner: FlaskCliRunner, now: dt.datetime
) -> None:
    make_activation(session, roll=make_roll(session, count=10), activated_at=now)
    scans = part(Trace, app).scans
    activation = session.execute(sa.text("SELECT batch_id, first_number FROM stamp_activations")).one()
    n = activation.first_number
    scans.record(n, now, lang="vi")
    scans.record(n + 1, now, lang="vi", province="15")
    scans.record(n, now + dt.timedelta(hours=20), lang="en")
    scans.record(10**9, now, lang="vi")
    outcome = runner.invoke(args=["scans", "ingest"])
    assert outcome.output == "4 scans folded\n"
    assert days(session) == [
        (activation.batch_id, dt.date(2026, 11, 21), "", 1),
        (activation.batch_id, dt.date(2026, 11, 21), "15", 1),
        (activation.batch_id, dt.date(2026, 11, 22), "", 1),
    ]
    assert runner.invoke(args=["scans", "ingest"]).output == "0 scans folded\n"
    scans.record(n, now, lang="vi")
    runner.invoke(args=["scans", "ingest"])
    assert days(session)[0][3] == 2


def test_a_fold_that_fails_is_done_again_and_counts_nothing_twice(
    app: Flask, session: Session, now: dt.datetime
) -> None:
    make_activation(session, activated_at=now)
    n = session.scalar(sa.text("SELECT first_number FROM stamp_activations"))
    scans = part(Trace, app).scans
    for _ in range(5):
        scans.record(n, now, lang="vi")
    fold = count_scans(session, scans, limit=3)
    assert fold is not None
    with pytest.raises(RuntimeError), atomic() as writing:
        add_counts(writing, fold)
        raise RuntimeError  # killed before the commit
    assert days(session) == []
    assert ingest_all() == 5
    assert [row[3] for row in days(session)] == [5]


def test_of_two_who_fold_the_same_lines_one_does(app: Flask, session: Session, now: dt.datetime) -> None:
    activation = make_activation(session, activated_at=now)
    scans = part(Trace, app).scans
    for stretch in range(2):
        for _ in range(3):
            scans.record(activation.first_number, now, lang="vi")
        mine, theirs = count_scans(session, scans, limit=2), count_scans(session, scans)
        assert mine is not None and theirs is not None
        with atomic() as writing:
            assert add_counts(writing, theirs)
        with atomic() as writing:
            assert not add_counts(writing, mine)
        assert [row[3] for row in days(session)] == [3 * (stretch + 1)]
    assert ingest_all() == 0


def test_who_comes_second_goes_on_where_the_first_stopped(
    app: Flask, session: Session, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    activation = make_activation(session, activated_at=now)
    trace = part(Trace, app)
    for _ in range(4):
        trace.scans.record(activation.first_number, now, lang="vi")
    first = count_scans(session, trace.scans, limit=3)
    assert first is not None
    with atomic() as writing:
        add_counts(writing, first)
    stale = [first]  # what this one had counted just before

    def count(*facts: Any) -> Fold | None:
        return stale.pop() if stale else count_scans(*facts)

    monkeypatch.setattr("app.cli.scans.count_scans", count)
    assert ingest_all() == 1
    assert [row[3] for row in days(session)] == [4]


def test_a_scan_counts_for_the_batch_that_its_stamp_was_on_at_that_moment(
    app: Flask, session: Session, now: dt.datetime
) -> None:
    variant = make_variant(session)
    roll = make_roll(session, variant=variant, count=10)
    first, second = make_batch(session, variant=variant), make_batch(session, variant=variant)
    hour = dt.timedelta(hours=1)
    n = roll.first_number
    make_activation(session, roll=roll, batch=first, activated_at=now, undone_at=now + hour)
    make_activation(
        session, roll=roll, batch=second, first_number=n, last_number=n + 4, activated_at=now + hour
    )
    scans = part(Trace, app).scans
    second_of = dt.timedelta(milliseconds=1)
    for at in (now - second_of, now, now + hour - second_of, now + hour, now + 2 * hour):
        scans.record(n, at, lang="vi")
    scans.record(n + 7, now, lang="vi")  # an activation of others begins between
    scans.record(n + 7, now + hour, lang="vi")
    ingest_all()
    assert {row[0]: row[3] for row in days(session)} == {first.id: 3, second.id: 2}


MOMENTS = st.integers(0, 12)
RANGE = st.tuples(st.integers(0, 19), st.integers(0, 8), MOMENTS, st.none() | MOMENTS)


@hypothesis.settings(max_examples=60, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@hypothesis.given(st.lists(RANGE, max_size=6), st.lists(st.tuples(st.integers(0, 29), MOMENTS), min_size=1))
def test_a_fold_counts_as_one_who_looks_through_every_activation(
    app: Flask,
    session: Session,
    activations: list[tuple[int, int, int, int | None]],
    looks: list[tuple[int, int]],
) -> None:
    """Of the activations drawn, those that would overlap one in force at the same time are left out."""
    start = clock.now().replace(microsecond=0)  # the journal keeps milliseconds
    batch = make_batch(session)
    roll = make_roll(session, variant=session.get_one(Variant, batch.variant_id), count=30)
    taken: list[tuple[int, int, int, int, int]] = []
    for first, more, begins, ends in activations:
        span, until = (first, first + more), 99 if ends is None else ends
        if until <= begins or any(
            span[0] <= other[1] and other[0] <= span[1] and begins < other[3] and other[2] < until
            for other in taken
        ):
            continue
        made = make_activation(
            session,
            roll=roll,
            batch=make_batch(session, variant=session.get_one(Variant, batch.variant_id)),
            first_number=roll.first_number + span[0],
            last_number=roll.first_number + span[1],
            activated_at=start + dt.timedelta(minutes=begins),
            undone_at=None if ends is None else start + dt.timedelta(minutes=ends),
        )
        taken.append((*span, begins, until, made.batch_id))
    scans = part(Trace, app).scans
    expected: Counter[int] = Counter()
    for n, minute in looks:
        scans.record(roll.first_number + n, start + dt.timedelta(minutes=minute), lang="vi")
        expected.update(
            batch_id
            for first, last, begins, until, batch_id in taken
            if first <= n <= last and begins <= minute < until
        )
    before = Counter({row[0]: row[3] for row in days(session)})
    assert ingest_all() == len(looks)
    assert Counter({row[0]: row[3] for row in days(session)}) - before == expected


def test_on_postgresql_rows_are_a_table_of_arrays() -> None:
    columns = _columns("postgresql", (sa.Integer(), sa.Date()), [(1, dt.date(2026, 11, 21)), (2, None)])
    statement = sa.select(*columns).compile(dialect=postgresql.dialect())
    assert "FROM unnest(%(param_1)s::INTEGER[], %(param_2)s::DATE[])" in str(statement)
    assert list(statement.params.values()) == [[1, 2], [dt.date(2026, 11, 21), None]]


def test_scans_that_wait_on_this_machine_are_folded_with_the_others(
    app: Flask, session: Session, runner: FlaskCliRunner, now: dt.datetime
) -> None:
    activation = make_activation(session, activated_at=now)
    spool = ScanSpool(part(Settings, app).data_dir / "scans-waiting.sqlite3")
    spool.add(WaitingScan(b"one" * 4, activation.first_number, now, "vi"))
    assert runner.invoke(args=["scans", "ingest"]).output == "1 scans folded\n"
    assert [row[3] for row in days(session)] == [1]
    assert spool.count() == 0
