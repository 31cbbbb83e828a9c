"""Passwords: how they are stored, which are accepted, and how a forgotten one is replaced."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import unicodedata
from collections.abc import Mapping
from typing import Final, Literal

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.orm import Session

from app.accounts.addresses import checked_address
from app.accounts.common_passwords import COMMON
from app.accounts.models import User
from app.accounts.sessions import end_all
from app.core.audit import Actor, record
from app.core.errors import InvalidInput, NotAllowed, NotFound
from app.core.outbox import send_later

SHORTEST: Final = 10
LONGEST: Final = 200
LINK_LIVES: Final = dt.timedelta(hours=1)
_SALT: Final = "nguon.password-reset"
# OWASP Password Storage Cheat Sheet, Argon2id: 19 MiB of memory, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class WeakPassword(InvalidInput):
    """The password cannot be taken; `reason` is short, long, common or address, `least` and `most` the lengths."""

    code = "weak-password"

    def __init__(self, reason: Literal["short", "long", "common", "address"]) -> None:
        super().__init__(field="password", reason=reason, least=SHORTEST, most=LONGEST)
        self.reason = reason


class WrongPassword(NotAllowed):
    """The present password was not the one given."""

    code = "wrong-password"


class StaleLink(NotFound):
    """A link that is forged, older than it may be, or used."""

    code = "stale-link"


def _written(password: str) -> str:
    """One form for one password: keyboards write "ế" as one sign or as three."""
    return unicodedata.normalize("NFC", password)


def hash_password(password: str) -> str:
    """Argon2id, with its parameters and salt in the text."""
    return _hasher.hash(_written(password))


@functools.cache
def _nobodys_hash() -> str:
    return hash_password("a password that opens nothing")


def matches(password_hash: str | None, password: str) -> bool:
    """Whether this is the password. Without a hash (nobody has that address) it takes as long, and it is not."""
    try:
        _hasher.verify(password_hash or _nobodys_hash(), _written(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def check_password(password: str, *, email: str) -> None:
    """Refuse a password that is too short or too long, among the commonest, or the address itself.

    Raises WeakPassword.
    """
    written = _written(password)
    if len(written) < SHORTEST:
        raise WeakPassword("short")
    if len(written) > LONGEST:
        raise WeakPassword("long")
    lowered = written.lower()
    if lowered in COMMON or len(set(lowered)) <= 2:
        raise WeakPassword("common")
    if lowered in (email.lower(), email.lower().partition("@")[0]):
        raise WeakPassword("address")


def _set(session: Session, user: User, password: str, *, but: int | None = None) -> None:
    check_password(password, email=user.email)
    user.password_hash = hash_password(password)
    user.session_epoch += 1
    end_all(session, user.id, but=but)


def require_password(user: User, password: str, *, field: str) -> None:
    """Refuse an act that asks for the present password once more. Raises WrongPassword at the field."""
    if not matches(user.password_hash, password):
        raise WrongPassword(field=field)


def change_password(
    session: Session,
    user_id: int,
    *,
    present: str,
    new: str,
    session_id: int,
    actor: Actor,
    now: dt.datetime,
) -> User:
    """Replace one's own password; every session but `session_id`, the caller's, is over.

    Raises WrongPassword, WeakPassword.
    """
    user = session.get_one(User, user_id, with_for_update=True)
    require_password(user, present, field="present")
    _set(session, user, new, but=session_id)
    record(session, "password.changed", ("user", user.id), actor=actor, now=now)
    return user


def ask_for_reset(session: Session, address: str, *, language: str, now: dt.datetime) -> None:
    """Send a mail with a link to the person of this address, or one that there is no such account.

    The row in the outbox holds what the link proves, not the link: who reads the database cannot use it.
    Raises BadAddress.
    """
    email = checked_address(address)
    user = session.scalar(sa.select(User).where(User.email == email, User.disabled_at.is_(None)))
    facts = {"name": user.greeting_name, "claim": reset_claim(user, now=now)} if user else {}
    send_later(
        session,
        "mail",
        {
            "to": email,
            "template": "accounts/mail/reset" if user else "accounts/mail/stranger",
            "language": user.language if user else language,
            "facts": facts,
        },
        now=now,
    )


def reset_claim(user: User, *, now: dt.datetime) -> dict[str, str | int]:
    """What a reset link carries: for whom, until when (Unix seconds), and for which password."""
    return {
        "user": user.public_id,
        "until": int((now + LINK_LIVES).timestamp()),
        "for": fingerprint(user),
    }


def fingerprint(user: User) -> str:
    """A sign of the present password: what was begun before it changed is not gone on with."""
    return hashlib.sha256(f"{user.session_epoch}:{user.password_hash}".encode()).hexdigest()[:32]


def reset_token(claim: Mapping[str, str | int], *, secret: str) -> str:
    """The claim, signed, for an address."""
    return str(URLSafeSerializer(secret, salt=_SALT).dumps(dict(claim)))


def user_of_token(session: Session, token: str, *, secret: str, now: dt.datetime) -> User:
    """Whose password this link may replace.

    Raises StaleLink: forged, older than an hour, or the password has changed since (so a link works once).
    """
    try:
        claim = URLSafeSerializer(secret, salt=_SALT).loads(token)
        public_id, until, given = str(claim["user"]), int(claim["until"]), str(claim["for"])
    except (BadData, KeyError, TypeError, ValueError):
        raise StaleLink from None
    user = session.scalar(
        sa.select(User)
        .where(User.public_id == public_id, User.disabled_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if user is None or until < now.timestamp() or given != fingerprint(user):
        raise StaleLink
    return user


def reset_password(session: Session, token: str, *, new: str, secret: str, now: dt.datetime) -> User:
    """Replace a forgotten password by the link that was mailed, which also confirms the address; every session is over.

    Raises StaleLink, WeakPassword.
    """
    user = user_of_token(session, token, secret=secret, now=now)
    _set(session, user, new)
    user.email_confirmed_at = user.email_confirmed_at or now
    record(session, "password.reset", ("user", user.id), actor=Actor(user.id, user.name), now=now)
    return user
