"""What traceability holds for the life of a process: key ring, scan journal, cookie signer, drawn stamp pages."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask

from app.core.caching import AnswerCache
from app.core.changes import ChangeLog
from app.core.parts import hang, part
from app.core.reading import Reader
from app.core.stores import Stores
from app.trace.pages.finding import StampFinder
from app.trace.scans.cookie import ScanCookie
from app.trace.scans.journal import ScanLog, open_scanlog
from app.trace.scans.recorder import ScanRecorder
from app.trace.scans.spool import ScanSpool
from app.trace.stamps.keys import KeyRing
from app.trace.stores import JournalStore, KeyStore
from app.web.health import Report
from config import ConfigError, Settings

DrawnPage = tuple[bytes, ...]
"""Text and the names of slots by turns, so that filling is one join."""


class StampPageCache(AnswerCache[DrawnPage]):
    """Drawn stamp pages, some hundreds of them."""

    def __init__(self, log: ChangeLog, limit: int = 8 * 1024 * 1024) -> None:
        super().__init__(log, limit=limit, size=lambda page: sum(map(len, page)) + 1500)


@dataclass(frozen=True)
class Trace:
    """Everything a stamp page needs."""

    ring: KeyRing
    scans: ScanLog
    recorder: ScanRecorder
    cookie: ScanCookie
    finder: StampFinder
    pages: StampPageCache


def register_trace(app: Flask) -> None:
    """Hang `Trace` on the application. Raises ConfigError for a key ring that cannot be read."""
    settings = part(Settings, app)
    try:
        ring = KeyRing.parse(settings.stamp_keys)
    except ValueError as error:
        raise ConfigError(f"STAMP_KEYS: {error}") from None
    log = part(ChangeLog, app)
    scans = open_scanlog(settings.data_dir, settings.redis_url)
    part(Stores, app).update(journal=JournalStore(scans), keys=KeyStore(ring))
    recorder = ScanRecorder(scans, ScanSpool(settings.data_dir / "scans-waiting.sqlite3"))
    part(Report, app)["scans"] = recorder.state
    hang(
        app,
        Trace(
            ring,
            scans,
            recorder,
            ScanCookie(settings.secret_key),
            StampFinder(part(Reader, app), log),
            StampPageCache(log),
        ),
    )
