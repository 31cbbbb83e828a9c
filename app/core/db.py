"""The database: one session, one way to commit, and the version that caches ask.

`atomic()` is the only place that commits. It ends any read transaction, starts a writing one (BEGIN IMMEDIATE on
SQLite, so that a read followed by a write cannot fail as "database is locked"), refuses to be nested, and bumps
`content_version` when a table marked ``info={"public": True}`` was written, so that every cached page of every
process is stale in the same instant as the fact it shows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Engine,
    Integer,
    MetaData,
    String,
    event,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Mapped, ORMExecuteState, Session, UOWTransaction, mapped_column
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


class ContentVersion(Model):
    """One row: how many times something the public can see has changed."""

    __tablename__ = "content_version"
    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=0)


_VERSION = "SELECT version FROM content_version WHERE id = 1"


def content_version() -> int:
    """The present version of everything public; part of every cache key.

    A session that has begun to read is asked itself, so that version and facts are of one moment; what a session reads
    after this question is at least as new as its answer.
    """
    if db.session.registry.has() and db.session().in_transaction():
        return db.session.execute(text(_VERSION)).scalar_one_or_none() or 0
    rows = part(Reader).rows(_VERSION)
    return int(rows[0][0]) if rows else 0


@dataclass(frozen=True, slots=True)
class Wakeup:
    """Tells the consumer that a commit has left a message in the outbox."""

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
        if session.info.pop("public_changed", False):
            session.execute(
                update(ContentVersion)
                .where(ContentVersion.id == 1)
                .values(version=ContentVersion.version + 1)
                .execution_options(synchronize_session=False)
            )
        woken = session.info.pop("wake", False)
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        for mark in ("atomic", "public_changed", "wake"):
            session.info.pop(mark, None)
    if woken:
        part(Wakeup).wake()


@event.listens_for(Session, "after_flush")
def _note_public_objects(session: Session, context: UOWTransaction) -> None:
    for instance in (*session.new, *session.dirty, *session.deleted):
        if inspect(instance).mapper.local_table.info.get("public"):
            session.info["public_changed"] = True
            return


@event.listens_for(Session, "do_orm_execute")
def _note_public_statements(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        table = getattr(state.statement, "table", None)
        if table is not None and table.info.get("public"):
            state.session.info["public_changed"] = True


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


def ensure_content_version(session: Session) -> None:
    """Make the one row of `content_version` (migrations do; an empty test database may not)."""
    if session.scalar(select(ContentVersion.id)) is None:
        session.add(ContentVersion(id=1, version=1))


def init_db(app: Flask) -> None:
    """Bind the database to the application."""
    db.init_app(app)
    with app.app_context():
        hang(app, Reader(db.engine))
