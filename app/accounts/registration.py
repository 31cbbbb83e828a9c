"""Opening an account: a mail first, so that the address is its owner's and no page shows whether it is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.addresses import checked_address
from app.accounts.models import User
from app.accounts.passwords import StaleLink, check_password, hash_password
from app.core.audit import Actor, record
from app.core.errors import Conflict
from app.core.ids import public_id
from app.core.names import checked_name
from app.core.outbox import send_later

LINK_LIVES: Final = dt.timedelta(hours=24)
_SALT: Final = "nguon.account-opening"


class AddressTaken(Conflict):
    """There is an account of this address already."""

    code = "address-taken"


def ask_to_register(session: Session, *, name: str, address: str, language: str, now: dt.datetime) -> None:
    """Send a mail: with a link that opens the account, or, where there is one, a note of that.

    Raises BadAddress, BadName. Nothing else is stored until the link is followed. The name is in no mail: anybody may
    have typed it, and the address has confirmed nothing.
    """
    email = checked_address(address)
    known = session.scalar(sa.select(User.id).where(User.email == email)) is not None
    claim = opening_claim(email=email, name=name, language=language, now=now)
    send_later(
        session,
        "mail",
        {
            "to": email,
            "template": "accounts/mail/known" if known else "accounts/mail/open",
            "language": language,
            "facts": {"claim": None if known else claim},
        },
        now=now,
    )


def opening_claim(*, email: str, name: str, language: str, now: dt.datetime) -> dict[str, str | int]:
    """What an opening link carries: for whom, and until when (Unix seconds). Raises BadName."""
    return {
        "email": email,
        "name": checked_name(name),
        "language": language,
        "until": int((now + LINK_LIVES).timestamp()),
    }


def opening_token(claim: Mapping[str, str | int], *, secret: str) -> str:
    """The claim, signed, for an address."""
    return str(URLSafeSerializer(secret, salt=_SALT).dumps(dict(claim)))


def address_of_token(session: Session, token: str, *, secret: str, now: dt.datetime) -> str:
    """The mail address this link may open an account for.

    Raises StaleLink: forged, older than a day, or the account is open already.
    """
    claim = _claim(token, secret=secret, now=now)
    if session.scalar(sa.select(User.id).where(User.email == claim["email"])) is not None:
        raise StaleLink
    return claim["email"]


def _claim(token: str, *, secret: str, now: dt.datetime) -> dict[str, str]:
    try:
        claim = URLSafeSerializer(secret, salt=_SALT).loads(token)
        facts = {key: str(claim[key]) for key in ("email", "name", "language")}
        until = int(claim["until"])
    except (BadData, KeyError, TypeError, ValueError):
        raise StaleLink from None
    if until < now.timestamp():
        raise StaleLink
    return facts


def open_account(session: Session, token: str, *, password: str, secret: str, now: dt.datetime) -> User:
    """Make the account that the mailed link speaks of.

    Raises StaleLink (also when the account is open already), WeakPassword.
    """
    claim = _claim(token, secret=secret, now=now)
    try:
        user = create_user(
            session,
            name=claim["name"],
            address=claim["email"],
            password=password,
            language=claim["language"],
            actor=None,
            now=now,
        )
    except AddressTaken:
        raise StaleLink from None
    return user


def create_user(
    session: Session,
    *,
    name: str,
    address: str,
    password: str,
    language: str = "vi",
    phone: str | None = None,
    actor: Actor | None,
    now: dt.datetime,
) -> User:
    """Make a person's account at once; `actor` None is the person, who came by a link mailed to the address.

    Raises BadAddress, BadName, WeakPassword, AddressTaken.
    """
    email = checked_address(address)
    check_password(password, email=email)
    if session.scalar(sa.select(User.id).where(User.email == email)) is not None:
        raise AddressTaken(field="email")
    user = User(
        public_id=public_id(),
        email=email,
        email_confirmed_at=now if actor is None else None,
        name=checked_name(name),
        phone=phone,
        password_hash=hash_password(password),
        language=language,
        created_at=now,
    )
    session.add(user)
    try:
        session.flush()
    except IntegrityError:  # a second click in the same moment was first
        raise AddressTaken(field="email") from None
    record(session, "user.created", ("user", user.id), actor=actor or Actor(user.id, user.name), now=now)
    return user
