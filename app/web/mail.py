"""Mail leaves through the outbox: `send_later(session, "mail", {...})`, and this file delivers it.

A payload has `to` (an address), `template` (a name under templates/ without ending), `language` ('vi' or 'en') and
`facts` (what the template is given, as JSON). `<template>.txt` has a block `subject` and extends layouts/mail.txt; it
is the whole message, plain text. Links by `url_for(…, _external=True)` come from BASE_URL. Delivery may happen twice;
the Message-ID, made from the outbox row, is the same both times.
"""

from __future__ import annotations

import contextvars
import email.policy
import email.utils
import smtplib
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from flask import Flask, current_app, g, render_template

from app.core.db import outside_atomic
from app.core.outbox import OutboxMessage, handler
from app.core.parts import part
from config import Settings

TIMEOUT = 20
"""Seconds that a mail server has for each answer."""
DEADLINE = 60
"""Seconds that it has for a whole mail, however it drips: half a lease of the outbox."""
LOCAL = ("localhost", "127.0.0.1", "::1")
_POLICY = email.policy.SMTP


class UnsafeMail(Exception):  # noqa: N818 - named after what it says
    """The mail server takes a password over a line that is not encrypted."""


@handler("mail")
def deliver(message: OutboxMessage) -> None:
    """Write the mail of this outbox row and give it to the transport of MAIL_URL."""
    outside_atomic("mail")
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    # In a context of its own, so that language and links are those of the receiver, not of who happens to sweep.
    mail = contextvars.Context().run(compose, app, message)
    settings: Settings = part(Settings, app)
    address = urlsplit(settings.mail_url)
    _TRANSPORTS[address.scheme](mail, address, message)


def compose(app: Flask, message: OutboxMessage) -> EmailMessage:
    """The mail of an outbox row, written in the receiver's language."""
    settings: Settings = part(Settings, app)
    payload = message.payload
    host = urlsplit(settings.base_url).hostname or "localhost"
    mail = EmailMessage(policy=_POLICY)
    with app.test_request_context("/", base_url=settings.base_url):
        g.language = payload["language"]
        facts: dict[str, Any] = {**payload["facts"], "base_url": settings.base_url, "to": payload["to"]}
        template = app.jinja_env.get_template(f"{payload['template']}.txt")
        context = template.new_context({**facts, "lang": g.language})
        mail["Subject"] = " ".join("".join(template.blocks["subject"](context)).split())
        mail["From"] = settings.mail_from
        mail["To"] = payload["to"]
        mail["Date"] = email.utils.format_datetime(message.created_at)
        mail["Message-ID"] = f"<nguon-{message.id}-{int(message.created_at.timestamp())}@{host}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(render_template(f"{payload['template']}.txt", **facts).strip() + "\n")
    return mail


def _into_folder(mail: EmailMessage, address: SplitResult, message: OutboxMessage) -> None:
    folder = Path(unquote(address.path))
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{message.id:08d}.eml"
    unfinished = file.with_suffix(".part")
    unfinished.write_bytes(mail.as_bytes())
    unfinished.replace(file)


def _to_console(mail: EmailMessage, address: SplitResult, message: OutboxMessage) -> None:
    sys.stderr.write(f"\n--- mail to {mail['To']}: {mail['Subject']}\n{mail.get_content()}---\n")
    sys.stderr.flush()


def _by_smtp(mail: EmailMessage, address: SplitResult, message: OutboxMessage) -> None:
    """`smtp://user:password@host:port` uses TLS where the server offers it; `smtps://` from the first byte."""
    host = address.hostname or "localhost"
    tls = ssl.create_default_context()
    server: smtplib.SMTP
    if address.scheme == "smtps":
        server = smtplib.SMTP_SSL(host, address.port or 465, timeout=TIMEOUT, context=tls)
    else:
        server = smtplib.SMTP(host, address.port or 25, timeout=TIMEOUT)
    with server, _deadline(server):
        encrypted = address.scheme == "smtps"
        server.ehlo()
        if not encrypted and server.has_extn("starttls"):
            server.starttls(context=tls)
            encrypted = True
        if address.username:
            if not encrypted and host not in LOCAL:
                raise UnsafeMail(f"{host} offers no encryption, so the password of MAIL_URL was not sent")
            server.login(unquote(address.username), unquote(address.password or ""))
        server.send_message(mail)


@contextmanager
def _deadline(server: smtplib.SMTP) -> Iterator[None]:
    """End the talk after DEADLINE: smtplib waits TIMEOUT for each few bytes, so one that drips would never end."""

    def hang_up() -> None:
        if server.sock is not None:
            server.sock.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(DEADLINE, hang_up)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


Transport = Callable[[EmailMessage, SplitResult, OutboxMessage], None]
_TRANSPORTS: dict[str, Transport] = {
    "file": _into_folder,
    "console": _to_console,
    "smtp": _by_smtp,
    "smtps": _by_smtp,
}
