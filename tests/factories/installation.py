"""A site of its own with something in every store, for tests that copy, lose and bring back whole sites."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flask_migrate
import sqlalchemy as sa
from flask import Flask

from app.catalogue.models import Photo
from app.catalogue.photos import file_names
from app.cli.backup.files import BEFORE
from app.cli.running import let_go
from app.core import clock
from app.core.changes import Change
from app.core.db import Model, db
from app.core.parts import part
from app.core.storage import Storage
from app.core.stores import Stores
from app.factory import create_app
from app.listing.indexing import reindex
from app.listing.search import SearchBackend
from app.trace.scans.spool import WaitingScan
from app.trace.setup import Trace
from app.web.media import WIDTHS
from config import Settings, load_settings
from tests.factories.everything import fill
from tests.factories.places import load_places

SCANNED = (7, 7, 8, 7, 1 << 30)
"""The stamps scanned, in order."""


@dataclass
class Installation:
    """A site: its environment and its application."""

    env: Mapping[str, str]

    def app(self, **env: str) -> Flask:
        """The application as the next process would make it."""
        return create_app(load_settings({**self.env, **env}))

    def run(self, *arguments: str, **env: str) -> tuple[int, str]:
        """One command in a process of its own as far as the application goes: exit code and output."""
        app = self.app(**env)
        outcome = app.test_cli_runner().invoke(args=list(arguments))
        with app.app_context():
            let_go()
        assert outcome.exception is None or isinstance(outcome.exception, SystemExit), outcome.exception
        return outcome.exit_code, outcome.output

    @contextmanager
    def opened(self) -> Iterator[Settings]:
        """In the application's context; everything is closed after."""
        app = self.app()
        with app.app_context():
            yield part(Settings)
            let_go()

    def fill(self) -> None:
        """A row in every table, scans, photographs with their files, a mail, an index; every store known."""
        with self.opened() as settings:
            flask_migrate.upgrade()
            with db.engine.begin() as connection:
                load_places(connection)
            fill(db.session())
            storage = part(Storage)
            for key in db.session.scalars(sa.select(Photo.key)):
                for name in file_names(key, WIDTHS):
                    storage.put(name, f"the file {name}".encode(), "image/webp")
            for n in SCANNED:
                part(Trace).scans.record(n, clock.now(), lang="vi", province="15", device=bytes(16))
            part(Trace).recorder._spool.add(WaitingScan(bytes(12), 8, clock.now(), "vi"))
            reindex(db.session(), part(SearchBackend))
            assert part(Stores).establish(db.session()) == {}
            if settings.mail_url.startswith("file:"):
                folder = Path(settings.mail_url.removeprefix("file://"))
                folder.mkdir(parents=True, exist_ok=True)
                (folder / "00000001.eml").write_text("Subject: hello")

    def held(self) -> dict[str, Any]:
        """What every store holds, in plain values that can be compared."""
        with self.opened() as settings:
            tables = {
                table.name: sorted(map(str, db.session.execute(sa.select(table))))
                for table in Model.metadata.sorted_tables
                if not table.name.startswith("product_search") and table.name != Change.__tablename__
            }
            tables["store_marks"] = [row for row in tables["store_marks"] if "'index'" not in row]
            storage, scans = part(Storage), part(Trace).scans
            names = sorted(name for name in storage.names() if not name.startswith(BEFORE))
            return {
                **tables,
                "media": {name: storage.read(name) for name in names},
                "scans": [
                    (line.n, line.at, line.province, line.device) for line in scans.iter_since("", 100)
                ],
                "waiting": part(Trace).recorder.state()["spooled"],
                "summaries": [scans.peek(n) for n in SCANNED],
                "keys": (settings.secret_key, settings.stamp_keys),
                "found": part(SearchBackend).empty(),
                "wrong": {name: str(wrong) for name, wrong in part(Stores).wrong(db.session()).items()},
            }
