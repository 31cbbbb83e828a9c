"""People."""

from __future__ import annotations

import datetime as dt
import functools

from sqlalchemy.orm import Session

from app.accounts.models import Membership, MembershipRole, StaffInvitation, User
from app.accounts.passwords import hash_password
from app.catalogue.models import Producer
from app.core import clock
from app.core.ids import public_id
from tests.factories.keeping import keep, number, together
from tests.factories.places import VINH_LONG

PASSWORD = "mười hai con giáp"
"""The password of every person created here who is given no other."""


@functools.cache
def _hash(password: str) -> str:
    return hash_password(password)


def make_user(
    session: Session,
    *,
    email: str | None = None,
    name: str = "Nguyễn Thị Lan",
    phone: str | None = None,
    password: str = PASSWORD,
    language: str = "vi",
    now: dt.datetime | None = None,
    disabled_at: dt.datetime | None = None,
) -> User:
    """A shopper: a person without a membership."""
    return keep(
        session,
        User(
            public_id=public_id(),
            email=email or f"nguoi{number()}@thu.example",
            name=name,
            phone=phone,
            password_hash=_hash(password),
            language=language,
            created_at=now or clock.now(),
            disabled_at=disabled_at,
        ),
    )


def make_membership(
    session: Session,
    user: User,
    role: str,
    *,
    producer: Producer | None = None,
    unit_id: str | None = None,
    now: dt.datetime | None = None,
) -> Membership:
    """Give a person a role: owner or staff of a producer, promotion, officer of a unit, admin."""
    return keep(
        session,
        Membership(
            user_id=user.id,
            role=role,
            producer_id=producer.id if producer else None,
            unit_id=unit_id,
            created_at=now or clock.now(),
        ),
    )


@together
def make_owner(session: Session, producer: Producer) -> User:
    """An owner of this producer."""
    user = make_user(session, name="Lý Thị Hoa")
    make_membership(session, user, MembershipRole.OWNER, producer=producer)
    return user


@together
def make_staff(session: Session, producer: Producer) -> User:
    """A member of this producer's staff."""
    user = make_user(session, name="Giàng A Chú")
    make_membership(session, user, MembershipRole.STAFF, producer=producer)
    return user


def make_invitation(session: Session, producer: Producer, email: str) -> StaffInvitation:
    """An address that the producer's owner has invited."""
    return keep(session, StaffInvitation(producer_id=producer.id, email=email, invited_at=clock.now()))


@together
def make_promotion(session: Session) -> User:
    """Trade-promotion staff."""
    user = make_user(session, name="Trần Văn Minh")
    make_membership(session, user, MembershipRole.PROMOTION)
    return user


@together
def make_officer(session: Session, unit_id: str = VINH_LONG) -> User:
    """A programme officer of a place."""
    user = make_user(session, name="Thạch Thị Sương")
    make_membership(session, user, MembershipRole.OFFICER, unit_id=unit_id)
    return user


@together
def make_admin(session: Session) -> User:
    """An administrator of the site."""
    user = make_user(session, name="Phạm Quốc Anh")
    make_membership(session, user, MembershipRole.ADMIN)
    return user
