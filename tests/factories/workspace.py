"""The DATA_DIR of a worker's application, put back to empty between tests."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

KEPT = ("nguon.db", "bell.db")


def empty_data_dir(data_dir: Path) -> None:
    """Remove what tests left. Journals that the application holds open are emptied, not removed."""
    for entry in data_dir.iterdir():
        if entry.name.startswith(KEPT):
            continue
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.suffix == ".db":
            _empty(entry)
        elif not entry.name.endswith(("-wal", "-shm")):
            entry.unlink()


def _empty(journal: Path) -> None:
    with closing(sqlite3.connect(journal)) as connection, connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            connection.execute(f'DELETE FROM "{name}"')
