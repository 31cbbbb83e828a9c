"""A worker's database: made once at the head of the migrations, put back to that state between tests."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from copy import copy
from pathlib import Path
from typing import Any, Protocol, Self

import flask_migrate
import sqlalchemy as sa
from flask import Flask

from app.core.changes import ChangeLog
from app.core.db import db
from app.core.parts import part
from app.geography import lookup
from app.geography.lookup import Gazetteer
from tests.factories.places import load_places


class WorkerDatabase(Protocol):
    """What the fixtures ask of an engine."""

    url: str

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...
    def prepare(self, app: Flask) -> None:
        """Migrate and put the places in."""

    def reset(self, app: Flask) -> None:
        """Back to what `prepare` left."""


def _build(app: Flask) -> Gazetteer:
    """Migrate, put the places in; gives what `lookup` knows of them, which is true again after every reset."""
    with app.app_context():
        flask_migrate.upgrade()
        with db.engine.begin() as connection:
            load_places(connection)
        return lookup.gazetteer(db.session())


class SqliteDatabase:
    """A file, and a copy of it as it was when new."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "nguon.db"
        self._new = folder / "new.db"
        self._places: Gazetteer
        self.url = f"sqlite:///{self._file}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def prepare(self, app: Flask) -> None:
        self._places = _build(app)
        with app.app_context():
            with db.engine.connect() as connection:
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql(f"VACUUM INTO '{self._new}'")
                connection.exec_driver_sql("BEGIN")
            db.engine.dispose()
            sa.event.listen(db.engine, "connect", _trust_the_machine)
        with closing(sqlite3.connect(self._new)) as new:
            new.execute("PRAGMA journal_mode = WAL")  # kept in the file, so that no test has to change it

    def reset(self, app: Flask) -> None:
        with app.app_context():
            db.engine.dispose()
            # A new file rather than new contents: what a test left open keeps what it had and locks nothing.
            for suffix in ("", "-wal", "-shm"):
                self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)
            shutil.copyfile(self._new, self._file)
            _forget(app, self._places)


def _forget(app: Flask, places: Gazetteer) -> None:
    """Nothing the application remembers of another database holds of this one, but for the places."""
    part(ChangeLog, app).forget()
    lookup._cache[db.engine] = copy(places)  # what others cache beside it is gone


def _trust_the_machine(connection: Any, _record: object) -> None:
    """A test's database need not outlive a loss of power."""
    connection.execute("PRAGMA synchronous = OFF")


class PostgresDatabase:
    """A database of its own on a server, dropped at the end. Tables are emptied and the first rows put back."""

    def __init__(self, server: str, name: str) -> None:
        self._server = _psycopg(server)
        self._name = name
        self.url = self._server.set(database=name).render_as_string(hide_password=False)
        self._places: Gazetteer

    def __enter__(self) -> Self:
        self._tell(f"CREATE DATABASE {self._name}")
        self._tell(f"ALTER DATABASE {self._name} SET synchronous_commit = off")
        return self

    def __exit__(self, *_: object) -> None:
        self._tell(f"DROP DATABASE {self._name} WITH (FORCE)")

    def _tell(self, statement: str) -> None:
        engine = sa.create_engine(self._server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)

    def prepare(self, app: Flask) -> None:
        self._places = _build(app)
        with app.app_context(), db.engine.begin() as connection:
            connection.exec_driver_sql("CREATE SCHEMA first")
            # Foreign keys rest, so that tables may be emptied in any order; needs a superuser.
            steps = ["PERFORM set_config('session_replication_role', 'replica', true);"]
            for table in sorted(set(sa.inspect(connection).get_table_names()) - {"alembic_version"}):
                rows = connection.scalar(sa.text(_ROWS.format(table=table)))
                if rows is None:
                    steps.append(f'DELETE FROM "{table}";')
                else:
                    connection.exec_driver_sql(f'CREATE TABLE first."{table}" AS TABLE "{table}"')
                    steps.append(_PUT_BACK.format(table=table, rows=rows, now=_ROWS.format(table=table)))
            connection.exec_driver_sql(
                f"CREATE FUNCTION first.put_back() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {' '.join(steps)} END $$"
            )

    def reset(self, app: Flask) -> None:
        with app.app_context():
            with db.engine.begin() as connection:
                connection.exec_driver_sql("SELECT first.put_back()")
            _forget(app, self._places)


_ROWS = 'SELECT sum(hashtextextended(t::text, 0)) FROM "{table}" t'
"""One number for all rows of a table; NULL for none."""
_PUT_BACK = """
IF ({now}) IS DISTINCT FROM {rows} THEN
  DELETE FROM "{table}";
  INSERT INTO "{table}" TABLE first."{table}";
END IF;
"""
"""The rows of a table as they were when new, where a test changed them."""


def _psycopg(server: str) -> sa.URL:
    return sa.make_url(server).set(drivername="postgresql+psycopg")


def answers(server: str) -> bool:
    """Whether a PostgreSQL server lets us in at this address."""
    engine = sa.create_engine(_psycopg(server), connect_args={"connect_timeout": 3}, poolclass=sa.NullPool)
    try:
        with engine.connect():
            return True
    except sa.exc.OperationalError:
        return False
