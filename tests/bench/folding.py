"""Folding the scan journal: how fast, and how long others may not write meanwhile."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing

import sqlalchemy as sa

from app.core.db import atomic, db
from app.core.ids import public_id
from app.core.parts import part
from app.trace.scans.folding import add_counts, count_scans
from app.trace.scans.journal import to_ms
from app.trace.setup import Trace
from tests.bench.table import Line, Spread, skipped
from tests.bench.worlds import NO_POSTGRES, World, days_ago, postgres_answers, stamp, world

EACH = 100
SECONDS_BETWEEN = 5
"""Between two scans: a stretch meets few batches twice on one day, which is the most that it can have to add."""


def fold_lines(*, scans: int, activations: int) -> Iterator[Line]:
    """The journal folded on either engine, every activation on a batch of its own."""
    for postgres in (False, True):
        work = (
            f"fold {scans:,} scans over {activations:,} activations, {'PostgreSQL' if postgres else 'SQLite'}"
        )
        if postgres and not postgres_answers():
            yield skipped(work, NO_POSTGRES)
            continue
        with world(postgres=postgres) as place:
            numbers = stamp(place, rolls=activations, each=EACH)
            _spread(place)
            rate, locks = _fold(place, numbers, scans)
        yield Line(
            work,
            f"{rate:,.0f} scans a second, {locks.show('.0f')} ms under a lock",
            "≥ 10,000 scans a second, no lock over 50 ms",
            rate >= 10_000 and locks.most <= 50,
        )


def _spread(place: World) -> None:
    """Give every activation a batch of its own."""
    with place.tables("batches", "stamp_activations") as (connection, (batches, activations)):
        model = dict(connection.execute(sa.select(batches).limit(1)).one()._mapping)
        last = connection.scalar(sa.select(sa.func.max(batches.c.id))) or 0
        ids = connection.scalars(sa.select(activations.c.id).order_by(activations.c.id)).all()
        copies = [
            {**model, "id": last + turn, "public_id": public_id(), "code": f"bench-{turn}"}
            for turn in range(1, len(ids) + 1)
        ]
        connection.execute(sa.insert(batches), copies)
        on = sa.update(activations).where(activations.c.id == sa.bindparam("one"))
        connection.execute(
            on.values(batch_id=sa.bindparam("batch"), activated_at=days_ago(60)),
            [{"one": one, "batch": last + turn} for turn, one in enumerate(ids, 1)],
        )
    if "DATABASE_URL" in place.env:
        with place.tables() as (connection, _):
            connection.exec_driver_sql("ANALYZE")


def _fold(place: World, numbers: range, scans: int) -> tuple[float, Spread]:
    """(scans a second, milliseconds of each writing transaction)"""
    app = place.app()
    journal = part(Trace, app).scans
    journal.peek(0)  # makes the file
    chance, start = random.Random(1), to_ms(days_ago(30))
    with closing(sqlite3.connect(place.data_dir / "scans.sqlite3")) as lines, lines:
        lines.executemany(
            "INSERT INTO scan (n, at, lang) VALUES (?, ?, 'vi')",
            ((chance.choice(numbers), start + turn * SECONDS_BETWEEN * 1000) for turn in range(scans)),
        )
    locks = []
    begun = time.perf_counter()
    with app.app_context():
        while fold := count_scans(db.session(), journal):
            with atomic() as session:
                locked = time.perf_counter()
                assert add_counts(session, fold)
            locks.append(1000 * (time.perf_counter() - locked))
        took = time.perf_counter() - begun
        assert db.session.scalar(sa.text("SELECT sum(scans) FROM scan_days")) == scans
        db.session.remove()
        db.engine.dispose()
    journal.close()
    return scans / took, Spread.of(locks)
