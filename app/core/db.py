"""The database: one session, and one way to commit.

`atomic()` is the only place that commits. It ends any read transaction, starts a writing one (BEGIN IMMEDIATE on
SQLite, so that a read followed by a write cannot fail as "database is locked") and refuses to be nested. What the
transaction changed of what people see is written down with it (`app.core.changes`). Work whose length others decide
(files, pictures, mail) calls `outside_atomic()` first: every writer of the site would wait for it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask, has_app_context
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    event,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from app.core.parts import hang, part
from app.core.reading import Reader

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An aware moment in UTC; naive values are refused, SQLite's naive answers are made aware again."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Model(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        dt.datetime: UtcDateTime(),
        str: String(),
        int: BigInteger().with_variant(Integer(), "sqlite"),
    }


db = SQLAlchemy(metadata=Model.metadata, session_options={"expire_on_commit": False})


# Asked by no code since migration 0008; it goes with the release after that one.
_COUNT = BigInteger().with_variant(Integer(), "sqlite")
Table(
    "content_version",
    Model.metadata,
    Column("id", _COUNT, primary_key=True),
    Column("version", _COUNT, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Wakeup:
    """Wakes the consumer when a commit has left a message in the outbox."""

    wake: Callable[[], None]


@contextmanager
def atomic() -> Iterator[Session]:
    """One writing transaction: all of it or nothing.

    Raises RuntimeError when nested: a verb does not commit, its caller at the edge does.
    """
    session = db.session()
    if session.info.get("atomic"):
        raise RuntimeError("atomic() is the edge's; it is not nested")
    session.rollback()
    session.expire_all()  # what was read before may have changed: reads that decide are made inside
    session.info["atomic"] = True
    try:
        session.connection(execution_options={"begin": "IMMEDIATE"})
        yield session
        session.flush()
        woken = session.info.pop("wake", False)
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        for mark in ("atomic", "wake"):
            session.info.pop(mark, None)
    if woken:
        part(Wakeup).wake()


def outside_atomic(work: str) -> None:
    """Say that work of unknown length begins. Raises RuntimeError inside `atomic()`, where all others would wait."""
    if has_app_context() and db.session().info.get("atomic"):
        raise RuntimeError(f"{work} inside atomic(): read and compute first, then write")


@event.listens_for(Engine, "connect")
def _prepare_connection(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    if not type(connection).__module__.startswith("sqlite3"):
        return
    connection.isolation_level = None  # we emit BEGIN ourselves, below
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
        "busy_timeout = 5000",
        "cache_size = -16000",
        "temp_store = MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get("begin", "DEFERRED")
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"BEGIN {mode}")
    elif mode == "IMMEDIATE":
        connection.exec_driver_sql("SET LOCAL lock_timeout = '4s'")


def init_db(app: Flask) -> None:
    """Bind the database to the application."""
    db.init_app(app)
    with app.app_context():
        hang(app, Reader(db.engine))
