"""Folding the scan journal into report tables: scans of each batch by Vietnam day and province."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.clock import vietnam_day
from app.trace.scans.journal import START, LoggedScan, ScanLog, to_ms
from app.trace.scans.models import ScanCursor, ScanDay
from app.trace.stamps.models import StampActivation

CURSOR = "scan-days"
AT_ONCE = 5_000


def fold_scans(session: Session, scans: ScanLog, *, limit: int = AT_ONCE) -> int:
    """Fold at most `limit` journal lines that follow the cursor; the cursor moves in the same transaction.

    A scan counts for the batch on which its stamp was active at that moment, and for none if on none. Returns how many
    lines were read.
    """
    cursor = session.get(ScanCursor, CURSOR, with_for_update=True)
    if cursor is None:
        cursor = ScanCursor(name=CURSOR, position=START)
        session.add(cursor)
        session.flush()
    lines = list(scans.iter_since(cursor.position, limit))
    if not lines:
        return 0
    for (batch_id, day, province), count in _counted(session, lines).items():
        scan_day = session.scalar(
            sa.select(ScanDay).where(
                ScanDay.batch_id == batch_id, ScanDay.day == day, ScanDay.province_id == province
            )
        )
        if scan_day is None:
            session.add(ScanDay(batch_id=batch_id, day=day, province_id=province, scans=count))
        else:
            scan_day.scans += count
    cursor.position = lines[-1].cursor
    return len(lines)


def _counted(session: Session, lines: list[LoggedScan]) -> Counter[tuple[int, dt.date, str]]:
    numbers = [line.n for line in lines]
    activations = session.scalars(
        sa.select(StampActivation).where(
            StampActivation.first_number <= max(numbers),
            StampActivation.last_number >= min(numbers),
        )
    ).all()
    activations_of = {
        n: [
            activation for activation in activations if activation.first_number <= n <= activation.last_number
        ]
        for n in set(numbers)
    }
    counts: Counter[tuple[int, dt.date, str]] = Counter()
    for line in lines:
        batch_id = batch_at(activations_of[line.n], line.at)
        if batch_id is not None:
            counts[batch_id, vietnam_day(line.at), line.province or ""] += 1
    return counts


def batch_at(activations: Iterable[StampActivation], at: dt.datetime) -> int | None:
    """The batch on which a stamp was active at a moment, by all the activations it ever had.

    Moments are compared in the journal's milliseconds.
    """
    for activation in activations:
        undone = activation.undone_at
        if to_ms(activation.activated_at) <= to_ms(at) and (undone is None or to_ms(at) < to_ms(undone)):
            return activation.batch_id
    return None
