"""Promises and what came of them."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

from app.core import outbox
from config import Settings


def delivered(settings: Settings) -> list[EmailMessage]:
    """Do what the outbox promised and read the mails that lie in the folder, oldest first."""
    outbox.sweep()
    folder = settings.data_dir / "outbox"
    return [
        email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        for file in sorted(folder.glob("*.eml"))
    ]


def text_of(mail: EmailMessage) -> str:
    """The plain words of a mail."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())
