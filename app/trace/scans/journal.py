"""The journal of scans: append-only, and answerable by stamp at once in every worker (design decision 5).

`record` writes one scan and returns, in the same atomic step, what had been seen of that stamp before;
so of two first scans at the same moment exactly one learns that it is the first. Embedded, the journal is
a file (`journal_sqlite`), at scale a stream of Redis (`journal_redis`).

A journal answers before its deadline or raises: who records through `recorder` never waits for it longer.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from app.trace.stamps.codes import NUMBER_LIMIT

START = ""
"""The cursor before the first scan."""

RECENT = 5
"""How many of the latest scans a summary lists."""

SummaryRow = tuple[int, int, int, str, str]
"""Count, first and last moment, provinces, recent scans: a `ScanSummary` as it is stored."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)
_LANG = re.compile(r"[a-z]{2}")
_PROVINCE = re.compile(r"[0-9]{2}")
_DEVICE_BYTES = range(8, 33)


@dataclass(frozen=True, slots=True)
class RecentScan:
    """One scan in a summary; `province` is a code of today's scheme, or None when unknown."""

    at: dt.datetime
    province: str | None


@dataclass(frozen=True, slots=True)
class ScanSummary:
    """What is known of one stamp's scans, as stored; most pages ask only `count`, so the rest unpacks on asking.

    `count` 0 means never scanned. Moments are milliseconds since 1970 in UTC.
    """

    count: int
    first_ms: int
    last_ms: int
    stored_provinces: str = field(repr=False)
    stored_recent: str = field(repr=False)

    @property
    def first_at(self) -> dt.datetime | None:
        """When it was scanned first, or None if never."""
        return from_ms(self.first_ms) if self.count else None

    @property
    def last_at(self) -> dt.datetime | None:
        """When it was scanned last, or None if never."""
        return from_ms(self.last_ms) if self.count else None

    @property
    def provinces(self) -> tuple[str, ...]:
        """The known provinces in the order they came, so their count is "at least so many"."""
        return tuple(self.stored_provinces.split(",")) if self.stored_provinces else ()

    @property
    def recent(self) -> tuple[RecentScan, ...]:
        """The scans that came to the journal last, latest first, RECENT at the most."""
        items = (item.partition(":") for item in self.stored_recent.split(";") if item)
        return tuple(RecentScan(from_ms(int(ms)), province or None) for ms, _, province in items)

    def before(self, at_ms: int) -> ScanSummary:
        """What of it had been before a moment; the count is exact while not more than RECENT scans came since."""
        if not self.count or self.first_ms >= at_ms:
            return NEVER
        recent = [to_ms(scan.at) for scan in self.recent]
        earlier = [ms for ms in recent if ms < at_ms]
        count = max(1, self.count - (len(recent) - len(earlier)))
        return ScanSummary(count, self.first_ms, max(earlier, default=self.first_ms), "", "")


NEVER = ScanSummary(0, 0, 0, "", "")


@dataclass(frozen=True, slots=True)
class LoggedScan:
    """One line of the journal; `cursor` is where a reader goes on after it."""

    cursor: str
    n: int
    at: dt.datetime
    lang: str
    province: str | None
    device: bytes | None


class ScanLog(Protocol):
    """The journal, in whichever engine it is stored. Safe across threads and processes."""

    def record(
        self,
        n: int,
        at: dt.datetime,
        *,
        lang: str,
        province: str | None = None,
        device: bytes | None = None,
        scan_id: bytes | None = None,
    ) -> ScanSummary:
        """Write one scan of stamp `n` and return what was known before it.

        `at` is aware; `lang` two letters; `province` a two-digit code, or None without consent;
        `device` a salted hash of 8 to 32 bytes. ValueError for anything else, `Busy` when the
        journal does not take it in time: whether it has, `replay` with the same `scan_id` makes sure.
        """
        ...

    def replay(self, scan_id: bytes, n: int, at: dt.datetime, *, lang: str) -> None:
        """Write a scan of an earlier moment, unless one of this id was written. Raises as `record` does."""
        ...

    def peek(self, n: int) -> ScanSummary:
        """What is known of stamp `n`, without a scan."""
        ...

    def iter_since(self, cursor: str, limit: int) -> Iterator[LoggedScan]:
        """At most `limit` scans after `cursor` (START for all) in the order they were written."""
        ...

    def end(self) -> str:
        """The cursor after the last scan, START when there is none."""
        ...

    def count(self) -> int:
        """How many scans it holds."""
        ...

    def mark(self) -> str | None:
        """What `sign` wrote: whose journal this is (`app.core.stores`)."""
        ...

    def sign(self, mark: str) -> None:
        """Write down whose journal this is."""
        ...

    def close(self) -> None:
        """Let go of the connections; a later call opens new ones."""
        ...


def open_scanlog(data_dir: Path, redis_url: str | None) -> ScanLog:
    """The journal for this configuration: Redis where there is one, else a file in `data_dir`."""
    if redis_url:
        from app.trace.scans.journal_redis import RedisScanLog

        return RedisScanLog(redis_url)
    from app.trace.scans.journal_sqlite import SqliteScanLog

    return SqliteScanLog(data_dir / "scans.sqlite3")


# --- what both engines share -----------------------------------------------------------------------


def to_ms(at: dt.datetime) -> int:
    """Whole milliseconds since 1970, UTC."""
    return (at - _EPOCH) // _MILLISECOND


def from_ms(ms: int) -> dt.datetime:
    """The aware UTC moment of `to_ms`."""
    return dt.datetime.fromtimestamp(ms / 1000, dt.UTC)


def check_scan(n: int, at: dt.datetime, lang: str, province: str | None, device: bytes | None) -> None:
    """Refuse (ValueError) anything that does not belong into the journal, above all anything personal."""
    if not 0 <= n < NUMBER_LIMIT:
        raise ValueError(f"scan of a stamp number outside its range: {n}")
    if at.tzinfo is None:
        raise ValueError("scan at a moment without a time zone")
    if not _LANG.fullmatch(lang):
        raise ValueError(f"scan in language {lang!r}: two letters wanted")
    if province is not None and not _PROVINCE.fullmatch(province):
        raise ValueError(f"scan in province {province!r}: a two-digit code or None wanted")
    if device is not None and len(device) not in _DEVICE_BYTES:
        raise ValueError(f"scan with a device hash of {len(device)} bytes: 8 to 32 wanted")
