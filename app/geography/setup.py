"""Places, joined to an application: the cached tables of places are dropped when they change in the database."""

from __future__ import annotations

from collections.abc import Collection

from flask import Flask

from app.core.changes import EVERYTHING, ChangeLog
from app.core.db import db
from app.core.parts import part
from app.geography.lookup import forget_places


def register_places(app: Flask) -> None:
    """Have the places read anew, in every process, after they were loaded in one."""
    with app.app_context():
        engine = db.engine

    def follow(topics: Collection[str]) -> tuple[()]:
        if EVERYTHING in topics:
            forget_places(engine)
        return ()

    part(ChangeLog, app).follow(follow)
