"""Search, joined to an application: the engine it is configured for; the jobs that maintain index and media."""

from __future__ import annotations

import datetime as dt

from flask import Flask, current_app

from app.catalogue.photos import sweep_files
from app.core.changes import ChangeLog
from app.core.db import db
from app.core.jobs import periodic
from app.core.outbox import OutboxMessage, handler
from app.core.parts import hang, part
from app.core.storage import Storage
from app.core.stores import Stores
from app.listing.index import LiveIndex
from app.listing.indexing import UPDATE, IndexStore, index_is_lost, reindex, update_index
from app.listing.search import SearchBackend, open_search
from app.web.health import Readiness
from config import Settings


@handler(UPDATE)
def follow(message: OutboxMessage) -> None:
    """Index what a committed change named."""
    update_index(db.session(), part(SearchBackend), message.payload)


@periodic("search.mend", dt.timedelta(minutes=5))
def mend() -> None:
    """Build the index where it is lost, so that it heals by itself."""
    search = part(SearchBackend)
    if index_is_lost(db.session(), search):
        reindex(db.session(), search)


@periodic("photos.swept", dt.timedelta(days=1))
def sweep_photos() -> None:
    """Delete files of photographs that came to nothing."""
    gone = sweep_files(db.session(), part(Storage))
    current_app.logger.info("files of photographs swept: %d", gone)


def register_search(app: Flask) -> None:
    """Give the application its search engine; nothing is opened before the first query."""
    settings = part(Settings, app)
    with app.app_context():
        engine = db.engine
    engine_of_search = open_search(
        database_url=settings.database_url,
        data_dir=settings.data_dir,
        search_url=settings.search_url,
        engine=engine,
    )
    hang(app, engine_of_search, SearchBackend)
    hang(app, LiveIndex(engine, part(ChangeLog, app)))
    part(Readiness, app)["search"] = lambda: not index_is_lost(db.session(), engine_of_search)
    part(Stores, app)["index"] = IndexStore(engine_of_search)
