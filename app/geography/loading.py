"""Bringing the shipped tables of places into the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.geography.lookup import forget
from app.geography.models import AdministrativeUnit, AdministrativeUnitSuccession
from app.geography.tables import read_successions, read_units

Progress = Callable[[str, int, int], None]
"""Called with the step ('units', 'successions'), how many rows are done and how many there are."""

_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class LoadCounts:
    """What a load did. A second load of the same files adds, changes and removes nothing."""

    units: int
    units_added: int
    units_changed: int
    successions: int
    successions_added: int
    successions_changed: int
    successions_removed: int


def load_units(session: Session, data_dir: Path, *, progress: Progress = lambda *_: None) -> LoadCounts:
    """Bring the tables in line with the files in `data_dir`; only differences are written.

    Both files are read and checked before the first write, and the caller's `atomic()` commits. A unit that no longer
    stands in the file stays, for old addresses name it; a succession that no longer stands in it is removed.
    Raises BadRow with line, column and reason.
    """
    units = read_units(data_dir)
    successions = read_successions(data_dir, units)
    forget(session)
    added, changed = _store_units(session, units, progress)
    links_added, links_changed, removed = _store_successions(session, successions, progress)
    return LoadCounts(len(units), added, changed, len(successions), links_added, links_changed, removed)


def _stored(session: Session, table: sa.Table) -> Iterable[dict[str, Any]]:
    return (dict(row) for row in session.execute(sa.select(table)).mappings())


def _chunks(rows: list[dict[str, Any]], step: str, progress: Progress) -> Iterable[list[dict[str, Any]]]:
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        yield chunk
        progress(step, start + len(chunk), len(rows))


def _store_units(session: Session, units: dict[str, dict[str, Any]], progress: Progress) -> tuple[int, int]:
    table = sa.inspect(AdministrativeUnit).local_table
    assert isinstance(table, sa.Table)
    stored = {row["id"]: row for row in _stored(session, table)}
    new = [row for key, row in units.items() if key not in stored]
    changed = [row for key, row in units.items() if key in stored and stored[key] != row]
    for chunk in _chunks(new, "units", progress):
        session.execute(sa.insert(table), chunk)
    if changed:
        # Slugs are unique: they are let go first, so that two units may swap theirs.
        ids = [row["id"] for row in changed]
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            session.execute(sa.update(table).where(table.c.id.in_(chunk)).values(slug=None))
        statement = (
            sa.update(table)
            .where(table.c.id == sa.bindparam("key"))
            .values({column.name: sa.bindparam(column.name) for column in table.c if column.name != "id"})
        )
        for chunk in _chunks(changed, "units", progress):
            session.execute(statement, [{"key": row["id"], **row} for row in chunk])
    return len(new), len(changed)


def _store_successions(
    session: Session, successions: dict[tuple[str, str], dict[str, Any]], progress: Progress
) -> tuple[int, int, int]:
    table = sa.inspect(AdministrativeUnitSuccession).local_table
    assert isinstance(table, sa.Table)
    stored = {(row["old_id"], row["new_id"]): row for row in _stored(session, table)}
    gone = [key for key in stored if key not in successions]
    changed = [key for key, row in successions.items() if key in stored and stored[key] != row]
    for old, new in gone + changed:
        session.execute(sa.delete(table).where(table.c.old_id == old, table.c.new_id == new))
    new_rows = [row for key, row in successions.items() if key not in stored]
    for chunk in _chunks(new_rows + [successions[key] for key in changed], "successions", progress):
        session.execute(sa.insert(table), chunk)
    return len(new_rows), len(changed), len(gone)
