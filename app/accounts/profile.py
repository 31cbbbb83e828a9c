"""A person's own name, telephone and language."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.audit import Actor, record
from app.core.names import checked_name
from app.core.phones import read_phone, written_phone
from app.core.text import clean_line


def change_profile(
    session: Session,
    user_id: int,
    *,
    name: str,
    phone: str | None,
    language: str,
    actor: Actor,
    now: dt.datetime,
) -> User:
    """Save name, telephone and the language of mails. Raises BadName, BadPhone."""
    user = session.get_one(User, user_id)
    typed, known = clean_line(phone or ""), user.phone or ""
    # A number that former rules took stays until another one is typed.
    if typed not in (known, written_phone(known)):
        user.phone = read_phone(typed) if typed else None
    user.name, user.language = checked_name(name), language
    record(session, "user.changed", ("user", user.id), actor=actor, now=now)
    return user
