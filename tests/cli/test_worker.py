"""The server as `flask serve` sets it: idle connections cost nobody a thread, and no worker takes them all."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from gunicorn.config import Config

from app.cli.serve import GUNICORN
from app.cli.supervision import die_with_parent

ROOT = Path(__file__).resolve().parents[2]
WORKERS, THREADS = 2, 4
PATIENCE = 4
"""Seconds until a request counts as not answered: fewer than gunicorn's own five, for which it would hold a thread."""


@contextmanager
def gunicorn(
    app: str = "app", *options: str, said: Path = Path(os.devnull)
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A server on a port of its own; the socket listens before it starts, so that nobody has to wait for it."""
    with said.open("wb") as out, closing(socket.create_server(("127.0.0.1", 0), backlog=512)) as listener:
        command = [sys.executable, "-m", "gunicorn", *GUNICORN.split(), "--log-level", "error", *options]
        process = subprocess.Popen(
            [*command, "--bind", f"fd://{listener.fileno()}", f"tests.cli.answering:{app}"],
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            pass_fds=(listener.fileno(),),
            preexec_fn=die_with_parent,  # noqa: PLW1509 - no thread of this process runs then
        )
        try:
            port: int = listener.getsockname()[1]
            if app == "app":
                until_every_worker_answers(port)
            yield port, process
        finally:
            process.kill()
            process.wait()


def until_every_worker_answers(port: int) -> None:
    seen: set[str] = set()
    deadline = time.monotonic() + 60
    while len(seen) < WORKERS:
        assert time.monotonic() < deadline, seen
        with closing(visitor(port, timeout=60)) as connection:
            seen.add(ask(connection))


@pytest.fixture
def port() -> Iterator[int]:
    with gunicorn() as (number, _):
        yield number


def visitor(port: int, timeout: float = PATIENCE) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)


def ask(connection: http.client.HTTPConnection) -> str:
    """Which worker answers."""
    connection.request("GET", "/")
    with connection.getresponse() as answer:
        assert answer.status == 200
        return answer.read().decode()


def silent(port: int, count: int, stack: ExitStack) -> None:
    """Connections that were opened ahead of need, as browsers do, and ask nothing."""
    for _ in range(count):
        stack.enter_context(closing(socket.create_connection(("127.0.0.1", port))))


def test_connections_that_ask_nothing_do_not_keep_a_visitor_waiting(port: int) -> None:
    with ExitStack() as stack:
        silent(port, 5 * WORKERS * THREADS, stack)
        assert ask(stack.enter_context(closing(visitor(port))))


def test_many_idle_connections_are_kept_and_each_is_answered_again(port: int) -> None:
    with ExitStack() as stack:
        visitors = [stack.enter_context(closing(visitor(port))) for _ in range(100)]
        first = [ask(visitor) for visitor in visitors]
        sockets = [visitor.sock for visitor in visitors]
        assert ask(stack.enter_context(closing(visitor(port))))
        assert [ask(visitor) for visitor in visitors] == first, "a connection stays with its worker"
        assert [visitor.sock for visitor in visitors] == sockets, "no connection was closed and opened again"


def test_connections_opened_together_are_shared_out(port: int) -> None:
    with ExitStack() as stack:
        visitors = [stack.enter_context(closing(visitor(port))) for _ in range(16)]
        for connection in visitors:
            connection.request("GET", "/")
        answered = {connection.getresponse().read() for connection in visitors}
    assert len(answered) == WORKERS


def test_a_stop_does_not_wait_for_connections_that_ask_nothing() -> None:
    with gunicorn() as (port, process), ExitStack() as stack:
        silent(port, 3, stack)
        ask(stack.enter_context(closing(visitor(port))))
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0, "sooner than --graceful-timeout would end it"


def test_an_idle_connection_is_kept_longer_than_proxies_and_browsers_keep_it() -> None:
    """nginx keeps one to the site for 60 s, load balancers 60 s, Firefox 115 s: none may find it closed."""
    chosen = vars(Config().parser().parse_args(GUNICORN.split()))
    assert chosen["keepalive"] > 115
    assert chosen["workers"] == WORKERS
    assert chosen["threads"] == THREADS
    # A process has 1,024 descriptors as a rule; SQLite, the index and the journal need theirs.
    assert chosen["worker_connections"] <= 900


def test_neither_the_log_of_faults_nor_that_of_requests_has_an_address_in_it(tmp_path: Path) -> None:
    log = tmp_path / "said.txt"
    with (
        gunicorn("broken", "--access-logfile", "-", said=log) as (port, _),
        closing(visitor(port, 60)) as who,
    ):
        who.request(
            "GET", "/password/reset/eyJ1c2VyIjoi?next=/orders/7K4M9XQ2", headers={"Referer": "/t/7K4M9XQ2"}
        )
        assert who.getresponse().status == 500
    text = log.read_text()
    assert "Error handling request GET" in text and "RuntimeError: broken" in text
    assert "|GET|500|" in text
    assert "eyJ1c2VyIjoi" not in text and "7K4M9XQ2" not in text
