"""Whether this site runs: `serve` and `jobs run` hold a lock; what changes whole stores needs that nobody does."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import TextIOWrapper
from pathlib import Path

import click
import sqlalchemy as sa
from flask import current_app

from app.core.db import db
from app.core.parts import part
from app.listing.search import SearchBackend
from app.trace.setup import Trace
from config import Settings

LOCK = "site.lock"
_OTHERS = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND coalesce(backend_type, 'client backend') = 'client backend'"
)


class SiteRuns(click.ClickException):
    """Somebody uses the stores that are about to be replaced, or nobody can say that none does."""


@contextmanager
def running(data_dir: Path) -> Iterator[TextIOWrapper]:
    """Hold the site as running; a process that inherits the file goes on holding it.

    Raises SiteRuns while a restore or a move has the site to itself.
    """
    with (data_dir / LOCK).open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SiteRuns("A restore or a move of this site is at work: wait until it is done") from None
        yield held


@contextmanager
def stopped(settings: Settings) -> Iterator[None]:
    """Have the site to oneself. Raises SiteRuns, with nothing changed, while anybody else uses its database."""
    let_go()
    with (settings.data_dir / LOCK).open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SiteRuns(
                "The site is running: stop `serve` and `jobs run` first; nothing was changed"
            ) from None
        try:
            others = _others()
        except sa.exc.SQLAlchemyError as error:
            raise SiteRuns(f"The database does not answer ({error}); nothing was changed") from error
        if others:
            raise SiteRuns(f"The database is in use ({others}): stop the site first; nothing was changed")
        let_go()
        yield


def let_go() -> None:
    """Close what this process has open of the stores."""
    db.session.remove()
    db.engine.dispose()
    part(Trace).scans.close()
    search = part(SearchBackend)
    close = getattr(search, "close", None)
    if close is not None:
        close()


def _others() -> str:
    """Who else has the database open, in words; empty for nobody. Not every web server holds our lock."""
    if db.engine.dialect.name == "sqlite":
        path = database_file()
        return f"{path} is open in another process" if path and path.exists() and _is_open(path) else ""
    with db.engine.connect() as connection:
        count = connection.scalar(_OTHERS) or 0
    return f"{count} other connections" if count else ""


def database_file() -> Path | None:
    """The file of an SQLite database, wherever DATABASE_URL puts it; None for one in memory."""
    name = db.engine.url.database
    if not name or name == ":memory:":
        return None
    path = Path(name.removeprefix("file:"))
    return path if path.is_absolute() else Path(current_app.instance_path) / path


def _is_open(path: Path) -> bool:
    """SQLite gives a connection the file to itself only when there is no other one, idle ones included."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return True
    return False
