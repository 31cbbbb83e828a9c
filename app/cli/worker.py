"""gunicorn's threaded worker as `flask serve` runs it: connections shared out, threads only for those who ask.

Left to itself a worker that is awake accepts whatever arrives: of sixteen keep-alive connections opened together now
and then all sixteen. They stay with it as long as they live, its threads fight over one interpreter, and the worker
beside it idles: a product page falls from some 2,500 to 800 requests a second. So a worker that has something to do
waits a moment before it accepts, as Puma does (`wait_for_less_busy_worker`), and one with less to do is there first.

gunicorn also hands a new connection to a thread, which waits up to five seconds for its first byte. Browsers open
connections ahead of need; eight of those would hold all threads. Here a connection waits in the poller, as a keep-alive
one does, until there is something to read.
"""

from __future__ import annotations

import selectors
import socket
import time
from functools import partial
from typing import Any, Final

from gunicorn.workers.gthread import TConn, ThreadWorker

PER_REQUEST: Final = 0.0002
"""Seconds to give way for each connection that is being answered: less than the cheapest page takes, so that no thread
waits for work because of it."""
PER_IDLE: Final = 0.00002
"""And for each that is idle: it will ask again, and of this worker only."""
MOST: Final = 0.001
"""For either kind; a machine's queue of connections is served faster than it could fill."""


class BalancedWorker(ThreadWorker):
    """Accepts when those with less to do had their chance."""

    def accept(self, listener: socket.socket) -> None:
        """Take one connection, if another worker has not, and wait for what it asks."""
        idle = len(self.keepalived_conns)
        if self.nr_conns:
            time.sleep(min(MOST, PER_IDLE * idle) + min(MOST, PER_REQUEST * (self.nr_conns - idle)))
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        connection = TConn(self.cfg, client, address, listener.getsockname())
        connection.set_timeout()
        self.pending_conns.append(connection)
        self.poller.register(
            client, selectors.EVENT_READ, partial(self.on_pending_socket_readable, connection)
        )

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        """gunicorn's line about a request that broke has its address in it, which may be somebody's key."""
        if req is not None:
            req.uri = "(address left out)"
        super().handle_error(req, client, addr, exc)

    def _cap_keepalive(self, deadline: float) -> None:
        """A stopping worker does not wait for those who have asked nothing yet."""
        super()._cap_keepalive(deadline)
        for connection in self.pending_conns:
            connection.timeout = min(connection.timeout, deadline)
