"""What the trace room keeps for the life of a process: key ring, scan journal, cookie signer, kept pages."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Flask, current_app

from app.trace.pages.presentation import register_presentation
from app.trace.scans.cookie import ScanCookie
from app.trace.scans.journal import ScanLog, open_scanlog
from app.trace.stamps.keys import KeyRing
from config import ConfigError

KeptPage = tuple[bytes, ...]
"""Text and the names of slots by turns, so that filling is one join."""
MOST_PAGES = 2000


@dataclass(frozen=True)
class TraceRoom:
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
    """Open the room. Raises ConfigError for a key ring that cannot be read."""
    settings = app.config["SETTINGS"]
    try:
        ring = KeyRing.parse(settings.stamp_keys)
    except ValueError as error:
        raise ConfigError(f"STAMP_KEYS: {error}") from None
    app.extensions["trace"] = TraceRoom(
        ring, open_scanlog(settings.data_dir, settings.redis_url), ScanCookie(settings.secret_key)
    )
    register_presentation(app)


def trace_room() -> TraceRoom:
    """The room of the running application."""
    room: TraceRoom = current_app.extensions["trace"]
    return room
