"""What traceability holds for the life of a process: key ring, scan journal, cookie signer, drawn stamp pages."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Flask

from app.core.parts import hang, part
from app.trace.pages.presentation import register_presentation
from app.trace.scans.cookie import ScanCookie
from app.trace.scans.journal import ScanLog, open_scanlog
from app.trace.stamps.keys import KeyRing
from config import ConfigError, Settings

KeptPage = tuple[bytes, ...]
"""Text and the names of slots by turns, so that filling is one join."""
MOST_PAGES = 2000


@dataclass(frozen=True)
class Trace:
    """Everything a stamp page needs besides the database."""

    ring: KeyRing
    scans: ScanLog
    cookie: ScanCookie
    pages: dict[tuple[object, ...], KeptPage] = field(default_factory=dict)

    def keep(self, key: tuple[object, ...], page: KeptPage) -> KeptPage:
        """Keep a drawn page. A full store is emptied: most of it was drawn of what is no longer so."""
        if len(self.pages) >= MOST_PAGES:
            self.pages.clear()
        self.pages[key] = page
        return page


def register_trace(app: Flask) -> None:
    """Hang `Trace` on the application. Raises ConfigError for a key ring that cannot be read."""
    settings = part(Settings, app)
    try:
        ring = KeyRing.parse(settings.stamp_keys)
    except ValueError as error:
        raise ConfigError(f"STAMP_KEYS: {error}") from None
    hang(
        app,
        Trace(ring, open_scanlog(settings.data_dir, settings.redis_url), ScanCookie(settings.secret_key)),
    )
    register_presentation(app)
