"""How factories keep what they make: committed at once, unless the test is inside `atomic()` already."""

from __future__ import annotations

import itertools
from typing import TypeVar

from sqlalchemy.orm import Session

from app.core.db import Model, atomic

Row = TypeVar("Row", bound=Model)
_numbers = itertools.count(1)


def number() -> int:
    """A number no other row of this run was made with, for unique columns."""
    return next(_numbers)


def keep(session: Session, row: Row) -> Row:
    """Insert a row and give it back with its id."""
    if session.info.get("atomic"):
        session.add(row)
        session.flush()
        return row
    with atomic() as writing:
        writing.add(row)
    return row
