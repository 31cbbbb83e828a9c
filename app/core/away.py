"""What is asked of another server that may be away: a deadline for each question, and a rest after a failure.

Whoever asks must have an answer for the time without it.
"""

from __future__ import annotations

from typing import Any

from redis.backoff import NoBackoff
from redis.retry import Retry

from app.core.clock import timer


def redis_options() -> dict[str, Any]:
    """How a connection to Redis is made: 0.1 s for it and 0.15 s for an answer, a request's quarter of a second.

    And no silent second try: a script that ran and whose answer was lost would count a scan twice.
    """
    return {"socket_connect_timeout": 0.1, "socket_timeout": 0.15, "retry": Retry(NoBackoff(), 0)}


REST = 3.0
"""Seconds until a server that failed is asked again."""


class Breaker:
    """Lets one question in every REST through while a server fails, so that not everyone waits for it."""

    def __init__(self) -> None:
        self._until: float | None = None

    @property
    def failing(self) -> bool:
        """Whether the last question had no answer."""
        return self._until is not None

    def lets_through(self) -> bool:
        """Whether to ask now. While the server fails, who is let through keeps the others out for another rest."""
        if self._until is None:
            return True
        if timer() < self._until:
            return False
        self.failed()
        return True

    def failed(self) -> None:
        """There was no answer in time."""
        self._until = timer() + REST

    def answered(self) -> None:
        """There was one."""
        self._until = None
