"""Mail leaves by the outbox, once or twice but always as the same message."""

from __future__ import annotations

import contextlib
import datetime as dt
import socketserver
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from huey import Huey
from sqlalchemy.orm import Session

from app.core import clock, jobs, outbox
from app.core.db import atomic
from app.core.outbox import OutboxMessage, send_later
from app.core.parts import part
from app.web import mail
from app.web.mail import deliver
from config import Settings
from tests.factories.outbox import delivered, text_of


def queue_mail(now: dt.datetime, *, language: str = "vi", to: str = "lan@thu.example") -> None:
    """Queue the mail with which a person sets a new password."""
    with atomic() as session:
        send_later(
            session,
            "mail",
            {
                "to": to,
                "template": "accounts/mail/reset",
                "language": language,
                "facts": {"name": "Lan & Sơn", "claim": {"user": "x", "until": 0, "for": "y"}},
            },
            now=now,
        )


def test_a_mail_becomes_a_file(session: Session, settings: Settings, now: dt.datetime) -> None:
    queue_mail(now)
    (mail,) = delivered(settings)
    assert mail["To"] == "lan@thu.example"
    assert mail["From"] == settings.mail_from
    assert mail["Subject"] == "Đặt mật khẩu mới trên Nguồn"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    text = text_of(mail)
    assert "Chào Lan & Sơn," in text
    assert "http://localhost/password/reset/" in text
    assert not list((settings.data_dir / "outbox").glob("*.part"))


def test_links_come_from_the_settings_not_from_the_visitor(
    make_app: Callable[..., Flask], now: dt.datetime
) -> None:
    app = make_app(BASE_URL="https://cho.example/nguon")
    app.test_client().post("/register", headers={"Host": "evil.example"})
    with app.app_context():
        queue_mail(now)
        (mail,) = delivered(part(Settings, app))
    assert "https://cho.example/nguon/password/reset/" in text_of(mail)
    assert mail["Message-ID"].endswith("@cho.example>")


def test_the_same_outbox_row_has_the_same_message_id(
    session: Session, settings: Settings, now: dt.datetime
) -> None:
    queue_mail(now)
    (first,) = delivered(settings)
    message = session.scalars(sa.select(OutboxMessage)).one()
    deliver(message)
    (second,) = delivered(settings)
    assert first["Message-ID"] == second["Message-ID"]
    queue_mail(now)
    assert len({mail["Message-ID"] for mail in delivered(settings)}) == 2


def test_a_mail_is_in_the_receivers_language_whatever_the_request(
    app: Flask, settings: Settings, now: dt.datetime
) -> None:
    with app.test_request_context("/?lang=en"):
        queue_mail(now, language="vi")
        assert "Chào" in text_of(delivered(settings)[0])
        from app.web.language import language

        assert language() == "en"


