"""Scans that the journal did not take in time, kept on this machine until it does.

An SQLite file without fsync: a killed process loses none, a power cut may lose the last moments, as in the journal.
Each scan has an id, under which the journal counts it once however often it is told of it.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.trace.scans.journal import from_ms, to_ms

_BUSY_SECONDS: Final = 0.2
_SCHEMA: Final = """CREATE TABLE IF NOT EXISTS waiting (
    seq INTEGER PRIMARY KEY, id BLOB NOT NULL, n INTEGER NOT NULL, at INTEGER NOT NULL, lang TEXT NOT NULL
)"""


@dataclass(frozen=True, slots=True)
class WaitingScan:
    """A scan that is not in the journal yet, or perhaps is: `id` tells."""

    id: bytes
    n: int
    at: dt.datetime
    lang: str


class ScanSpool:
    """The file, opened for each call: it is wanted only while something fails. Safe across threads and processes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, scan: WaitingScan) -> None:
        """Keep a scan. Raises sqlite3.Error where this machine cannot write either."""
        with self._connection() as connection:
            connection.execute(
                "INSERT INTO waiting (id, n, at, lang) VALUES (?, ?, ?, ?)",
                (scan.id, scan.n, to_ms(scan.at), scan.lang),
            )

    def oldest(self, limit: int) -> list[WaitingScan]:
        """At most `limit` scans in the order they came."""
        if not self._path.exists():
            return []
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT id, n, at, lang FROM waiting ORDER BY seq LIMIT ?", (limit,)
            ).fetchall()
        return [WaitingScan(scan_id, n, from_ms(ms), lang) for scan_id, n, ms, lang in rows]

    def remove(self, scans: Collection[WaitingScan]) -> None:
        """Forget scans that the journal has."""
        with self._connection() as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("DELETE FROM waiting WHERE id = ?", [(scan.id,) for scan in scans])

    def count(self) -> int:
        """How many wait."""
        if not self._path.exists():
            return 0
        with self._connection() as connection:
            (count,) = connection.execute("SELECT count(*) FROM waiting").fetchone()
        return int(count)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(_SCHEMA)
            yield connection
