"""The journal of scans in an SQLite file of its own.

WAL with synchronous=NORMAL hands each commit to the operating system, so a killed process loses none (a power cut may
lose the last moments).
"""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.clock import timer
from app.core.errors import Busy
from app.trace.scans.journal import (
    NEVER,
    RECENT,
    START,
    LoggedScan,
    ScanSummary,
    SummaryRow,
    check_scan,
    from_ms,
    to_ms,
)

_SCHEMA_VERSION = 1
_SCHEMA = (
    # One line a scan, never changed.
    """CREATE TABLE scan (
        seq INTEGER PRIMARY KEY,
        n INTEGER NOT NULL,
        at INTEGER NOT NULL,
        lang TEXT NOT NULL,
        province TEXT,
        device BLOB
    )""",
    # What the lines of one stamp add up to, so that a verdict costs one look however long the journal is.
    """CREATE TABLE stamp (
        n INTEGER PRIMARY KEY,
        count INTEGER NOT NULL,
        first_at INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        provinces TEXT NOT NULL,
        recent TEXT NOT NULL
    )""",
    f"PRAGMA user_version = {_SCHEMA_VERSION}",
)
_PEEK = "SELECT count, first_at, last_at, provinces, recent FROM stamp WHERE n = ?"
_APPEND = "INSERT INTO scan (n, at, lang, province, device) VALUES (?, ?, ?, ?, ?)"
_SUM_UP = (
    "INSERT OR REPLACE INTO stamp (n, count, first_at, last_at, provinces, recent) VALUES (?, ?, ?, ?, ?, ?)"
)
# Made by the first replay, so that no file changes its form for it.
_REPLAYED = "CREATE TABLE IF NOT EXISTS replayed (id BLOB PRIMARY KEY) WITHOUT ROWID"
_FIRST_OF_ID = "INSERT OR IGNORE INTO replayed (id) VALUES (?)"
_SINCE = "SELECT seq, n, at, lang, province, device FROM scan WHERE seq > ? ORDER BY seq LIMIT ?"


