"""Alembic for Nguồn: names are sequential (0001, 0002…); SQLite migrates with foreign keys off, then checks them.

Batch mode on SQLite rebuilds a table by copy and drop; with foreign keys on, ON DELETE CASCADE would take the
children with the old table.
"""

from __future__ import annotations

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from app.core.db import Model, UtcDateTime, db

# Indexes that only PostgreSQL has, made by hand in their migration.
POSTGRES_INDEXES = {
    "ix_product_search_document",
    "ix_product_search_word_prefix",
    "ix_product_search_word_letters",
}


def include_object(thing: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Leave out of the comparison what the models cannot say."""
    return not (kind == "index" and name in POSTGRES_INDEXES)


def render_item(kind: str, thing: Any, autogen_context: Any) -> str | bool:
    """Write our UTC moment as the column type it is, so that a migration does not import the application."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def _migrate(connection: Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=render_item,
        include_object=include_object,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        if not sqlite:
            connection.exec_driver_sql("SET LOCAL lock_timeout = '4s'")
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(718293)")
        context.run_migrations()
        if sqlite:
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(
                    f"migration would leave {len(broken)} rows without what they refer to: {broken[:5]}"
                )


def run_migrations_online() -> None:
    """Migrate over one connection of the application's engine."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.commit()
            # PRAGMA foreign_keys is a no-op inside a transaction, and our begin listener opens one.
            connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
        try:
            _migrate(connection)
            connection.commit()
        finally:
            if connection.dialect.name == "sqlite":
                connection.rollback()
                connection.connection.driver_connection.execute("PRAGMA foreign_keys = ON")  # type: ignore[union-attr]


assert current_app
run_migrations_online()
