"""Stores outside a site's folder, each empty: PostgreSQL, Redis, a bucket over HTTP."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import boto3
import pytest
from moto.server import ThreadedMotoServer
from redis import Redis
from redis.exceptions import RedisError

from tests.factories.database import PostgresDatabase

REDIS = urlsplit(os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15"))
DATABASES = range(1, 14)
"""Where a site's own keys may stand: they have no room for a test's name."""


@pytest.fixture
def redis_url() -> Iterator[str]:
    """A Redis database that nobody else uses; skips where no server answers."""
    try:
        url, client = _free_database()
    except RedisError:
        if os.environ.get("REQUIRE_SERVICES") == "1":
            raise
        pytest.skip(f"Redis does not answer at {REDIS.geturl()}")
    yield url
    client.flushdb()
    client.close()


def _free_database() -> tuple[str, Redis]:
    for number in DATABASES:
        url = REDIS._replace(path=f"/{number}").geturl()
        client = Redis.from_url(url, socket_connect_timeout=1)
        if client.set("taken", 1, nx=True, ex=600) and client.dbsize() == 1:
            return url, client
        client.close()
    raise RedisError("every database of this Redis is in use")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket over HTTP."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    endpoint = f"http://127.0.0.1:{port}"
    boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(
        Bucket=(name := f"photos-{uuid.uuid4().hex[:8]}")
    )
    yield f"s3://{name}/nguon?endpoint={endpoint}&region=us-east-1"
    server.stop()


@pytest.fixture
def empty_postgres(postgres_url: str) -> Iterator[str]:
    with PostgresDatabase(postgres_url, f"nguon_{uuid.uuid4().hex[:12]}") as made:
        yield made.url.replace("+psycopg", "")
