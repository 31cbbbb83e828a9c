"""Who may read what the site keeps in files: its own user, and nobody else on the machine."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from sqlalchemy.engine import make_url

from config import Settings

_FOLDERS = ("keys", "index", "media", "outbox")
_FILES = ("scans.sqlite3", "scans-waiting.sqlite3", "bell.db", "jobs.alive", "setup.lock")
_BESIDE = ("", "-wal", "-shm", "-journal")
"""What SQLite lays beside a database; it gives them the database's own mode."""


def keep_private(settings: Settings) -> None:
    """Let this process write for its own user alone, and take what earlier ones left from all others.

    A folder is closed as a whole. What stands in DATA_DIR and is not ours is left as it is, as is what another user
    owns.
    """
    os.umask(0o077)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    files = [settings.data_dir / name for name in _FILES]
    if settings.embedded_database and (database := make_url(settings.database_url).database):
        files.append(Path(database))
    folders = [settings.data_dir / name for name in _FOLDERS]
    if settings.mail_url.startswith("file://"):
        folders.append(Path(settings.mail_url.removeprefix("file://")))
    for path in files:
        for beside in _BESIDE:
            _restrict(path.with_name(path.name + beside), 0o600)
    for path in folders:
        _restrict(path, 0o700)


def _restrict(path: Path, mode: int) -> None:
    with contextlib.suppress(FileNotFoundError, PermissionError):
        if path.stat().st_mode & 0o077:
            path.chmod(mode)
