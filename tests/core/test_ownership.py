"""What the site keeps in files is its own user's: databases, journals, keys, letters, pictures."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.ownership import keep_private
from tests.conftest import settings_for


@pytest.fixture(autouse=True)
def open_handed() -> Iterator[None]:
    """Begin as most machines do: everybody may read new files."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_made_from_now_on_is_private(tmp_path: Path) -> None:
    keep_private(settings_for(tmp_path / "data", f"sqlite:///{tmp_path / 'data' / 'nguon.db'}"))
    assert mode(tmp_path / "data") == 0o700
    connection = sqlite3.connect(tmp_path / "data" / "nguon.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE t (a)")
    made = sorted((tmp_path / "data").glob("nguon.db*"))
    assert [path.name for path in made] == ["nguon.db", "nguon.db-shm", "nguon.db-wal"]
    assert {mode(path) for path in made} == {0o600}
    connection.close()


def test_what_an_earlier_start_left_open_is_closed(tmp_path: Path) -> None:
    data, letters, database = tmp_path / "data", tmp_path / "letters", tmp_path / "elsewhere" / "shop.db"
    for folder in (data, letters, database.parent, *(data / name for name in ("keys", "index", "media"))):
        folder.mkdir(mode=0o755)
    files = [
        database,
        data / "scans.sqlite3",
        data / "scans.sqlite3-wal",
        data / "bell.db",
        data / "notes.txt",
    ]
    for path in files:
        path.touch(0o644)
    keep_private(settings_for(data, f"sqlite:///{database}", MAIL_URL=f"file://{letters}"))
    assert {path.name: mode(path) for path in files} == {
        "shop.db": 0o600,
        "scans.sqlite3": 0o600,
        "scans.sqlite3-wal": 0o600,
        "bell.db": 0o600,
        "notes.txt": 0o644,
    }, "the last is not ours"
    assert {mode(folder) for folder in (letters, data / "keys", data / "index", data / "media")} == {0o700}
    assert mode(database.parent) == 0o755


def test_a_site_on_a_server_has_no_database_file_to_close(tmp_path: Path) -> None:
    keep_private(settings_for(tmp_path / "data", "postgresql://user@127.0.0.1/nguon", MAIL_URL="console:"))
    assert list((tmp_path / "data").iterdir()) == []