class SqliteScanLog:
    """The journal in an SQLite file, with as many connections as threads ask at once."""

    def __init__(self, path: Path, *, busy_seconds: float = 0.25) -> None:
        """`busy_seconds`: how long a call may wait for other writers, all in all."""
        self._path = path
        self._busy_seconds = busy_seconds
        self._start_afresh()
        afresh = weakref.WeakMethod(self._start_afresh)
        os.register_at_fork(after_in_child=lambda: (method := afresh()) and method())

    def _start_afresh(self) -> None:
        # A forked worker must neither use nor close its parent's connections (sqlite.org/howtocorrupt 2.6).
        self._left_to_parent = getattr(self, "_idle", None)
        self._idle: deque[sqlite3.Connection] = deque()
        # SQLite makes a second writer sleep a millisecond or more; within a process, queue instead.
        self._turn = threading.Lock()

    def record(
        self,
        n: int,
        at: dt.datetime,
        *,
        lang: str,
        province: str | None = None,
        device: bytes | None = None,
        scan_id: bytes | None = None,  # what is not written in time is not written at all
    ) -> ScanSummary:
        """See ScanLog."""
        check_scan(n, at, lang, province, device)
        ms = to_ms(at)
        with self._writing() as connection:
            row: SummaryRow | None = connection.execute(_PEEK, (n,)).fetchone()
            connection.execute(_APPEND, (n, ms, lang, province, device))
            connection.execute(_SUM_UP, (n, *_summed_up(row, ms, province or "")))
        return ScanSummary(*row) if row else NEVER

    def replay(self, scan_id: bytes, n: int, at: dt.datetime, *, lang: str) -> None:
        """See ScanLog."""
        check_scan(n, at, lang, None, None)
        ms = to_ms(at)
        with self._writing() as connection:
            connection.execute(_REPLAYED)
            if connection.execute(_FIRST_OF_ID, (scan_id,)).rowcount:
                row: SummaryRow | None = connection.execute(_PEEK, (n,)).fetchone()
                count, first, *others = _summed_up(row, ms, "")
                connection.execute(_APPEND, (n, ms, lang, None, None))
                connection.execute(_SUM_UP, (n, count, min(first, ms), *others))

    def peek(self, n: int) -> ScanSummary:
        """See ScanLog."""
        with self._connection() as connection:
            row: SummaryRow | None = connection.execute(_PEEK, (n,)).fetchone()
        return ScanSummary(*row) if row else NEVER

    def iter_since(self, cursor: str, limit: int) -> Iterator[LoggedScan]:
        """See ScanLog."""
        with self._connection() as connection:
            # "0-17" is what 17 becomes in Redis (`carrying.cursor_of`), should a site come back from there.
            rows = connection.execute(_SINCE, (int(cursor.removeprefix("0-") or 0), limit)).fetchall()
        for seq, n, ms, lang, province, device in rows:
            yield LoggedScan(str(seq), n, from_ms(ms), lang, province, device)

    def end(self) -> str:
        """See ScanLog."""
        with self._connection() as connection:
            (last,) = connection.execute("SELECT max(seq) FROM scan").fetchone()
        return START if last is None else str(last)

    def count(self) -> int:
        """See ScanLog."""
        with self._connection() as connection:
            (count,) = connection.execute("SELECT count(*) FROM scan").fetchone()
        return int(count)

    def mark(self) -> str | None:
        """See ScanLog."""
        with self._connection() as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'mark'").fetchone():
                return None  # not signed yet; a reader makes no table
            row = connection.execute("SELECT mark FROM mark").fetchone()
        return str(row[0]) if row else None

    def sign(self, mark: str) -> None:
        """See ScanLog."""
        with self._writing() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS mark (one INTEGER PRIMARY KEY, mark TEXT NOT NULL)"
            )
            connection.execute("INSERT OR REPLACE INTO mark VALUES (1, ?)", (mark,))

    def close(self) -> None:
        """See ScanLog."""
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A connection in a writing transaction that is committed at the end. Raises `Busy` at the deadline."""
        give_up = timer() + self._busy_seconds
        if not self._turn.acquire(timeout=self._busy_seconds):
            raise Busy("scan-log-busy")
        try:
            with self._connection() as connection:
                try:
                    _patiently(connection, "BEGIN IMMEDIATE", give_up)
                    yield connection
                    connection.execute("COMMIT")
                finally:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
        finally:
            self._turn.release()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """A connection for this thread alone until it is given back; SQLite's "busy" becomes ours."""
        try:
            connection = self._take()
            try:
                yield connection
            finally:
                self._idle.append(connection)
        except sqlite3.OperationalError as error:
            if _is_busy(error):
                raise Busy("scan-log-busy") from error
            raise

    def _take(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return _open(self._path, give_up=timer() + self._busy_seconds)


def _open(path: Path, give_up: float) -> sqlite3.Connection:
    # isolation_level None: transactions are written out above. timeout 0: the waiting is done by `_patiently`.
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        _patiently(
            connection, "PRAGMA journal_mode = WAL", give_up
        )  # lasting; two workers may want it at once
        connection.execute("PRAGMA synchronous = NORMAL")
        if _form(connection) != _SCHEMA_VERSION:
            _patiently(connection, "BEGIN IMMEDIATE", give_up)
            _bring_to_form(connection)
            connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


def _patiently(connection: sqlite3.Connection, statement: str, give_up: float) -> None:
    """Execute what may have to wait for another writer. SQLite's own waiting knows no deadline of a request."""
    while True:
        try:
            connection.execute(statement)
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or timer() > give_up:
                raise
            time.sleep(0.001)
        else:
            return


def _form(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _bring_to_form(connection: sqlite3.Connection) -> None:
    version = _form(connection)
    if version > _SCHEMA_VERSION:
        raise RuntimeError(f"the scan journal was written by a newer Nguồn (form {version})")
    if version == 0:
        for statement in _SCHEMA:
            connection.execute(statement)


def _summed_up(row: SummaryRow | None, ms: int, province: str) -> SummaryRow:
    """What the lines of a stamp add up to after one more, as both engines store it."""
    count, first, last, provinces, recent = row or (0, ms, ms, "", "")
    if province and province not in provinces.split(","):
        provinces = f"{provinces},{province}" if provinces else province
    latest = [f"{ms}:{province}", *(recent.split(";") if recent else ())]
    return count + 1, first, max(last, ms), provinces, ";".join(latest[:RECENT])


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF in {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
    }
