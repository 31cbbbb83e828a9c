"""A person's own name, telephone and language."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.audit import Actor, record
from app.core.errors import InvalidInput
from app.core.names import checked_name

_PHONE: Final = re.compile(r"\+?[0-9]{8,15}")
_SIGNS: Final = re.compile(r"[\s.()-]+")


class BadPhone(InvalidInput):
    """What was given is no telephone number."""

    code = "bad-phone"


def checked_phone(phone: str | None) -> str | None:
    """A telephone number without spaces and dots, or None for an empty one. Raises BadPhone."""
    digits = _SIGNS.sub("", phone or "")
    if not digits:
        return None
    if not _PHONE.fullmatch(digits):
        raise BadPhone(field="phone")
    return digits


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
    user.name, user.phone, user.language = checked_name(name), checked_phone(phone), language
    record(session, "user.changed", ("user", user.id), actor=actor, now=now)
    return user
