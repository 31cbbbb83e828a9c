"""The people of the demonstration, whose passwords everybody may know. Production does not start with them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import Membership, MembershipRole, User
from app.accounts.passwords import hash_password
from app.core.audit import Actor, record
from app.core.errors import WrongState
from app.core.ids import public_id

PASSWORD: Final = "nguon-xin-chao"  # noqa: S105 - printed by `make run`
PLACE: Final = "VN34-86"
"""Vĩnh Long, into which Trà Vinh went on 1 July 2025."""


@dataclass(frozen=True)
class DemoAccount:
    """One person: log-in, role (None: a shopper) and what it is. `of`: the first or second producer, or none."""

    email: str
    name: str
    role: MembershipRole | None
    label: str
    of: str | None = None
    unit_id: str | None = None
    password: str = PASSWORD


DEMO_ACCOUNTS: Final = (
    DemoAccount("nguoimua@demo.nguon.example", "Nguyễn Thu Hà", None, "a shopper"),
    DemoAccount(
        "chucoso@demo.nguon.example",
        "Thạch Minh Tâm",
        MembershipRole.OWNER,
        "owner of a producer",
        of="first",
    ),
    DemoAccount(
        "nhanvien@demo.nguon.example",
        "Kim Thị Ngọc",
        MembershipRole.STAFF,
        "staff of the same producer",
        of="first",
    ),
    DemoAccount(
        "cosokhac@demo.nguon.example",
        "Lò Văn Pánh",
        MembershipRole.OWNER,
        "owner of another producer",
        of="second",
    ),
    DemoAccount("xuctien@demo.nguon.example", "Trần Quốc Bảo", MembershipRole.PROMOTION, "trade promotion"),
    DemoAccount(
        "canbo@demo.nguon.example",
        "Sơn Thị Lan",
        MembershipRole.OFFICER,
        "programme officer of Vĩnh Long",
        unit_id=PLACE,
    ),
    DemoAccount("quantri@demo.nguon.example", "Phạm Hải Yến", MembershipRole.ADMIN, "admin"),
)
_ADDRESSES: Final = frozenset(account.email for account in DEMO_ACCOUNTS)


class DemoAccountsPresent(WrongState):
    """A production site holds accounts whose passwords everybody knows; `addresses` names them."""

    code = "demo-accounts-present"


def is_demo_address(email: str) -> bool:
    """Whether this is the address of a person of the demonstration."""
    return email in _ADDRESSES


def create_demo_accounts(
    session: Session, *, producer_id: int, other_producer_id: int, now: dt.datetime
) -> tuple[DemoAccount, ...]:
    """Create those who are missing, in roles at these two producers. Returns the new ones.

    The caller sees to it that this is a demonstration on the embedded database.
    """
    known = set(session.scalars(sa.select(User.email).where(User.email.in_(_ADDRESSES))))
    missing = tuple(account for account in DEMO_ACCOUNTS if account.email not in known)
    password_hash = hash_password(PASSWORD) if missing else ""
    producers = {"first": producer_id, "second": other_producer_id}
    for account in missing:
        user = User(
            public_id=public_id(),
            email=account.email,
            email_confirmed_at=now,
            name=account.name,
            password_hash=password_hash,
            created_at=now,
        )
        session.add(user)
        session.flush()
        if account.role is not None:
            session.add(
                Membership(
                    user_id=user.id,
                    role=account.role,
                    producer_id=producers[account.of] if account.of else None,
                    unit_id=account.unit_id,
                    created_at=now,
                )
            )
        record(session, "user.created", ("user", user.id), actor=Actor(None, "demo"), now=now)
    return missing


def demo_accounts_present(session: Session) -> tuple[DemoAccount, ...]:
    """The people of the demonstration who can log in here, in the order of DEMO_ACCOUNTS."""
    present = set(
        session.scalars(sa.select(User.email).where(User.email.in_(_ADDRESSES), User.disabled_at.is_(None)))
    )
    return tuple(account for account in DEMO_ACCOUNTS if account.email in present)


def refuse_demo_accounts(session: Session) -> None:
    """Raise DemoAccountsPresent when a person of the demonstration could log in."""
    present = demo_accounts_present(session)
    if present:
        raise DemoAccountsPresent(addresses=[account.email for account in present])
