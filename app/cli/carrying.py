"""Rows from one database into another, of either engine, with a count and a hash of every table on both sides."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from app.core.changes import Change
from app.core.db import Model

_AT_ONCE: Final = 1_000  # rows
_DERIVED: Final = ("product_search", "product_search_word", "product_search_change", Change.__tablename__)
"""What is built anew, or is of one server's transactions only."""
_FOREIGN_KEYS: Final = sa.text(
    "SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint"
    " WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
)


@dataclass
class Digest:
    """What a table holds, whatever the order of its rows."""

    rows: int = 0
    sum: int = 0

    def add(self, row: tuple[Any, ...]) -> None:
        """One row more. Sums of SHA-256, so that no engine has to sort texts as the other does."""
        self.rows += 1
        self.sum = (self.sum + int.from_bytes(hashlib.sha256(repr(row).encode()).digest())) % (1 << 256)

    @property
    def hash(self) -> str:
        """The first digits, for people."""
        return f"{self.sum:064x}"[:12]


def carried_tables() -> list[sa.Table]:
    """The tables whose rows are carried, each after those it refers to."""
    return [table for table in Model.metadata.sorted_tables if table.name not in _DERIVED]


def carry_rows(source: sa.Connection, target: sa.Connection) -> dict[str, Digest]:
    """Fill PostgreSQL's tables, made by the same migrations, with the rows of `source`; in the caller's transaction.

    Returns what each table of the source holds.
    """
    keys = target.execute(_FOREIGN_KEYS).all()
    for table_name, key in keys:  # rows may refer to rows of their own table that come later
        target.exec_driver_sql(
            f"ALTER TABLE {table_name} ALTER CONSTRAINT {key} DEFERRABLE INITIALLY DEFERRED"
        )
    tables = carried_tables()
    for table in reversed(tables):  # what the migrations put in is in the source too
        target.execute(table.delete())
    digests = {table.name: _carry(table, source, target) for table in tables}
    target.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    for table_name, key in keys:
        target.exec_driver_sql(f"ALTER TABLE {table_name} ALTER CONSTRAINT {key} NOT DEFERRABLE")
    return digests


def _carry(table: sa.Table, source: sa.Connection, target: sa.Connection) -> Digest:
    digest = Digest()
    insert = table.insert().values({column.name: _given(column) for column in table.c})
    for rows in _portions(table, source):
        for row in rows:
            digest.add(row)
        target.execute(
            insert, [{f"v_{c.name}": v for c, v in zip(table.c, row, strict=True)} for row in rows]
        )
    _set_sequence(table, target)
    return digest


def digests_of(connection: sa.Connection) -> dict[str, Digest]:
    """What every table holds."""
    found: dict[str, Digest] = {}
    for table in carried_tables():
        digest = found[table.name] = Digest()
        for rows in _portions(table, connection):
            for row in rows:
                digest.add(row)
    return found


def _portions(table: sa.Table, connection: sa.Connection) -> Iterator[list[tuple[Any, ...]]]:
    statement = sa.select(*(_portable(column) for column in table.c))
    streamed = connection.execution_options(yield_per=_AT_ONCE).execute(statement)
    for portion in streamed.partitions():
        yield [tuple(row) for row in portion]


def _portable(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """JSON as its text, so that it stays letter for letter, and so that null in JSON stays another thing than NULL."""
    return sa.cast(column, sa.Text) if isinstance(column.type, sa.JSON) else column


def _given(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    if isinstance(column.type, sa.JSON):
        return sa.cast(sa.bindparam(f"v_{column.name}", type_=sa.Text), column.type)
    return sa.bindparam(f"v_{column.name}", type_=column.type)


def _set_sequence(table: sa.Table, target: sa.Connection) -> None:
    """The next row made gets the number after the highest there is."""
    for column in table.primary_key:
        if not isinstance(column.type, sa.Integer):
            continue
        sequence = target.scalar(sa.select(sa.func.pg_get_serial_sequence(table.name, column.name)))
        if sequence is not None:
            highest = target.scalar(sa.select(sa.func.max(column)))
            target.execute(sa.select(sa.func.setval(sequence, highest or 1, highest is not None)))
