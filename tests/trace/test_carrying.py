"""The scan journal carried whole: every line under its cursor, every sum as it is, and back when asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.trace.scans.carrying import CarriedRedis, cursor_of, every_scan, sums_of_file
from app.trace.scans.journal import START, ScanSummary
from app.trace.scans.journal_sqlite import SqliteScanLog
from tests.trace.conftest import REDIS_URL

pytestmark = pytest.mark.redis
NOON = dt.datetime(2026, 11, 21, 5, 0, tzinfo=dt.UTC)


@pytest.fixture
def journal(redis_namespace: str) -> Iterator[CarriedRedis]:
    """An empty journal in Redis."""
    opened = CarriedRedis(REDIS_URL, namespace=redis_namespace)
    yield opened
    opened.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An embedded journal of more lines than are held in memory at once, the first of them moved away."""
    path = tmp_path / "scans.sqlite3"
    scans = SqliteScanLog(path)
    for place in range(1200):
        scans.record(
            place % 7,
            NOON + dt.timedelta(minutes=place),
            lang="vi",
            province="15" if place % 2 else None,
            device=bytes(16) if place % 3 else None,
        )
    with scans._connection() as connection:
        connection.execute("DELETE FROM scan WHERE seq < 100")
    scans.close()
    return path


def test_an_embedded_journal_is_the_same_in_redis(file: Path, journal: CarriedRedis) -> None:
    embedded = SqliteScanLog(file)
    journal.load(every_scan(embedded), sums_of_file(file))
    assert [(cursor_of(scan.cursor), scan.n, scan.at) for scan in every_scan(embedded)] == [
        (scan.cursor, scan.n, scan.at) for scan in every_scan(journal)
    ]
    assert dict(journal.sums()) == dict(sums_of_file(file))
    for n, row in sums_of_file(file):
        assert journal.peek(n) == embedded.peek(n) == ScanSummary(*row)
    assert journal.count() == embedded.count() == 1101
    assert journal.end() == "0-1200"
    folded = embedded.end()
    assert journal.record(3, NOON, lang="vi").count == embedded.record(3, NOON, lang="vi").count
    assert len(list(journal.iter_since(cursor_of(folded), 9))) == 1, "what was folded stays folded"
    assert len(list(embedded.iter_since(cursor_of(folded), 9))) == 1, "and here, should the site come back"
    embedded.close()


def test_a_cursor_of_redis_and_the_start_stay_what_they_are() -> None:
    assert cursor_of(START) == START
    assert cursor_of("1764208800123-0") == "1764208800123-0"


def test_a_journal_moved_aside_comes_back_as_it_was(journal: CarriedRedis) -> None:
    journal.record(1, NOON, lang="vi", scan_id=b"x" * 12)
    journal.sign("a mark")
    prefix = journal.move_aside("before")
    assert (journal.count(), journal.mark(), journal.peek(1).count) == (0, None, 0)
    journal.record(2, NOON, lang="vi")
    journal.move_back(prefix)
    assert (journal.count(), journal.mark()) == (1, "a mark")
    assert (journal.peek(1).count, journal.peek(2).count) == (1, 0)
    assert journal.has_taken(b"x" * 12)
    assert not journal.has_taken(b"y" * 12)


def test_an_empty_journal_moves_aside_too(journal: CarriedRedis) -> None:
    journal.move_back(journal.move_aside("before"))
    assert journal.end() == START
    journal.clear()
