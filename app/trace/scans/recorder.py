"""Records scans without ever keeping a verdict waiting: into the journal while that answers, else into the spool.

A verdict may stand without the history of its stamp, and says then that it does not know it.
"""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
from typing import Final

import structlog

from app.core.away import Breaker
from app.core.errors import Busy
from app.trace.scans.journal import ScanLog, ScanSummary
from app.trace.scans.spool import ScanSpool, WaitingScan

REPLAYED_AT_ONCE: Final = 200
_FAULTS: Final = (Busy, sqlite3.Error)
_ID_BYTES: Final = 12
log = structlog.get_logger()


class ScanRecorder:
    """The journal of a process, and what to do while it does not answer. Safe across threads and processes."""

    def __init__(self, scans: ScanLog, spool: ScanSpool) -> None:
        self._scans = scans
        self._spool = spool
        self._breaker = Breaker()

    def record(self, n: int, at: dt.datetime, *, lang: str) -> ScanSummary | None:
        """Record a scan of stamp `n`; what had been known of it before, or None while the journal does not say."""
        scan_id = os.urandom(_ID_BYTES)
        if self._breaker.lets_through():
            try:
                before = self._scans.record(n, at, lang=lang, scan_id=scan_id)
            except _FAULTS as error:
                self._failed(error)
            else:
                self._breaker.answered()
                return before
        try:
            self._spool.add(WaitingScan(scan_id, n, at, lang))
        except sqlite3.Error:
            log.exception("scans.lost", n=n)
        return None

    def peek(self, n: int) -> ScanSummary | None:
        """What is known of stamp `n`, or None while the journal does not say."""
        if not self._breaker.lets_through():
            return None
        try:
            known = self._scans.peek(n)
        except _FAULTS as error:
            self._failed(error)
            return None
        self._breaker.answered()
        return known

    def replay(self) -> int:
        """Bring the spool into the journal, as far as that takes it. Returns how many scans."""
        total = 0
        while scans := self._spool.oldest(REPLAYED_AT_ONCE):
            try:
                for scan in scans:
                    self._scans.replay(scan.id, scan.n, scan.at, lang=scan.lang)
            except _FAULTS as error:
                log.warning("scans.not_replayed", waiting=self._spool.count(), error=str(error))
                break
            self._spool.remove(scans)
            total += len(scans)
        return total

    def state(self) -> dict[str, object]:
        """For /readyz: whether the journal answered this process last, and how many scans wait on this machine."""
        return {"journal": "away" if self._breaker.failing else "ok", "spooled": self._spool.count()}

    def _failed(self, error: Exception) -> None:
        log.warning("scans.journal_away", error=str(error.__cause__ or error))
        self._breaker.failed()
