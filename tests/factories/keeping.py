"""How factories keep what they make: committed when they are done, unless the test is inside `atomic()` already."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from sqlalchemy.orm import Session

from app.core.db import Model, atomic

Row = TypeVar("Row", bound=Model)
Make = TypeVar("Make", bound=Callable[..., Any])
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


def together(make: Make) -> Make:
    """Commit what a factory makes, and what it has others make, once."""

    @functools.wraps(make)
    def making(session: Session, *args: Any, **kwargs: Any) -> Any:
        if session.info.get("atomic"):
            return make(session, *args, **kwargs)
        with atomic():
            return make(session, *args, **kwargs)

    return cast(Make, making)
