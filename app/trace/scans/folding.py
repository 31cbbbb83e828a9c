"""Folding the scan journal into report tables: scans of each batch by Vietnam day and province.

A stretch of the journal is counted without any lock, then added in a short transaction that also moves the cursor, on
the condition that nobody moved it meanwhile: so a folder that dies counts nothing twice, nor do two at once.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.core.clock import vietnam_day
from app.trace.scans.journal import START, LoggedScan, ScanLog
from app.trace.scans.models import ScanCursor, ScanDay
from app.trace.stamps.models import StampActivation

CURSOR = "scan-days"
AT_ONCE = 500
"""Lines of a stretch: few enough that adding them, each on a batch of its own, locks for some milliseconds."""


@dataclass(frozen=True, slots=True)
class Fold:
    """A stretch of the journal from the cursor `before` to `after`; `counts` are its scans by batch, day, province."""

    before: str
    after: str
    lines: int
    counts: Mapping[tuple[int, dt.date, str], int]


def count_scans(session: Session, scans: ScanLog, *, limit: int = AT_ONCE) -> Fold | None:
    """Count at most `limit` lines that follow the cursor, or None where there are none. Writes nothing."""
    before = session.scalar(sa.select(ScanCursor.position).where(ScanCursor.name == CURSOR)) or START
    lines = list(scans.iter_since(before, limit))
    if not lines:
        return None
    counts: Counter[tuple[int, dt.date, str]] = Counter()
    batch_of = _batches(session, lines)
    for place, line in enumerate(lines):
        batch_id = batch_of[place]
        if batch_id is not None:
            counts[batch_id, vietnam_day(line.at), line.province or ""] += 1
    return Fold(before, lines[-1].cursor, len(lines), counts)


def add_counts(session: Session, fold: Fold) -> bool:
    """Add a stretch to the reports and move the cursor past it. False, and nothing done, where another was first."""
    insert: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    if fold.before == START:
        session.execute(insert(ScanCursor).values(name=CURSOR, position=START).on_conflict_do_nothing())
    moved = session.execute(
        sa.update(ScanCursor)
        .where(ScanCursor.name == CURSOR, ScanCursor.position == fold.before)
        .values(position=fold.after)
    )
    if not moved.rowcount:  # type: ignore[attr-defined]
        return False
    if not fold.counts:
        return True
    batch_id, day, province, count = _columns(
        session.get_bind().dialect.name,
        (sa.BigInteger(), sa.Date(), sa.String(), sa.Integer()),
        [(*key, n) for key, n in sorted(fold.counts.items())],
    )
    added = insert(ScanDay.__table__).from_select(
        ["batch_id", "day", "province_id", "scans"],
        sa.select(batch_id, day, province, count).where(
            sa.true()
        ),  # SQLite reads ON CONFLICT after a WHERE only
    )
    session.execute(
        added.on_conflict_do_update(
            index_elements=["batch_id", "day", "province_id"],
            set_={"scans": ScanDay.scans + added.excluded.scans},
        )
    )
    return True


_STUCK = StampActivation.__table__.c
_MILLISECOND = dt.timedelta(milliseconds=1)


def _batches(session: Session, lines: Sequence[LoggedScan]) -> dict[int, int | None]:
    """By the place of a line the batch on which its stamp was active at the moment of the scan, or None.

    Activations in force at one moment never overlap, so it is the one that begins last before the number: an index
    seek for each line, whatever else was activated.
    """
    # The journal's moments are whole milliseconds: what was activated or undone within that one came before the scan.
    rows = [(place, line.n, line.at + _MILLISECOND) for place, line in enumerate(lines)]
    engine = session.get_bind().dialect.name
    place, n, end = _columns(engine, (sa.Integer(), sa.BigInteger(), sa.DateTime(timezone=True)), rows)
    holder = (
        sa.select(sa.case((_STUCK.last_number >= n, _STUCK.batch_id)))
        .where(
            _STUCK.first_number <= n,
            _STUCK.activated_at < end,
            sa.or_(_STUCK.undone_at.is_(None), _STUCK.undone_at >= end),
        )
        .order_by(_STUCK.first_number.desc())
        .limit(1)
        .scalar_subquery()
    )
    return {row[0]: row[1] for row in session.execute(sa.select(place, holder))}


def _columns(
    engine: str, types: Sequence[sa.types.TypeEngine[Any]], rows: Sequence[tuple[Any, ...]]
) -> list[sa.ColumnElement[Any]]:
    """Rows as a table inside one statement: its columns. One statement is one way to the server, however many rows."""
    if engine == "sqlite":
        table = sa.func.json_each(json.dumps(rows, default=_stored)).table_valued("value")
        return [sa.func.json_extract(table.c.value, f"$[{place}]") for place in range(len(types))]
    names = [f"column_{place}" for place in range(len(types))]
    arrays = [
        sa.bindparam(None, list(values), postgresql.ARRAY(type_))
        for type_, values in zip(types, zip(*rows, strict=True), strict=True)
    ]
    table = sa.func.unnest(*arrays).table_valued(*names).render_derived()
    return [table.c[name] for name in names]


def _stored(value: dt.date) -> str:
    """A moment or a day as SQLAlchemy keeps it in SQLite."""
    if isinstance(value, dt.datetime):
        return f"{value.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S.%f}"
    return value.isoformat()
