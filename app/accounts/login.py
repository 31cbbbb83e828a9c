"""Logging in: first the password, then, from who has set it up, a code (`second_factor`)."""

from __future__ import annotations

import datetime as dt
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.addresses import folded_address
from app.accounts.demo import is_demo_address
from app.accounts.models import User
from app.accounts.passwords import fingerprint, hash_password, matches, outdated
from app.core.errors import InvalidInput

HALF_WAY_LIVES: Final = dt.timedelta(minutes=5)
"""How long after the password the code may be given."""
HalfWay = tuple[str, int, str]
"""Who gave the password, until when (Unix seconds) the code is waited for, and the sign of that password.

It lies in the signed cookie of the browser that gave the password, and nowhere else.
"""


class WrongCredentials(InvalidInput):
    """Address and password do not belong together. Which of them is at fault is not revealed."""

    code = "wrong-credentials"


def recognise(session: Session, *, address: str, password: str, demo: bool) -> User:
    """Whose address and password these are. It takes as long when nobody has the address.

    `demo`: accounts of the demonstration, whose passwords are printed, may be used.
    Raises WrongCredentials; also for a disabled person.
    """
    email = folded_address(address)
    user = session.scalar(sa.select(User).where(User.email == email))
    right = matches(user.password_hash if user else None, password)
    if user is None or not right or user.disabled_at is not None or (is_demo_address(email) and not demo):
        raise WrongCredentials
    return user


def renew_hash(session: Session, user_id: int, *, password: str) -> None:
    """Hash the password, which was right, anew when the parameters of hashing have changed."""
    user = session.get_one(User, user_id)
    if outdated(user.password_hash) and matches(user.password_hash, password):
        user.password_hash = hash_password(password)


def half_way(user: User, *, now: dt.datetime) -> HalfWay:
    """The state of a log-in whose password was right and whose code is still missing."""
    return user.public_id, int((now + HALF_WAY_LIVES).timestamp()), fingerprint(user)


def user_half_way(session: Session, state: HalfWay | None, *, now: dt.datetime) -> User | None:
    """Whose code is waited for; None when it took too long, or the account or its password has changed since."""
    if state is None or state[1] < now.timestamp():
        return None
    user = session.scalar(sa.select(User).where(User.public_id == state[0], User.disabled_at.is_(None)))
    return user if user is not None and state[2] == fingerprint(user) else None
