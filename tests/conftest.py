"""Every test of a package has a real database at the head of the migrations, a client and a clock.

`app` is made once a worker, on a database that is migrated once; between tests the database goes back to what the
migrations and `tests.factories.places` put there, because `atomic()` really commits. `--database=postgresql` runs the
tests that use a database once more on PostgreSQL.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from copy import copy
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.catalogue import photos
from app.core import clock
from app.core.db import db
from app.core.parts import part
from app.core.stores import Stores
from app.factory import create_app
from app.trace.setup import Trace
from app.trace.stamps import pictures
from app.web.limits import limiter
from app.web.pagecache import PageCache
from config import Settings, load_settings
from tests.factories.client import Visitor
from tests.factories.database import PostgresDatabase, SqliteDatabase, WorkerDatabase, answers
from tests.factories.servers import RedisServer
from tests.factories.workspace import empty_data_dir

hypothesis.settings.register_profile("house", deadline=None)  # a busy machine is no fault of the code
hypothesis.settings.load_profile("house")
pictures._SANDBOX.seconds = photos._SANDBOX.seconds = (
    120  # nor is it here: work is judged by what it computes
)

pytest_plugins = ("tests.rules.rendering",)  # fails a whole run that leaves a template out

NOW = dt.datetime(2026, 11, 21, 2, 0, tzinfo=dt.UTC)
"""The moment at which tests begin: 09:00 on 21 November 2026 in Vietnam, the day of the example data."""

POSTGRES = os.environ.get("TEST_POSTGRES_URL") or "postgresql://postgres@127.0.0.1:5432/postgres"
STRICT = os.environ.get("REQUIRE_SERVICES") == "1"
JOURNEYS = "tests/journeys/"
NO_REDIS = "redis-server is not installed"
NO_POSTGRES = "PostgreSQL does not answer at TEST_POSTGRES_URL (default 127.0.0.1:5432)"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--database` chooses the engine under the fixtures `app`, `client` and `session`."""
    parser.addoption(
        "--database", choices=("sqlite", "postgresql"), default="sqlite", help="engine of the tests' database"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The journeys begin, for they are the longest errand of one worker.

    On PostgreSQL only what touches a database is run again; journeys in the browser are walked once.
    """
    if config.getoption("--database") == "sqlite":
        items.sort(key=lambda item: not item.nodeid.startswith(JOURNEYS))
        return
    again = [
        item
        for item in items
        if "worker_database" in getattr(item, "fixturenames", ()) and "browser" not in item.keywords
    ]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(again)])
    items[:] = again


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """One worker walks all journeys, on one live site; every other file goes to whoever is free, in its turn.

    Marks of pytest-xdist's groups would say so too, but its release 3.8 writes them where pytest 9.1 and later no
    longer look.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Files(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return JOURNEYS if nodeid.startswith(JOURNEYS) else nodeid.partition("::")[0]

    config.option.loadscopereorder = False
    return Files(config, log) if config.getoption("dist") == "load" else None


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """The address of a PostgreSQL server where tests may make databases; skips where none answers."""
    if not answers(POSTGRES):
        if STRICT:
            pytest.fail(NO_POSTGRES)
        pytest.skip(NO_POSTGRES)
    return POSTGRES


@pytest.fixture(scope="session")
def worker_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WorkerDatabase]:
    """The worker's database, at the head of the migrations, with the places of `tests.factories.places`."""
    database: WorkerDatabase
    if request.config.getoption("--database") == "postgresql":
        database = PostgresDatabase(request.getfixturevalue("postgres_url"), f"nguon_{uuid.uuid4().hex[:12]}")
    else:
        database = SqliteDatabase(tmp_path_factory.mktemp("database"))
    with database:
        yield database


@pytest.fixture(scope="session")
def worker_settings(worker_database: WorkerDatabase, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the worker's one application."""
    return settings_for(tmp_path_factory.mktemp("data"), worker_database.url)


def settings_for(data_dir: Path, database_url: str, **env: str) -> Settings:
    """Settings as from an environment: a demonstration with fixed keys, mail into a folder, limits on."""
    return load_settings(
        {
            "DATA_DIR": str(data_dir),
            "DATABASE_URL": database_url,
            "SECRET_KEY": "tests-tests-tests-tests-tests-tests",
            "STAMP_KEYS": "k1:" + "5e" * 32,
            "BASE_URL": "http://localhost",
            **env,
        }
    )


@pytest.fixture(scope="session")
def worker_app(worker_settings: Settings, worker_database: WorkerDatabase) -> Iterator[Flask]:
    """The worker's one application; tests take `app`, which cleans up after each of them."""
    made = create_app(worker_settings)
    made.test_client_class = Visitor
    worker_database.prepare(made)
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture
def app(worker_app: Flask, worker_settings: Settings, worker_database: WorkerDatabase) -> Iterator[Flask]:
    """The application, with nothing in its database but the reference rows, at NOW."""
    worker_database.reset(worker_app)
    part(Trace, worker_app).scans.close()
    part(Trace, worker_app).pages.clear()
    empty_data_dir(worker_settings.data_dir)
    part(PageCache, worker_app).clear()
    part(Stores, worker_app).forget()
    limiter.enabled = worker_settings.rate_limits
    limiter.reset()
    clock.start_clock(NOW)
    yield worker_app
    clock.start_clock(None)


@pytest.fixture
def make_app(app: Flask, worker_database: WorkerDatabase, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Make a second application with other settings on the same database: `make_app(RATE_LIMITS="off")`."""
    made: list[Flask] = []

    def make(**env: str) -> Flask:
        other = create_app(settings_for(tmp_path / "data", worker_database.url, **env))
        other.test_client_class = Visitor
        if "CLOCK" not in env:
            clock.start_clock(NOW)
        made.append(other)
        return other

    yield make
    for other in made:
        with other.app_context():
            db.engine.dispose()


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of the test's own, to be stopped and filled at will; skips where none is installed."""
    if shutil.which("redis-server") is None:
        if STRICT:
            pytest.fail(NO_REDIS)
        pytest.skip(NO_REDIS)
    with RedisServer(tmp_path) as server:
        yield server


@pytest.fixture
def keep_limiter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put back what the limiter counts in, for a test that makes a site with another REDIS_URL: it is one for all."""
    for name in ("_storage", "_limiter", "_storage_options"):
        monkeypatch.setattr(limiter, name, copy(getattr(limiter, name)))


@pytest.fixture
def settings(app: Flask) -> Settings:
    """The settings of `app`; `settings.data_dir` is empty at the start of each test."""
    found = part(Settings, app)
    assert isinstance(found, Settings)
    return found


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """The session of the test, in an application context. Factories commit what they make."""
    with app.app_context():
        yield db.session()


@pytest.fixture
def client(app: Flask) -> Visitor:
    """A visitor who is not logged in and whose forms carry their token; see `tests.factories.client`."""
    visitor = app.test_client()
    assert isinstance(visitor, Visitor)
    return visitor


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """The command line: `runner.invoke(args=["users", "create", …])`."""
    return app.test_cli_runner()


@pytest.fixture
def now() -> dt.datetime:
    """The moment at which the test's clock began."""
    return NOW


@pytest.fixture
def set_day(app: Flask) -> Callable[[dt.date], dt.datetime]:
    """Put the site's clock to 09:00 in Vietnam on a day; returns that moment."""

    def put(day: dt.date) -> dt.datetime:
        moment = dt.datetime.combine(day, dt.time(9), clock.VIETNAM)
        clock.start_clock(moment)
        return moment

    return put


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """The SQL sent to the database since the test asked for this fixture."""
    sent: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(engine, "before_cursor_execute", note)
