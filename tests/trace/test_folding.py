"""A scan counts for the batch on which the stamp was active when it was scanned, whenever it is folded."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core.db import atomic
from app.core.parts import part
from app.trace.scans.folding import add_counts, count_scans
from app.trace.scans.models import ScanDay
from app.trace.setup import Trace
from tests.factories.catalogue import make_variant
from tests.factories.supply import make_batch
from tests.factories.trace import make_activation, make_roll

HOUR = dt.timedelta(hours=1)


def test_scans_are_credited_by_the_activation_in_force_when_they_were_made(
    app: Flask, session: Session, now: dt.datetime
) -> None:
    scans, variant = part(Trace, app).scans, make_variant(session)
    first, second = (make_batch(session, variant=variant) for _ in range(2))
    roll = make_roll(session, variant=variant, count=10)
    make_activation(session, roll=roll, batch=first, activated_at=now, undone_at=now + 2 * HOUR)
    make_activation(session, roll=roll, batch=second, activated_at=now + 4 * HOUR)
    for hours, times in ((-1, 1), (0, 1), (1, 2), (2, 4), (3, 8), (4, 16), (5, 32)):
        for _ in range(times):
            scans.record(roll.first_number, now + hours * HOUR, lang="vi")
    fold = count_scans(session, scans)
    assert fold is not None and fold.lines == 64
    with atomic() as writing:
        assert add_counts(writing, fold)
    counted = dict(
        session.execute(
            sa.select(ScanDay.batch_id, sa.func.sum(ScanDay.scans)).group_by(ScanDay.batch_id)
        ).all()
    )
    assert counted == {first.id: 1 + 2, second.id: 16 + 32}


def test_what_was_activated_within_the_millisecond_of_a_scan_came_before_it(
    app: Flask, session: Session, now: dt.datetime
) -> None:
    scans, variant = part(Trace, app).scans, make_variant(session)
    batch = make_batch(session, variant=variant)
    roll = make_roll(session, variant=variant, count=2)
    begun = now + dt.timedelta(microseconds=700)
    make_activation(session, roll=roll, batch=batch, activated_at=begun, undone_at=begun + HOUR)
    for moment in (now - dt.timedelta(milliseconds=1), now, now + HOUR):
        scans.record(roll.first_number, moment, lang="vi")
    fold = count_scans(session, scans)
    assert fold is not None and list(fold.counts.values()) == [1]
