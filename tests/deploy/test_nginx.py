"""What nginx does with a request whose server fails: deploy/nginx.conf before two servers of a few lines."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.deploy.browser import Browser
from tests.deploy.front import need, start_nginx
from tests.deploy.machines import free_port

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
SECRET = "0123456789abcdef"


class Stub:
    """A server that takes whole requests, remembers them, and answers or hangs up."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.asked: list[str] = []
        self.answers = True
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as reading:
                head = [line for line in iter(reading.readline, b"\r\n") if line]
                if not head:
                    continue
                length = next(
                    (int(line.split(b":")[1]) for line in head if line.lower().startswith(b"content-length")),
                    0,
                )
                reading.read(length)
                self.asked.append(b"".join(head).decode())
                if self.answers:
                    connection.sendall(ANSWER)

    def lines(self) -> list[str]:
        """The first line of each request but nginx's own first look."""
        return [asked.splitlines()[0] for asked in self.asked if "/healthz" not in asked.splitlines()[0]]


class Front:
    """nginx and the two."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.servers = [Stub(), Stub()]
        for server in self.servers:
            stack.enter_context(closing(server.listener))
        front, plain = free_port(), free_port()
        ports = [server.port for server in self.servers]
        start_nginx(stack, folder, front=front, plain=plain, servers=ports)
        self.browser = Browser(f"https://127.0.0.1:{front}")

    def asked(self) -> list[str]:
        """What both were asked."""
        return [line for server in self.servers for line in server.lines()]


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    need(nginx="nginx", openssl="openssl")
    with ExitStack() as stack:
        yield Front(tmp_path, stack)


def test_a_get_whose_server_hangs_up_is_answered_by_the_other(front: Front) -> None:
    front.servers[0].answers = False
    assert {front.browser.get("/products").status for _ in range(4)} == {200}
    assert "GET /products HTTP/1.1" in front.servers[0].lines(), "it was asked, and hung up"


def test_a_form_whose_server_hangs_up_is_sent_to_no_other(front: Front) -> None:
    for server in front.servers:
        server.answers = False
    answer = front.browser.post("/checkout", {"token": SECRET})
    assert answer.status == 502
    assert front.asked() == ["POST /checkout HTTP/1.1"]
    assert "Xem lại trước khi gửi lần nữa" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_form_whose_server_takes_no_connection_goes_to_the_other(front: Front) -> None:
    front.servers[0].listener.close()
    assert {front.browser.post("/checkout", {"token": SECRET}).status for _ in range(4)} == {200}
    assert front.asked() == ["POST /checkout HTTP/1.1"] * 4


def test_what_a_visitor_claims_of_the_way_is_replaced(front: Front) -> None:
    front.browser.claims = {
        "X-Forwarded-For": "1.2.3.4",
        "X-Forwarded-Proto": "http",
        "X-Request-Id": "forged-id",
    }
    front.browser.get("/products")
    (head,) = [asked for server in front.servers for asked in server.asked if "GET /products" in asked]
    assert "X-Forwarded-For: 127.0.0.1\r\n" in head and "X-Forwarded-Proto: https\r\n" in head
    assert "1.2.3.4" not in head and "forged-id" not in head


def test_metrics_are_for_those_inside_and_an_upload_may_have_64_mb(front: Front) -> None:
    assert front.browser.get("/metrics").status == 200, "this test comes from 127.0.0.1"
    assert front.browser.post("/photos", {"photo": "x" * 2**21}).status == 200
    assert front.browser.post("/photos", {"photo": "x" * (65 * 2**20)}).status == 413


def test_no_log_has_an_address_in_it_even_when_servers_fail(front: Front) -> None:
    for server in front.servers:
        server.answers = False
    for path in (f"/orders/{SECRET}", f"/t/{SECRET}?x={SECRET}"):
        assert front.browser.get(path).status == 502
    for server in front.servers:
        server.listener.close()
    assert front.browser.get(f"/password/reset/{SECRET}").status == 502
    said = {path.name: path.read_text() for path in front.folder.iterdir() if path.suffix in (".log", ".txt")}
    assert said["nguon.log"].count('"status":502') == 3
    assert [name for name, text in said.items() if SECRET in text] == []