def test_the_console_shows_the_mail(
    make_app: Callable[..., Flask], now: dt.datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    with make_app(MAIL_URL="console:").app_context():
        queue_mail(now)
        outbox.sweep()
    shown = capsys.readouterr().err
    assert "mail to lan@thu.example: Đặt mật khẩu mới trên Nguồn" in shown
    assert "/password/reset/" in shown


class Post(socketserver.StreamRequestHandler):
    """A small mail server: takes messages, offers log-in, refuses one receiver, knows no encryption."""

    def handle(self) -> None:
        self.reply("220 ready")
        while line := self.rfile.readline().decode().strip():
            command = line.upper()
            self.server.heard.append(line)  # type: ignore[attr-defined]
            if command.startswith("EHLO"):
                self.reply("250-here\r\n250-AUTH PLAIN\r\n250-SMTPUTF8\r\n250 8BITMIME")
            elif command.startswith("AUTH"):
                self.reply("235 come in")
            elif command.startswith("RCPT") and "NOBODY" in command:
                self.reply("550 no such person")
            elif command == "DATA":
                self.reply("354 go on")
                self.take()
            elif command == "QUIT":
                self.reply("221 bye")
                return
            else:
                self.reply("250 fine")

    def take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        self.server.messages.append(b"".join(lines))  # type: ignore[attr-defined]
        self.reply("250 taken")

    def reply(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def post() -> Iterator[Any]:
    """A mail server on this machine; `messages` it took, lines it `heard`."""

    class Server(socketserver.ThreadingTCPServer):
        messages: list[bytes] = []
        heard: list[str] = []

    with Server(("127.0.0.1", 0), Post) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_mail_goes_out_by_smtp(make_app: Callable[..., Flask], post: Any, now: dt.datetime) -> None:
    port = post.server_address[1]
    with make_app(MAIL_URL=f"smtp://nguon:m%40t@127.0.0.1:{port}").app_context():
        queue_mail(now)
        outbox.sweep()
    (message,) = post.messages
    assert b"To: lan@thu.example" in message
    assert any(line.startswith("AUTH PLAIN") for line in post.heard)


def test_a_refused_mail_is_tried_again_later(
    make_app: Callable[..., Flask], post: Any, session: Session, now: dt.datetime
) -> None:
    port = post.server_address[1]
    with make_app(MAIL_URL=f"smtp://127.0.0.1:{port}").app_context():
        queue_mail(now, to="nobody@thu.example")
        assert outbox.sweep() == 1
        assert outbox.sweep() == 0
        clock.start_clock(now + dt.timedelta(minutes=1))
        assert outbox.sweep() == 1
    message = session.scalars(sa.select(OutboxMessage)).one()
    assert message.done_at is None
    assert message.attempts == 2
    assert "550" in (message.last_error or "")


def test_a_server_that_does_not_answer_costs_nothing_but_time(
    make_app: Callable[..., Flask], session: Session, now: dt.datetime
) -> None:
    for address in ("smtp://127.0.0.1:9", "smtps://127.0.0.1:9"):
        with make_app(MAIL_URL=address).app_context():
            queue_mail(now)
            outbox.sweep()
    errors = list(session.scalars(sa.select(OutboxMessage.last_error)))
    assert len(errors) == 2
    assert all(error and "refused" in error.lower() for error in errors)


@pytest.fixture
def hanging() -> Iterator[Any]:
    """A mail server that says what its `says` has and then, while its `drips` is set, a byte now and then."""

    class Hanging(socketserver.ThreadingTCPServer):
        daemon_threads = True
        says = b""
        drips = False
        over = threading.Event()

    class Talk(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(self.server.says)  # type: ignore[attr-defined]
            while not self.server.over.wait(0.01):  # type: ignore[attr-defined]
                if self.server.drips:  # type: ignore[attr-defined]
                    with contextlib.suppress(OSError):
                        self.request.sendall(b"2")

    with Hanging(("127.0.0.1", 0), Talk) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("says", [b"", b"220 ready\r\n"])
def test_a_server_that_hangs_fails_its_mail_and_keeps_nothing_else_waiting(
    make_app: Callable[..., Flask],
    hanging: Any,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    says: bytes,
) -> None:
    now = clock.now()
    hanging.says = says
    monkeypatch.setattr(mail, "TIMEOUT", 0.05)
    monkeypatch.setattr(outbox, "BUDGET_SECONDS", 0.05)
    handled: list[int] = []
    outbox.handler("other")(lambda message: handled.append(message.id))
    site = make_app(MAIL_URL=f"smtp://127.0.0.1:{hanging.server_address[1]}")
    with site.app_context():
        for _ in range(5):
            queue_mail(now)
        with atomic() as writing:
            send_later(writing, "other", {}, now=now)
        outbox.sweep()
        outbox._handlers.pop("other")
        jobs.consume(part(Huey, site), part(Settings, site), once=True)
    assert len(handled) == 1
    tried = list(session.scalars(sa.select(OutboxMessage.last_error).where(OutboxMessage.attempts > 0)))
    assert tried.count(None) == 1 and len(tried) == 3  # one mail uses up the time of all mails in a sweep
    checks = site.test_client().get("/readyz")
    assert checks.status_code == 200, checks.text
    mails = checks.get_json()["checks"]["outbox"]["mail"]
    assert mails["failing"] >= 1 and mails["waiting"] >= 1
    assert (
        f'nguon_outbox_failing{{kind="mail"}} {float(mails["failing"])}'
        in site.test_client().get("/metrics").text
    )


def test_a_server_that_drips_is_hung_up_on(
    make_app: Callable[..., Flask],
    hanging: Any,
    session: Session,
    now: dt.datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hanging.says, hanging.drips = b"220 ready\r\n", True
    monkeypatch.setattr(mail, "DEADLINE", 0.1)
    with make_app(MAIL_URL=f"smtp://127.0.0.1:{hanging.server_address[1]}").app_context():
        queue_mail(now)
        outbox.sweep()
    message = session.scalars(sa.select(OutboxMessage)).one()
    assert message.done_at is None and message.last_error is not None


def test_a_receiver_cannot_add_lines_to_the_head(session: Session, now: dt.datetime) -> None:
    queue_mail(now, to="a@thu.example\nBcc: all@thu.example")
    outbox.sweep()
    message = session.scalars(sa.select(OutboxMessage)).one()
    assert message.done_at is None
    assert "ValueError" in (message.last_error or "")
