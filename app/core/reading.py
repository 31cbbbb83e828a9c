"""Single selects by hand, for the few pages that thousands may ask for at once.

A session costs a transaction, a pool and a result object around every question. Here a question is one statement on
one of the driver's connections in autocommit: it sees everything committed, by any process, before it was
asked, and leaves no transaction open behind it.
"""

from __future__ import annotations

import os
import weakref
from collections import deque
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, PoolProxiedConnection, event

Row = tuple[Any, ...]
NO_FACTS: Mapping[str, Any] = {}


class Reader:
    """Queries an engine's database with a pooled connection for each thread at work. Safe across threads and forks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.sqlite = engine.dialect.name == "sqlite"
        self._idle: deque[PoolProxiedConnection] = deque()
        event.listen(engine, "engine_disposed", lambda _: self.close())
        inherited = weakref.WeakMethod(self._leave_to_parent)
        os.register_at_fork(after_in_child=lambda: (leave := inherited()) and leave())

    def rows(self, statement: str, facts: Mapping[str, Any] = NO_FACTS) -> list[Row]:
        """Every row of one select, in the driver's own types; `facts` are its parameters by name."""
        while True:
            connection, reused = self._take()
            try:
                cursor = connection.cursor()
                cursor.execute(statement, facts)
                rows: list[Row] = list(cursor.fetchall())
                cursor.close()
            except self._engine.dialect.loaded_dbapi.Error:
                connection.close()
                if not reused:
                    raise
                # The server may have closed an idle connection: try a new one before raising.
            else:
                self._idle.append(connection)
                return rows

    def _take(self) -> tuple[PoolProxiedConnection, bool]:
        try:
            return self._idle.pop(), True
        except IndexError:
            return self._open(), False

    def close(self) -> None:
        """Let go of the connections; a later question opens new ones."""
        while self._idle:
            self._idle.pop().close()

    def _open(self) -> PoolProxiedConnection:
        connection = self._engine.raw_connection()
        connection.detach()
        if not self.sqlite:  # SQLite's are in autocommit as `app.core.db` prepares them
            connection.dbapi_connection.autocommit = True  # type: ignore[union-attr]
        return connection

    def _leave_to_parent(self) -> None:
        # A forked worker must neither use nor close its parent's connections.
        self._left_to_parent, self._idle = self._idle, deque()
