"""The journal of scans in Redis, for more than one machine: a stream, and a hash for each stamp.

Redis stores what its own settings guarantee: with `appendonly yes` and `appendfsync everysec` a crash of the
server loses at most a second. All keys of the script must live on one node.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import cast

from redis import Redis
from redis.exceptions import RedisError

from app.core.away import redis_options
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

_Stored = list[bytes | None]
_REMEMBERED_SECONDS = 3600
"""How long an id is remembered: longer than a replay needs to come round, since each scan costs one."""
FIELDS = ("count", "first", "last", "provinces", "recent")

# Reads what stood there, writes the scan, returns what stood there: one step, since Redis runs one script
# at a time. The stored form is that of `ScanSummary`. A server that was stopped executes, once it goes on, what nobody
# waits for any more; so each scan has an id, and of two with one id the second is none.
_RECORD = f"""
if not redis.call('SET', KEYS[3], '', 'EX', {_REMEMBERED_SECONDS}, 'NX') then return false end
local before = redis.call('HMGET', KEYS[1], 'count', 'first', 'last', 'provinces', 'recent')
local n, at, lang, province, device = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local provinces = before[4] or ''
if province ~= '' and not string.find(',' .. provinces .. ',', ',' .. province .. ',', 1, true) then
  provinces = provinces == '' and province or provinces .. ',' .. province
end
local recent, listed = at .. ':' .. province, 1
for item in string.gmatch(before[5] or '', '[^;]+') do
  if listed == {RECENT} then break end
  recent, listed = recent .. ';' .. item, listed + 1
end
local last = at
if before[3] and tonumber(before[3]) > tonumber(at) then last = before[3] end
local first = before[2] or at
if ARGV[6] == 'replay' and tonumber(at) < tonumber(first) then first = at end
redis.call('HSET', KEYS[1], 'count', (before[1] or 0) + 1, 'first', first, 'last', last,
  'provinces', provinces, 'recent', recent)
redis.call('XADD', KEYS[2], '*', 'n', n, 'at', at, 'lang', lang, 'province', province, 'device', device)
return before
"""


class RedisScanLog:
    """The journal behind one Redis address; `namespace` begins every key."""

    def __init__(self, url: str, *, namespace: str = "nguon") -> None:
        self._redis = Redis.from_url(url, health_check_interval=30, **redis_options())
        self._record = self._redis.register_script(_RECORD)
        self._stream = f"{namespace}:scans"
        self._stamp = f"{namespace}:stamp:"
        self._mark = f"{namespace}:journal"
        self._taken = f"{namespace}:scan:"

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
        """See ScanLog."""
        check_scan(n, at, lang, province, device)
        scan = (n, to_ms(at), lang, province or "", device or b"", "record")
        return _summary(self._write(scan_id or os.urandom(12), n, scan))

    def replay(self, scan_id: bytes, n: int, at: dt.datetime, *, lang: str) -> None:
        """See ScanLog."""
        check_scan(n, at, lang, None, None)
        self._write(scan_id, n, (n, to_ms(at), lang, "", b"", "replay"))

    def _write(self, scan_id: bytes, n: int, scan: tuple[int | str | bytes, ...]) -> _Stored:
        keys = [f"{self._stamp}{n}", self._stream, f"{self._taken}{scan_id.hex()}"]
        with _answered():
            return cast("_Stored", self._record(keys=keys, args=list(scan)))

    def peek(self, n: int) -> ScanSummary:
        """See ScanLog."""
        with _answered():
            stored = self._redis.hmget(f"{self._stamp}{n}", list(FIELDS))
        return _summary(cast("_Stored", stored))

    def iter_since(self, cursor: str, limit: int) -> Iterator[LoggedScan]:
        """See ScanLog."""
        with _answered():
            entries = self._redis.xrange(self._stream, min=f"({cursor}" if cursor else "-", count=limit)
        for entry, fields in cast("list[tuple[bytes, dict[bytes, bytes]]]", entries):
            yield LoggedScan(
                entry.decode(),
                int(fields[b"n"]),
                from_ms(int(fields[b"at"])),
                fields[b"lang"].decode(),
                fields[b"province"].decode() or None,
                fields[b"device"] or None,
            )

    def end(self) -> str:
        """See ScanLog."""
        with _answered():
            last = self._redis.xrevrange(self._stream, count=1)
        return cast("list[tuple[bytes, object]]", last)[0][0].decode() if last else START

    def count(self) -> int:
        """See ScanLog."""
        with _answered():
            return self._redis.xlen(self._stream)

    def mark(self) -> str | None:
        """See ScanLog."""
        with _answered():
            mark = cast("bytes | None", self._redis.get(self._mark))
        return mark.decode() if mark is not None else None

    def sign(self, mark: str) -> None:
        """See ScanLog."""
        with _answered():
            self._redis.set(self._mark, mark)

    def close(self) -> None:
        """See ScanLog."""
        self._redis.close()


@contextmanager
def _answered() -> Iterator[None]:
    try:
        yield
    except RedisError as error:  # away, stuck, full, read-only, loading: no scan is written then
        raise Busy("scan-log-busy") from error


def _summary(stored: _Stored) -> ScanSummary:
    row = row_of(stored)
    return NEVER if row is None else ScanSummary(*row)


def row_of(stored: Sequence[bytes | None]) -> SummaryRow | None:
    """The hash of a stamp, its FIELDS in order, as what both engines store; None of a stamp never scanned."""
    count, first, last, provinces, recent = stored
    if count is None or first is None or last is None:
        return None
    return int(count), int(first), int(last), (provinces or b"").decode(), (recent or b"").decode()
