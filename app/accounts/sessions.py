"""Logging in."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.addresses import folded_address
from app.accounts.demo import is_demo_address
from app.accounts.models import User
from app.accounts.passwords import hash_password, matches, outdated
from app.core.errors import InvalidInput


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


def note_login(session: Session, user_id: int, *, password: str, now: dt.datetime) -> None:
    """Remember when the person came, and hash the password anew when the parameters of hashing have changed."""
    user = session.get_one(User, user_id)
    user.last_login_at = now
    if outdated(user.password_hash) and matches(user.password_hash, password):
        user.password_hash = hash_password(password)
