"""Keys of one test's own in the Redis that tests share."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import pytest
from redis import Redis
from redis.exceptions import RedisError

REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")


@pytest.fixture
def redis_namespace() -> Iterator[str]:
    """How the keys of one test begin; skips where no Redis answers."""
    client = Redis.from_url(REDIS_URL, socket_connect_timeout=1)
    try:
        client.ping()
    except RedisError:
        if os.environ.get("REQUIRE_SERVICES") == "1":
            raise
        pytest.skip(f"Redis does not answer at {REDIS_URL}")
    name = f"test-{uuid.uuid4().hex}"
    yield name
    for key in client.scan_iter(f"*{name}*", count=1000):
        client.delete(key)
    client.close()
