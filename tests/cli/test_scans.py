"""flask scans ingest: each scan is counted once in the reports, whatever dies in between."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.core.db import atomic
from app.core.parts import part
from app.trace.scans.folding import fold_scans
from app.trace.scans.models import ScanDay
from app.trace.setup import Trace
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
    make_activation(session, roll=make_roll(session, count=10))
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
    make_activation(session)
    n = session.scalar(sa.text("SELECT first_number FROM stamp_activations"))
    scans = part(Trace, app).scans
    for _ in range(5):
        scans.record(n, now, lang="vi")
    with pytest.raises(RuntimeError), atomic() as writing:
        fold_scans(writing, scans, limit=3)
        raise RuntimeError
    with atomic() as writing:
        assert fold_scans(writing, scans, limit=3) == 3
    with atomic() as writing:
        assert fold_scans(writing, scans, limit=3) == 2
    assert [row[3] for row in days(session)] == [5]
