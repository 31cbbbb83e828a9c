"""Tries are counted by all workers together, and by each for itself while Redis does not answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.core import away
from app.web.limits import SharedCounts, limiter
from tests.factories.servers import FAULTS, RedisServer, dead_address, silent_server

PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 12) Chrome/120 Mobile"}
UNKNOWN = "/t/0000000000000000"


def test_without_redis_tries_are_still_limited(make_app: Callable[..., Flask], keep_limiter: None) -> None:
    client = make_app(REDIS_URL=dead_address()).test_client()
    answers = [client.get(UNKNOWN, headers=PHONE).status_code for _ in range(32)]
    assert answers == [404] * 30 + [429] * 2
    assert [client.post("/t").status_code for _ in range(31)] == [400] * 30 + [429]


def test_a_redis_that_hangs_is_asked_once_and_then_left_alone_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(away, "REST", 3600.0)
    with silent_server() as silent:
        counts = SharedCounts("shared://", redis_url=silent.redis_url)
        assert [counts.incr("key", 60) for _ in range(5)] == [1, 2, 3, 4, 5]
        assert counts.get("key") == 5
        assert silent.asked.acquire(timeout=30)
        assert not silent.asked.acquire(blocking=False)


def test_a_page_without_limits_asks_nothing_of_redis(
    make_app: Callable[..., Flask], keep_limiter: None
) -> None:
    with silent_server() as silent:
        client = make_app(REDIS_URL=silent.redis_url).test_client()
        assert {client.get(path).status_code for path in ("/", "/products", "/login", "/t", "/healthz")} == {
            200
        }
        assert not silent.asked.acquire(blocking=False)


@pytest.mark.redis
def test_sites_count_together_in_redis(
    make_app: Callable[..., Flask], redis_server: RedisServer, keep_limiter: None
) -> None:
    answers = []
    for _ in range(3):
        client = make_app(REDIS_URL=redis_server.url).test_client()
        answers += [client.get(UNKNOWN, headers=PHONE).status_code for _ in range(15)]
    assert answers == [404] * 30 + [429] * 15


@pytest.mark.redis
@pytest.mark.parametrize("fault", FAULTS)
def test_counts_answer_whatever_is_wrong_with_redis(
    redis_server: RedisServer, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(away, "REST", 3600.0)
    counts = SharedCounts("shared://", redis_url=redis_server.url)
    assert counts.incr("key", 60) == 1
    assert counts.get("key") == 1
    assert counts.get_expiry("key") > 0
    begin, end = FAULTS[fault]
    begin(redis_server)
    assert counts.incr("key", 60) == 1  # by this process alone
    assert counts.incr("key", 60) == 2
    end(redis_server)
    assert counts.check()
    counts.clear("key")
    counts.reset()


def test_in_memory_there_is_nothing_to_be_away(app: Flask) -> None:
    assert type(limiter.storage).__name__ == "MemoryStorage"
