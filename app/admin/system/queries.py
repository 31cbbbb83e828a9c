"""What stands and what does not, on this site and at this moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.core.changes import Change
from app.core.errors import Refusal
from app.core.jobs import last_heartbeat
from app.core.outbox import backlog
from app.core.stores import Stores
from config import Settings

SILENCE: Final = dt.timedelta(minutes=2)
"""Without a heartbeat for so long the background work has stopped."""


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """A database that answers: what it is, its migration, what waits in the outbox, the content version."""

    dialect: str
    migration: str | None
    outbox: Mapping[str, int]
    version: int


@dataclass(frozen=True, slots=True)
class SystemState:
    """The parts of the site; `database` is None where it does not answer, `stores` what is wrong beside it."""

    now: dt.datetime
    database: DatabaseState | None
    search: bool
    stores: Mapping[str, Refusal]
    heartbeat: dt.datetime | None

    @property
    def silent(self) -> bool:
        """Whether the background work has given no sign of life for too long."""
        return self.heartbeat is None or self.now - self.heartbeat > SILENCE


def system_state(
    session: Session, settings: Settings, *, search: bool, stores: Stores, now: dt.datetime
) -> SystemState:
    """How the parts are at this moment. `search`: the search index answers."""
    try:
        heartbeat = last_heartbeat(settings)
    except ConnectionError:
        heartbeat = None
    database = database_state(session, now)
    return SystemState(now, database, search, stores.wrong_lately(session) if database else {}, heartbeat)


def database_state(session: Session, now: dt.datetime) -> DatabaseState | None:
    """What the database says of itself; None where it does not answer."""
    try:
        return DatabaseState(
            dialect=session.get_bind().dialect.name,
            migration=session.scalar(sa.text("SELECT version_num FROM alembic_version")),
            outbox=backlog(session, now),
            version=session.scalar(sa.select(sa.func.max(Change.id))) or 0,
        )
    except SQLAlchemyError:
        return None
