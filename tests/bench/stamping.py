"""Stamps in number: growth of the stamp page, issue of a million, sheets of ten thousand."""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from itertools import cycle
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import create_environ

from app.core.audit import Actor
from app.core.clock import now
from app.core.db import atomic, db
from app.core.parts import part
from app.supply.models import Batch
from app.trace.printing.sheets import begin_printing, print_roll
from app.trace.scans.journal import to_ms
from app.trace.setup import Trace
from app.trace.stamps.models import StampRoll
from app.trace.stamps.rolls import Span, issue_roll
from config import Settings
from tests.bench.load import PHONE
from tests.bench.servers import ROOT
from tests.bench.table import Line, Spread
from tests.bench.worlds import World, codes, days_ago, stamp, world

BENCH = Actor(None, "bench")
EACH = 1_000
_LINES = """
INSERT INTO scan (n, at, lang)
WITH RECURSIVE turn (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM turn WHERE i + 1 < :scans)
SELECT :first + (i * 7919) % :stamps, :at + i, 'vi' FROM turn
"""
_SUMS = """
INSERT INTO stamp (n, count, first_at, last_at, provinces, recent)
SELECT n, count(*), min(at), max(at), '', max(at) || ':' FROM scan GROUP BY n
"""


def stamp_growth_lines(*, stamps: int, scans: int, rounds: int, requests: int) -> list[Line]:
    """CPU time of a stamp page in this process, with ten thousand stamps and with many, by turns."""
    with world() as small, world() as large:
        apps = small.app(), large.app()
        paths = []
        for app, count in zip(apps, (10_000, stamps), strict=True):
            place = large if count == stamps else small
            numbers = stamp(place, rolls=count // EACH, each=EACH)
            paths.append(cycle([f"/t/{code}" for code in codes(place, numbers, 10_000)]))
            if place is large:
                _scan(large, app, numbers, scans)
            _cpu(app, paths[-1], 2_000)
        seen = [
            [_cpu(app, some, requests) for app, some in zip(apps, paths, strict=True)] for _ in range(rounds)
        ]
        for app in apps:
            with app.app_context():
                db.engine.dispose()
            part(Trace, app).scans.close()
    before, after = (Spread.of(figures) for figures in zip(*seen, strict=True))
    times = Spread.of([late / early for early, late in seen])
    return [
        Line(
            f"growth of the stamp page, 10,000 → {stamps:,} stamps and {scans:,} scans",
            f"{times.show()}×: CPU {before.show('.0f')} → {after.show('.0f')} µs a request",
            "≤ 1.10×",
            times.median <= 1.10,
        )
    ]


def _scan(place: World, app: Flask, numbers: range, scans: int) -> None:
    part(Trace, app).scans.peek(0)  # makes the journal
    facts = {"first": numbers[0], "stamps": len(numbers), "scans": scans, "at": to_ms(days_ago(30))}
    with closing(sqlite3.connect(place.data_dir / "scans.sqlite3")) as journal, journal:
        journal.execute(_LINES, facts)
        journal.execute(_SUMS)


def _cpu(app: Flask, paths: cycle[str], requests: int) -> float:
    """Microseconds of the processor for one request, WSGI called in process."""
    environs = []
    for _ in range(requests):
        environ = create_environ(headers={"User-Agent": PHONE})
        environ["PATH_INFO"] = next(paths)
        environs.append(environ)
    statuses: set[str] = set()

    def answer(
        status: str, headers: list[tuple[str, str]], error: object = None
    ) -> Callable[[bytes], object]:
        statuses.add(status)
        return bytes

    start = time.process_time()
    for environ in environs:
        b"".join(app.wsgi_app(environ, answer))
    took = time.process_time() - start
    assert statuses == {"200 OK"}, statuses
    return took / requests * 1e6


def issue_lines(*, count: int) -> list[Line]:
    """Issue a roll as large as rolls may be."""
    with world() as place:
        app = place.app()
        with app.app_context():
            batch = db.session.scalars(sa.select(Batch).order_by(Batch.id)).first()
            assert batch
            facts = {"producer_id": batch.producer_id, "variant_id": batch.variant_id}
            seconds = []
            for turn in range(1, 8):
                start = time.perf_counter()
                with atomic() as session:
                    issue_roll(
                        session,
                        **facts,
                        count=count,
                        key=part(Trace, app).ring.issuing,
                        actor=BENCH,
                        now=now(),
                    )
                seconds.append(time.perf_counter() - start)
                rows = db.session.scalar(sa.select(sa.func.count()).select_from(StampRoll))
                assert rows == turn, rows
            db.engine.dispose()
    took = Spread.of([1000 * one for one in seconds])
    met = took.most <= 1000
    return [
        Line(f"issue {count:,} stamps", f"{took.show('.0f')} ms, one row each time", "≤ 1 s and one row", met)
    ]


def sheet_lines(*, count: int) -> list[Line]:
    """A printable PDF with every symbol decoded as drawn, in a process of its own."""
    with world() as place:
        numbers = stamp(place, rolls=1, each=count)
        command = [sys.executable, "-m", "tests.bench.stamping", json.dumps(place.env), str(count)]
        told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert len(numbers) == count
    figures = json.loads(told)
    measured = (
        f"{figures['seconds']:.1f} s, {figures['memory_mb']:.0f} MB, {figures['bytes'] / 1e6:.1f} MB file"
    )
    words = f"PDF of {count:,} stamps, every symbol decoded as drawn"
    if count < 10_000:  # promised of a whole sheet run; a short one is mostly the opening of the libraries
        return [Line(words, measured)]
    return [Line(words, measured, "≤ 5 s, ≤ 150 MB", figures["seconds"] <= 5 and figures["memory_mb"] <= 150)]


def _print(env: dict[str, str], count: int) -> None:
    app = World(Path(env["DATA_DIR"]), env).app()
    with app.app_context(), tempfile.TemporaryFile() as out:
        roll = db.session.scalars(sa.select(StampRoll)).one()
        start = time.perf_counter()
        ring, span = part(Trace, app).ring, Span(1, count)
        with atomic() as session:
            roll = begin_printing(
                session,
                producer_id=roll.producer_id,
                roll_id=roll.id,
                span=span,
                ring=ring,
                actor=BENCH,
                now=now(),
            )
        print_roll(
            db.session(),
            roll,
            span,
            out,
            ring=ring,
            base_url=part(Settings, app).base_url,
        )
        seconds, size = time.perf_counter() - start, out.tell()
        db.session.rollback()
        db.engine.dispose()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "memory_mb": memory, "bytes": size}))


if __name__ == "__main__":
    _print(json.loads(sys.argv[1]), int(sys.argv[2]))
