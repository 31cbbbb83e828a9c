"""Sessions of people who are logged in: a row for each log-in, opened, seen, ended. Guests have none."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.devices import device_of
from app.accounts.models import LoginSession, User
from app.core.errors import NotFound

IDLE: Final = dt.timedelta(days=30)
"""A session that nobody used for this long is over."""
SEEN_EVERY: Final = dt.timedelta(hours=1)
"""When a session was last used is written down no oftener than this."""


@dataclass(frozen=True)
class Device:
    """A browser in which the person is logged in; `here` is the one that asks."""

    id: int
    browser: str
    system: str
    since: dt.datetime
    seen_at: dt.datetime
    here: bool


def token_hash(token: str) -> str:
    """What is stored of a session's token: who reads the database cannot use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(session: Session, user_id: int, *, user_agent: str, now: dt.datetime) -> str:
    """Begin a session and note when the person came; returns the token, which only the browser keeps."""
    token = secrets.token_urlsafe(32)
    browser, system = device_of(user_agent)
    session.add(
        LoginSession(
            user_id=user_id,
            token_hash=token_hash(token),
            browser=browser,
            system=system,
            created_at=now,
            seen_at=now,
        )
    )
    session.get_one(User, user_id).last_login_at = now
    session.flush()
    return token


def note_seen(session: Session, session_id: int, *, now: dt.datetime) -> None:
    """Write down that the session is in use."""
    session.execute(sa.update(LoginSession).where(LoginSession.id == session_id).values(seen_at=now))


def end_by_token(session: Session, token: str) -> None:
    """End the session of this token; a copy of its cookie is worth nothing from now on."""
    session.execute(sa.delete(LoginSession).where(LoginSession.token_hash == token_hash(token)))


def end_one(session: Session, session_id: int, *, user_id: int) -> None:
    """End a session of one's own. Raises NotFound for another person's and for one that is over."""
    ended = session.execute(
        sa.delete(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.user_id == user_id)
        .returning(LoginSession.id)
    )
    if ended.scalar() is None:
        raise NotFound


def end_all(session: Session, user_id: int, *, but: int | None = None) -> None:
    """End every session of a person, but for the one with the id `but`."""
    ending = sa.delete(LoginSession).where(LoginSession.user_id == user_id)
    session.execute(ending if but is None else ending.where(LoginSession.id != but))


def log_everybody_out(session: Session) -> None:
    """End every session of everybody: after a theft, or after a restore, which brings back sessions ended since."""
    session.execute(sa.delete(LoginSession))


def devices(session: Session, user_id: int, *, here: int, now: dt.datetime) -> list[Device]:
    """Where a person is logged in: the browser that asks first, then the one used last."""
    rows = session.scalars(
        sa.select(LoginSession)
        .where(LoginSession.user_id == user_id, LoginSession.seen_at > now - IDLE)
        .order_by(LoginSession.id != here, LoginSession.seen_at.desc(), LoginSession.id.desc())
    )
    return [
        Device(row.id, row.browser, row.system, row.created_at, row.seen_at, row.id == here) for row in rows
    ]


def forget_idle(session: Session, *, now: dt.datetime) -> None:
    """Drop the rows of sessions that idleness has ended."""
    session.execute(sa.delete(LoginSession).where(LoginSession.seen_at <= now - IDLE))
