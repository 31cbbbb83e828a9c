"""`flask serve`, started as `make run` starts it: an empty folder becomes a site that answers, and stops cleanly."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

import flask_migrate
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cli.serve import DEMO_PRODUCER, OTHER_DEMO_PRODUCER, SETUP_LOCK, is_ahead, turn
from app.core.db import db
from app.factory import create_app
from config import Settings, load_settings
from tests.factories.catalogue import make_producer
from tests.factories.places import load_places
from tests.factories.supply import make_batch

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Site:
    """One `flask serve` with its own data folder and port; its output goes to a file."""

    def __init__(self, data_dir: Path, port: int, output: Path, **env: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._output = output
        self._out: IO[str] = output.open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "serve"],
            cwd=ROOT,
            env={**os.environ, "DATA_DIR": str(data_dir), "PORT": str(port), **env},
            stdout=self._out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def output(self) -> str:
        return self._output.read_text()

    def get(self, path: str) -> tuple[int, str]:
        """Status and text; (0, "") while nobody listens."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def until_ready(self) -> dict[str, object]:
        """Wait until the database, the search and the jobs are there."""
        deadline = time.monotonic() + 240
        while True:
            status, text = self.get("/readyz")
            if status == 200:
                ready: dict[str, object] = json.loads(text)
                return ready
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.2)

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._out.close()


Serve = Callable[..., Site]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start sites; whatever still runs at the end is ended."""
    begun: list[Site] = []

    def begin(data_dir: Path, port: int, **env: str) -> Site:
        site = Site(data_dir, port, tmp_path / f"output-{len(begun)}.txt", **env)
        begun.append(site)
        return site

    yield begin
    for site in begun:
        site.close()


def test_an_empty_folder_becomes_a_site_that_keeps_what_it_has(serve: Serve, tmp_path: Path) -> None:
    port, data_dir = free_port(), tmp_path / "data"
    site = serve(data_dir, port)
    site.until_ready()
    assert site.get("/products")[0] == 200
    assert json.loads(site.get("/api/v1/products")[1])["total"] > 0
    assert f"Nguồn: {site.url}" in site.output
    assert "chucoso@demo.nguon.example" in site.output

    taken = serve(data_dir, port)
    assert taken.process.wait(60) == 1
    assert f"Cannot serve on 127.0.0.1:{port}" in taken.output

    assert site.stop() == 0
    assert "serve: stopped" in site.output
    assert site.get("/healthz")[0] == 0

    again = serve(data_dir, port)
    again.until_ready()
    assert " new\n" not in again.output, "the second start loaded data once more"
    assert again.stop(signal.SIGTERM) == 0


def test_production_without_its_secrets_does_not_start(serve: Serve, tmp_path: Path) -> None:
    site = serve(tmp_path / "data", free_port(), APP_ENV="production")
    assert site.process.wait(60) != 0
    assert "SECRET_KEY must be set in production" in site.output


def test_a_site_older_than_the_event_log_has_its_chains_from_the_next_start_on(
    serve: Serve, tmp_path: Path
) -> None:
    data_dir = tmp_path / "data"
    app = create_app(load_settings({"DATA_DIR": str(data_dir)}))
    with app.app_context():
        flask_migrate.upgrade()
        with db.engine.begin() as connection:
            load_places(connection)
        for slug in (DEMO_PRODUCER, OTHER_DEMO_PRODUCER):
            make_producer(db.session(), slug=slug)
        make_batch(db.session())
        db.session.remove()
        before = app.test_cli_runner().invoke(args=["events", "verify"])
        db.engine.dispose()
    assert before.exit_code == 1
    site = serve(data_dir, free_port())
    site.until_ready()
    assert (
        app.test_cli_runner().invoke(args=["events", "verify"]).output == "events: 1 chains of 1 links hold\n"
    )
    assert site.stop() == 0
    with app.app_context():
        db.engine.dispose()


def is_free(settings: Settings, connection: sa.Connection) -> bool:
    """Whether another start could set up now: by the file of its machine and by the database of all."""
    with (settings.data_dir / "setup.lock").open("w") as other:
        try:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    if settings.embedded_database:
        return True
    taken = bool(connection.scalar(sa.select(sa.func.pg_try_advisory_lock(SETUP_LOCK))))
    connection.execute(sa.select(sa.func.pg_advisory_unlock_all()))
    return taken


def test_who_sets_up_keeps_all_others_out_until_it_is_done_or_fails(
    session: Session, settings: Settings
) -> None:
    elsewhere = replace(settings, data_dir=settings.data_dir / "another-machine")
    elsewhere.data_dir.mkdir()
    with db.engine.connect() as connection:
        with pytest.raises(RuntimeError), turn(settings):
            assert not is_free(settings, connection)
            assert is_free(elsewhere, connection) is settings.embedded_database
            raise RuntimeError("the load failed")
        assert is_free(settings, connection) and is_free(elsewhere, connection)


def test_a_database_of_a_later_release_is_known_from_one_that_wants_migrating(session: Session) -> None:
    assert not is_ahead(), "this release's own"
    with db.engine.begin() as connection:
        (ours,) = connection.execute(sa.text("SELECT version_num FROM alembic_version")).one()
    try:
        for version, ahead in (("0001", False), ("of a later release", True)):
            with db.engine.begin() as connection:
                connection.execute(sa.text("UPDATE alembic_version SET version_num = :v"), {"v": version})
            assert is_ahead() is ahead, version
    finally:
        with db.engine.begin() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = :v"), {"v": ours})
    assert not is_ahead()
