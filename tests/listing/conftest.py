"""Both search engines, each before anything was indexed."""

import os
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from app.listing.search import SearchBackend
from app.listing.search.postgres_backend import PostgresBackend
from app.listing.search.tables import (
    POSTGRES_DDL,
    product_search,
    product_search_change,
    product_search_word,
)
from app.listing.search.whoosh_backend import WhooshBackend

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")


@pytest.fixture(scope="module")
def postgres() -> Iterator[Engine]:
    """A scratch database with the search tables, thrown away at the end."""
    server = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    name = f"nguon_search_{uuid.uuid4().hex[:12]}"
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"))
            connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    except OperationalError:
        server.dispose()
        if os.environ.get("REQUIRE_SERVICES") == "1":
            raise
        pytest.skip("PostgreSQL does not answer: its search engine is not tested")
    engine = create_engine(make_url(POSTGRES).set(database=name))
    with engine.begin() as connection:
        product_search.create(connection)
        product_search_word.create(connection)
        product_search_change.create(connection)
        for statement in (*POSTGRES_DDL, *POSTGRES_DDL):  # running them again must change nothing
            connection.execute(text(statement))
    yield engine
    engine.dispose()
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(params=["whoosh", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SearchBackend]:
    """Each engine, before anything was indexed."""
    if request.param == "whoosh":
        with closing(WhooshBackend(tmp_path / "index", lock_seconds=0.2)) as whoosh:
            yield whoosh
    else:
        engine: Engine = request.getfixturevalue("postgres")
        with engine.begin() as connection:
            connection.execute(text("TRUNCATE product_search, product_search_word, product_search_change"))
        yield PostgresBackend(engine, lock_seconds=0.2)
