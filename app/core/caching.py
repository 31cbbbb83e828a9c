"""Answers cached in memory while nothing they depend on has changed, and bounded in bytes.

The functions that read the facts declare what an answer depends on, ``depends_on("product", 17)``; this is collected
while it is made. An answer without a declaration depends on everything.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Hashable
from contextvars import ContextVar
from typing import Final, Generic, TypeVar

from cachetools import LRUCache

from app.core.changes import Basis, ChangeLog
from app.core.db import db

Answer = TypeVar("Answer")
_PASSING: Final = "passing"
_collected: ContextVar[set[str] | None] = ContextVar("collected", default=None)


def depends_on(kind: str, *ids: object) -> None:
    """Declare that the answer being made shows something of these objects."""
    topics = _collected.get()
    if topics is not None:
        topics.update(f"{kind}:{object_id}" for object_id in ids)


def depends_on_any(*kinds: str) -> None:
    """Declare that the answer being made may change with any object of these kinds."""
    topics = _collected.get()
    if topics is not None:
        topics.update(kinds)


def is_passing() -> None:
    """Declare that the answer being made is not to be cached: it may change while the database stays as it is."""
    depends_on_any(_PASSING)


class AnswerCache(Generic[Answer]):
    """Answers by key, least recently used out first; a key holds all that an answer depends on beside the database.

    The caller has looked at the change log in the same request.
    """

    def __init__(self, log: ChangeLog, *, limit: int, size: Callable[[Answer], int]) -> None:
        """`limit` and `size` in bytes."""
        self.enabled = True
        self._log = log
        self._lock = threading.Lock()  # an LRU cache reorders itself even on reading
        self._answers: LRUCache[Hashable, tuple[Answer, Basis]] = LRUCache(
            limit, getsizeof=lambda entry: size(entry[0]) + 60 * len(entry[1].topics)
        )

    def get(self, key: Hashable) -> Answer | None:
        """The answer under this key, if it still holds."""
        if not self.enabled:
            return None
        with self._lock:
            entry = self._answers.get(key)
        return entry[0] if entry is not None and self._log.holds(entry[1]) else None

    def make(self, key: Hashable, answer: Callable[[], Answer]) -> Answer:
        """Make the answer and cache it. What is read for it is read from now on."""
        moment = self._log.moment
        if db.session.registry.has():
            db.session.rollback()  # what was read before would be older than this moment
        topics: set[str] = set()
        token = _collected.set(topics)
        try:
            made_answer = answer()
        finally:
            _collected.reset(token)
        if self.enabled and _PASSING not in topics:
            with self._lock, contextlib.suppress(ValueError):  # one larger than the whole cache
                self._answers[key] = made_answer, Basis(moment, topics)
        return made_answer

    def clear(self) -> None:
        """Forget every answer."""
        with self._lock:
            self._answers.clear()
