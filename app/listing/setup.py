"""Search, joined to an application: the engine it is configured for; the jobs that keep index and media true."""

from __future__ import annotations

import datetime as dt

from flask import Flask, current_app

from app.catalogue.photos import sweep_files
from app.core.db import db
from app.core.jobs import periodic
from app.core.outbox import OutboxMessage, handler
from app.listing.indexing import UPDATE, index_is_lost, reindex, update_index
from app.listing.search import SearchBackend, open_search


def _search() -> SearchBackend:
    found: SearchBackend = current_app.extensions["search"]
    return found


@handler(UPDATE)
def follow(message: OutboxMessage) -> None:
    """Index what a committed change named."""
    update_index(db.session(), _search(), message.payload)


@periodic("search.mend", dt.timedelta(minutes=5))
def mend() -> None:
    """Build the index where it is lost, so that it heals by itself."""
    search = _search()
    if index_is_lost(db.session(), search):
        reindex(db.session(), search)


@periodic("photos.swept", dt.timedelta(days=1))
def sweep_photos() -> None:
    """Delete files of photographs that came to nothing."""
    gone = sweep_files(db.session(), current_app.extensions["storage"])
    current_app.logger.info("files of photographs swept: %d", gone)


def register_search(app: Flask) -> None:
    """Give the application its search engine; nothing is opened before the first query."""
    settings = app.config["SETTINGS"]
    with app.app_context():
        engine = db.engine
    app.extensions["search"] = open_search(
        database_url=settings.database_url,
        data_dir=settings.data_dir,
        search_url=settings.search_url,
        engine=engine,
    )
    app.extensions["search_ready"] = lambda: not index_is_lost(db.session(), _search())
