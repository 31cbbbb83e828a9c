"""What the change log was told."""

from __future__ import annotations

import sqlalchemy as sa

from app.core.changes import Change
from app.core.db import db


def last_change() -> int:
    """The number of the newest change."""
    with db.engine.connect() as connection:
        return connection.scalar(sa.select(sa.func.max(Change.id))) or 0


def topics_since(number: int) -> set[str]:
    """Every topic touched by what was committed after this change."""
    with db.engine.connect() as connection:
        rows = connection.scalars(sa.select(Change.topics).where(Change.id > number))
        return {topic for topics in rows for topic in topics.split()}
