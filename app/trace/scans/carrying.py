"""The scan journal carried whole, by backup, restore and move: its lines, and what the lines of each stamp add up to.

Both are carried, since lines that are folded may have been moved away (decision 3) and verdicts stand on the sums. Who
carries has the time that a page does not have.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.trace.scans.journal import START, LoggedScan, ScanLog, SummaryRow, to_ms
from app.trace.scans.journal_redis import FIELDS, RedisScanLog, row_of

_LINE: Final = ("n", "at", "lang", "province", "device")
_AT_ONCE: Final = 1_000
_PATIENCE: Final = 60.0  # seconds
Sum = tuple[int, SummaryRow]
"""A stamp's number, and what is known of it."""


def every_scan(scans: ScanLog) -> Iterator[LoggedScan]:
    """All lines, in order, some of them in memory."""
    cursor = START
    while lines := list(scans.iter_since(cursor, _AT_ONCE)):
        yield from lines
        cursor = lines[-1].cursor


def sums_of_file(path: Path) -> Iterator[Sum]:
    """What the embedded journal in this file knows of each stamp."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT n, count, first_at, last_at, provinces, recent FROM stamp")
        for n, *row in rows:
            yield n, tuple(row)


def cursor_of(cursor: str) -> str:
    """The cursor that a scan has in Redis when it had this one before: "17" of a file becomes "0-17"."""
    return f"0-{cursor}" if cursor and "-" not in cursor else cursor


class CarriedRedis(RedisScanLog):
    """The journal in Redis, as a whole."""

    def __init__(self, url: str, *, namespace: str = "nguon") -> None:
        super().__init__(url, namespace=namespace)
        self._redis.close()
        self._redis = Redis.from_url(
            url, socket_connect_timeout=3, socket_timeout=_PATIENCE, retry=Retry(NoBackoff(), 0)
        )

    def sums(self) -> Iterator[Sum]:
        """What is known of each stamp; some come twice while scans are written."""
        keys = self._redis.scan_iter(match=f"{self._stamp}*", count=_AT_ONCE)
        while names := list(islice(keys, _AT_ONCE)):
            asked = self._redis.pipeline(transaction=False)
            for name in names:
                asked.hmget(name.decode(), list(FIELDS))
            for name, stored in zip(names, asked.execute(), strict=True):
                row = row_of(stored)
                assert row is not None
                yield int(name.decode().removeprefix(self._stamp)), row

    def load(self, scans: Iterable[LoggedScan], sums: Iterable[Sum]) -> None:
        """Fill an empty journal with another's lines, in their order under `cursor_of` theirs, and with its sums."""
        lines = iter(scans)
        while portion := list(islice(lines, _AT_ONCE)):
            written = self._redis.pipeline(transaction=False)
            for line in portion:
                values = (line.n, to_ms(line.at), line.lang, line.province or "", line.device or b"")
                written.xadd(self._stream, dict(zip(_LINE, values, strict=True)), id=cursor_of(line.cursor))
            written.execute()
        rest = iter(sums)
        while stamps := list(islice(rest, _AT_ONCE)):
            written = self._redis.pipeline(transaction=False)
            for n, row in stamps:
                written.hset(f"{self._stamp}{n}", mapping=dict(zip(FIELDS, row, strict=True)))
            written.execute()

    def has_taken(self, scan_id: bytes) -> bool:
        """Whether a scan of this id was written lately."""
        return bool(self._redis.exists(f"{self._taken}{scan_id.hex()}"))

    def move_aside(self, name: str) -> str:
        """Rename every key so that it begins with `name`; returns how the keys begin now."""
        prefix = f"{name}:"
        self._rename("", lambda key: prefix + key)
        return prefix

    def move_back(self, prefix: str) -> None:
        """Undo `move_aside`; what was written since is deleted."""
        self.clear()
        self._rename(prefix, lambda key: key.removeprefix(prefix))

    def clear(self) -> None:
        """Delete the journal."""
        for key in self._keys(""):
            self._redis.delete(key)

    def _rename(self, prefix: str, renamed: Callable[[str], str]) -> None:
        for key in self._keys(prefix):
            self._redis.rename(key, renamed(key))

    def _keys(self, prefix: str) -> Iterator[str]:
        """The keys of the journal, but for the ids of scans just written, which expire by themselves."""
        for key in (self._stream, self._mark):
            if self._redis.exists(prefix + key):
                yield prefix + key
        for stamp in self._redis.scan_iter(match=f"{prefix}{self._stamp}*", count=_AT_ONCE):
            yield stamp.decode()
