"""A scan counts for the batch on which the stamp was active when it was scanned, whenever it is folded."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.core.db import atomic
from app.core.parts import part
from app.trace.scans.folding import batch_at, fold_scans
from app.trace.scans.models import ScanDay
from app.trace.setup import Trace
from app.trace.stamps.models import StampActivation
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
    with atomic() as writing:
        assert fold_scans(writing, scans) == 64
    counted = dict(
        session.execute(
            sa.select(ScanDay.batch_id, sa.func.sum(ScanDay.scans)).group_by(ScanDay.batch_id)
        ).all()
    )
    assert counted == {first.id: 1 + 2, second.id: 16 + 32}


START = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
SPANS = st.lists(st.integers(0, 1000), unique=True, min_size=1, max_size=9).map(sorted)


@given(SPANS, st.integers(-5, 1010))
def test_at_any_moment_a_stamp_is_of_the_batch_it_was_active_on(moments: list[int], moment: int) -> None:
    """Activated at the first moment, undone at the second, activated at the third…; batches are their places."""

    def at(seconds: int) -> dt.datetime:
        return START + dt.timedelta(seconds=seconds)

    activations = [
        StampActivation(
            batch_id=place,
            activated_at=at(moments[place]),
            undone_at=at(moments[place + 1]) if place + 1 < len(moments) else None,
        )
        for place in range(0, len(moments), 2)
    ]
    begun = sum(1 for at_ in moments if at_ <= moment)
    assert batch_at(reversed(activations), at(moment)) == (begun - 1 if begun % 2 else None)
