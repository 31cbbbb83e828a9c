"""A Redis of a test's own, which fails as servers do: stopped, full, read-only; and a server that never answers."""

from __future__ import annotations

import signal
import socket
import socketserver
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import RedisError
from redis.retry import Retry


class RedisServer:
    """A Redis of our own, which may be stopped, filled and made read-only. Raises RedisError if it does not start."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        options = ["--save", "", "--appendonly", "no", "--dir", str(folder), "--bind", "127.0.0.1"]
        self._process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), *options], stdout=subprocess.DEVNULL
        )
        self.client = Redis.from_url(
            self.url, retry=Retry(ConstantBackoff(0.05), 200), retry_on_error=[RedisError]
        )
        self.client.ping()

    def stop(self) -> None:
        """It takes connections and questions and answers none, as on a machine that hangs."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)
        self.client.ping()

    def fill(self) -> None:
        self.client.config_set("maxmemory-policy", "noeviction")
        self.client.config_set("maxmemory", "1")

    def make_room(self) -> None:
        self.client.config_set("maxmemory", "0")

    def become_a_replica(self) -> None:
        self.client.replicaof("127.0.0.1", 1)

    def become_the_first(self) -> None:
        self.client.replicaof("NO", "ONE")

    def miss_its_replicas(self) -> None:
        self.client.config_set("min-replicas-to-write", 1)

    def need_no_replicas(self) -> None:
        self.client.config_set("min-replicas-to-write", 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self._process.kill()
        self._process.wait()


Fault = Callable[[RedisServer], None]
FAULTS: dict[str, tuple[Fault, Fault]] = {
    "stuck": (RedisServer.stop, RedisServer.go_on),
    "full": (RedisServer.fill, RedisServer.make_room),
    "read-only": (RedisServer.become_a_replica, RedisServer.become_the_first),
    "without replicas": (RedisServer.miss_its_replicas, RedisServer.need_no_replicas),
}
"""How it begins and how it ends, by what is wrong."""


class Silent(socketserver.ThreadingTCPServer):
    """Takes connections and never answers; each sets free one of `asked`."""

    daemon_threads = True

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)
        super().__init__(("127.0.0.1", 0), _Listen)

    @property
    def redis_url(self) -> str:
        """Its address, as if it were a Redis."""
        return f"redis://127.0.0.1:{self.server_address[1]}/0"


class _Listen(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, Silent)
        self.server.asked.release()
        while self.request.recv(1024):
            pass


@contextmanager
def silent_server() -> Iterator[Silent]:
    """One on this machine."""
    with Silent() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def dead_address() -> str:
    """The address of a Redis where nothing listens."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        return f"redis://127.0.0.1:{nobody.getsockname()[1]}/0"
