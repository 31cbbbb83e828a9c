"""How often one address may try: Flask-Limiter, in memory or in Redis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits.storage import MemoryStorage, RedisStorage, Storage
from redis.exceptions import RedisError

from app.core.away import Breaker, redis_options
from app.core.parts import part
from config import Settings

Answer = TypeVar("Answer")
limiter = Limiter(key_func=get_remote_address, default_limits=[], headers_enabled=False)


class SharedCounts(Storage):
    """Counts in Redis, so that all workers count together; each for itself in memory while Redis does not answer."""

    STORAGE_SCHEME = ["shared"]

    def __init__(self, uri: str, *, redis_url: str, wrap_exceptions: bool = False, **_: Any) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._redis = RedisStorage(redis_url, **redis_options())
        self._memory = MemoryStorage()
        self._breaker = Breaker()

    @property
    def base_exceptions(self) -> type[Exception]:
        """What may still be raised: nothing of Redis."""
        return ValueError

    def _ask(self, question: Callable[[Storage], Answer]) -> Answer:
        if self._breaker.lets_through():
            try:
                answer = question(self._redis)
            except RedisError:
                self._breaker.failed()
            else:
                self._breaker.answered()
                return answer
        return question(self._memory)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and say how many."""
        return self._ask(lambda counts: counts.incr(key, expiry, amount))

    def get(self, key: str) -> int:
        """How many were counted."""
        return self._ask(lambda counts: counts.get(key))

    def get_expiry(self, key: str) -> float:
        """When counting begins anew, in seconds since 1970."""
        return self._ask(lambda counts: counts.get_expiry(key))

    def check(self) -> bool:
        """Whether counting works: always."""
        return True

    def reset(self) -> int | None:
        """Forget every count."""
        self._memory.reset()
        return self._ask(lambda counts: counts.reset())

    def clear(self, key: str) -> None:
        """Forget the count of a key."""
        self._ask(lambda counts: counts.clear(key))


def register_limits(app: Flask) -> None:
    """Count in Redis where there is one, so that all workers count together."""
    settings = part(Settings, app)
    shared = settings.redis_url is not None
    app.config.update(
        RATELIMIT_ENABLED=settings.rate_limits,
        RATELIMIT_STORAGE_URI="shared://" if shared else "memory://",
        RATELIMIT_STORAGE_OPTIONS={"redis_url": settings.redis_url} if shared else {},
        RATELIMIT_SWALLOW_ERRORS=True,
    )
    limiter.init_app(app)
