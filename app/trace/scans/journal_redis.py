"""The journal of scans in Redis, for more than one machine: a stream, and a hash for each stamp.

Redis stores what its own settings guarantee: with `appendonly yes` and `appendfsync everysec` a crash of the
server loses at most a second. All keys of the script must live on one node.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
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
    summed_up,
    to_ms,
)

_Stored = list[bytes | None]
_REMEMBERED_SECONDS = 3600
"""How long an id is remembered: longer than a replay needs to come round, since each scan costs one."""
_FIELDS = ("count", "first", "last", "provinces", "recent")
_LINE = ("n", "at", "lang", "province", "device")
_LOADED_AT_ONCE = 1_000

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
        self._namespace = namespace
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
        scan = [n, to_ms(at), lang, province or "", device or b"", "record"]
        return _summary(self._write(scan_id or os.urandom(12), n, scan))

    def replay(self, scan_id: bytes, n: int, at: dt.datetime, *, lang: str) -> None:
        """See ScanLog."""
        check_scan(n, at, lang, None, None)
        self._write(scan_id, n, [n, to_ms(at), lang, "", b"", "replay"])

    def _write(self, scan_id: bytes, n: int, scan: list[int | str | bytes]) -> _Stored:
        keys = [f"{self._stamp}{n}", self._stream, f"{self._taken}{scan_id.hex()}"]
        with _answered():
            return cast("_Stored", self._record(keys=keys, args=scan))

    def peek(self, n: int) -> ScanSummary:
        """See ScanLog."""
        with _answered():
            stored = self._redis.hmget(f"{self._stamp}{n}", list(_FIELDS))
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

    def load(self, scans: Iterable[LoggedScan]) -> None:
        """Fill an empty journal with the scans of another, in order, under their cursors; nobody writes meanwhile.

        A cursor of the embedded engine, "17", becomes "0-17" (`cursor_of`), before any that Redis gives.
        """
        rest = iter(scans)
        while lines := list(islice(rest, _LOADED_AT_ONCE)):
            numbers = list(dict.fromkeys(line.n for line in lines))
            asked = self._redis.pipeline(transaction=False)
            for n in numbers:
                asked.hmget(f"{self._stamp}{n}", list(_FIELDS))
            sums = dict(zip(numbers, map(_row, asked.execute()), strict=True))
            written = self._redis.pipeline(transaction=False)
            for line in lines:
                sums[line.n] = summed_up(sums[line.n], to_ms(line.at), line.province or "")
                values: list[str | int | bytes] = [
                    line.n,
                    to_ms(line.at),
                    line.lang,
                    line.province or "",
                    line.device or b"",
                ]
                written.xadd(
                    self._stream, dict(zip(_LINE, values, strict=True)), id=self.cursor_of(line.cursor)
                )
            for n, row in sums.items():
                assert row is not None
                written.hset(f"{self._stamp}{n}", mapping=dict(zip(_FIELDS, row, strict=True)))
            written.execute()

    @staticmethod
    def cursor_of(cursor: str) -> str:
        """The cursor that a scan has here when it was loaded from a journal in which it had this one."""
        return f"0-{cursor}" if cursor and "-" not in cursor else cursor

    def move_aside(self, name: str) -> str:
        """Rename every key so that it begins with `name`; returns how the keys begin now."""
        prefix = f"{name}:"
        self._rename(f"{self._namespace}:*", lambda key: prefix + key)
        return prefix

    def move_back(self, prefix: str) -> None:
        """Undo `move_aside`; what was written since is deleted."""
        self.clear()
        self._rename(f"{prefix}{self._namespace}:*", lambda key: key.removeprefix(prefix))

    def clear(self) -> None:
        """Delete every key of the journal."""
        for key in self._redis.scan_iter(match=f"{self._namespace}:*", count=1000):
            self._redis.delete(key)

    def _rename(self, pattern: str, renamed: Callable[[str], str]) -> None:
        for key in self._redis.scan_iter(match=pattern, count=1000):
            self._redis.rename(key, renamed(key.decode()))

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
    row = _row(stored)
    return NEVER if row is None else ScanSummary(*row)


def _row(stored: _Stored) -> SummaryRow | None:
    count, first, last, provinces, recent = stored
    if count is None or first is None or last is None:
        return None
    return int(count), int(first), int(last), (provinces or b"").decode(), (recent or b"").decode()
