"""A worker's database: made once at the head of the migrations, put back to that state between tests."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Protocol, Self

import flask_migrate
import sqlalchemy as sa
from flask import Flask

from app.core.db import Model, db
from app.geography import lookup
from tests.factories.places import load_places

Rows = list[dict[str, Any]]


class WorkerDatabase(Protocol):
    """What the fixtures ask of an engine."""

    url: str

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...
    def prepare(self, app: Flask) -> None:
        """Migrate and put the places in."""

    def reset(self, app: Flask) -> None:
        """Back to what `prepare` left."""


def _build(app: Flask) -> None:
    with app.app_context():
        flask_migrate.upgrade()
        with db.engine.begin() as connection:
            load_places(connection)


class SqliteDatabase:
    """A file, and a copy of it as it was when new."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "nguon.db"
        self._new = folder / "new.db"
        self.url = f"sqlite:///{self._file}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def prepare(self, app: Flask) -> None:
        _build(app)
        with app.app_context():
            with db.engine.connect() as connection:
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql(f"VACUUM INTO '{self._new}'")
                connection.exec_driver_sql("BEGIN")
            db.engine.dispose()

    def reset(self, app: Flask) -> None:
        with app.app_context():
            db.engine.dispose()
            lookup.forget(db.session())
        # A new file, not the old one written over: a connection that a failure left open holds locks on the old.
        for suffix in ("", "-wal", "-shm"):
            self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(self._new, self._file)


class PostgresDatabase:
    """A database of its own on a server, dropped at the end. Tables are emptied and the first rows put back."""

    def __init__(self, server: str, name: str) -> None:
        self._server = _psycopg(server)
        self._name = name
        self.url = self._server.set(database=name).render_as_string(hide_password=False)
        self._reference: dict[sa.Table, Rows] = {}
        self._emptied: list[str] = []

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
        _build(app)
        with app.app_context(), db.engine.begin() as connection:
            for table in Model.metadata.sorted_tables:
                rows = [dict(row._mapping) for row in connection.execute(sa.select(table))]
                if rows:
                    self._reference[table] = rows
            kept = {table.name for table in self._reference} | {"alembic_version"}
            self._emptied = sorted(set(sa.inspect(connection).get_table_names()) - kept)

    def reset(self, app: Flask) -> None:
        with app.app_context():
            lookup.forget(db.session())
            with db.engine.begin() as connection:
                # Foreign keys rest, so that tables may be emptied in any order; needs a superuser.
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
                connection.exec_driver_sql("; ".join(f'DELETE FROM "{name}"' for name in self._emptied))
                for table, rows in self._reference.items():
                    if _differs(connection, table, rows):
                        connection.execute(sa.delete(table))
                        connection.execute(sa.insert(table), rows)


def _differs(connection: sa.Connection, table: sa.Table, rows: Rows) -> bool:
    return [dict(row._mapping) for row in connection.execute(sa.select(table))] != rows


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
