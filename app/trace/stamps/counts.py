"""How many stamps of a batch are live: the one count that issuing, activating and every page ask."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.caching import depends_on
from app.trace.stamps.models import ExceptionState, StampActivation, StampException, StampRoll

Range = tuple[int, int]
"""Stamp numbers from the first to the last."""

_ACTIVE = StampActivation.__table__.c
_VOID = StampException.__table__.c
_ROLL = StampRoll.__table__.c
_IN_FORCE = (
    sa.select(_ACTIVE.first_number, _ACTIVE.last_number, _ACTIVE.roll_id, _ACTIVE.id)
    .where(_ACTIVE.batch_id == sa.bindparam("batch"), _ACTIVE.undone_at.is_(None))
    .order_by(_ACTIVE.first_number)
)
_VOIDED = (
    sa.select(_VOID.first_number, _VOID.last_number)
    .where(
        _VOID.roll_id.in_(sa.bindparam("rolls", expanding=True)),
        _VOID.state == ExceptionState.VOID,
    )
    .order_by(_VOID.first_number)
)
_ISSUED = (
    sa.select(_ROLL.first_number, _ROLL.last_number, _ROLL.id)
    .where(_ROLL.batch_id == sa.bindparam("batch"))
    .order_by(_ROLL.first_number)
)


def live_stamps(session: Session, batch_id: int, *, without: int | None = None) -> int:
    """Stamps stuck on units of a batch: activated, not undone, not void; as if the activation `without` were undone."""
    rows = session.execute(_IN_FORCE, {"batch": batch_id}).all()
    depends_on("stamps", batch_id)
    return _without_void(session, [(row[0], row[1], row[2]) for row in rows if row[3] != without])


def stamps_in_use(session: Session, batch_id: int) -> int:
    """Stamps issued for a batch, used or not yet, or live on it from rolls for no batch; none that is void."""
    issued = {
        roll_id: (first, last) for first, last, roll_id in session.execute(_ISSUED, {"batch": batch_id})
    }
    loose = [
        (first, last, roll_id)
        for first, last, roll_id, _ in session.execute(_IN_FORCE, {"batch": batch_id})
        if roll_id not in issued
    ]
    return _without_void(session, sorted([*((*span, roll_id) for roll_id, span in issued.items()), *loose]))


def _without_void(session: Session, ranges: Sequence[tuple[int, int, int]]) -> int:
    """Stamps in ranges that do not overlap (first, last, roll; in order), without those that are void."""
    rolls = {roll_id for _, _, roll_id in ranges}
    depends_on("roll", *rolls)
    void = session.execute(_VOIDED, {"rolls": sorted(rolls)}).all() if rolls else []
    spans = [(first, last) for first, last, _ in ranges]
    return sum(last - first + 1 for first, last in spans) - shared(spans, [(row[0], row[1]) for row in void])


def shared(some: Sequence[Range], others: Sequence[Range]) -> int:
    """Numbers that stand in ranges of both sides. On either side ranges are in order and none overlap."""
    count = place = 0
    for first, last in some:
        while place < len(others) and others[place][1] < first:
            place += 1
        ahead = place
        while ahead < len(others) and others[ahead][0] <= last:
            count += min(last, others[ahead][1]) - max(first, others[ahead][0]) + 1
            ahead += 1
        place = max(place, ahead - 1)  # the last one may reach into the next range
    return count
