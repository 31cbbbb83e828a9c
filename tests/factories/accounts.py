"""People."""

from __future__ import annotations

import datetime as dt
import functools

from sqlalchemy.orm import Session

from app.accounts.members import Member, find_member
from app.accounts.models import Membership, MembershipRole, RecoveryCode, SecondFactor, StaffInvitation, User
from app.accounts.passwords import hash_password
from app.accounts.second_factor import new_seed
from app.accounts.sessions import open_session
from app.catalogue.models import Producer
from app.core import clock
from app.core.db import atomic
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
    confirmed: bool = True,
) -> User:
    """A shopper: a person without a membership; `confirmed` is whether a link mailed to the address was used."""
    return keep(
        session,
        User(
            public_id=public_id(),
            email=email or f"nguoi{number()}@thu.example",
            email_confirmed_at=(now or clock.now()) if confirmed else None,
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


def make_second_factor(session: Session, user: User) -> SecondFactor:
    """An application that makes codes for this person."""
    return keep(session, SecondFactor(user_id=user.id, seed=new_seed(), last_step=0, set_at=clock.now()))


def make_recovery_code(session: Session, user: User, code_hash: str = "0" * 64) -> RecoveryCode:
    """A recovery code of this person, by its hash."""
    return keep(session, RecoveryCode(user_id=user.id, code_hash=code_hash))


@together
def make_promotion(session: Session) -> User:
    """Trade-promotion staff, with the second factor that the role needs."""
    user = make_user(session, name="Trần Văn Minh")
    make_second_factor(session, user)
    make_membership(session, user, MembershipRole.PROMOTION)
    return user


@together
def make_officer(session: Session, unit_id: str = VINH_LONG) -> User:
    """A programme officer of a place, with the second factor that the role needs."""
    user = make_user(session, name="Thạch Thị Sương")
    make_second_factor(session, user)
    make_membership(session, user, MembershipRole.OFFICER, unit_id=unit_id)
    return user


@together
def make_admin(session: Session) -> User:
    """An administrator of the site, with the second factor that the role needs."""
    user = make_user(session, name="Phạm Quốc Anh")
    make_second_factor(session, user)
    make_membership(session, user, MembershipRole.ADMIN)
    return user


def member_of(session: Session, user_id: int) -> Member | None:
    """The person as a browser in which they have just logged in knows them."""
    with atomic() as writing:
        token = open_session(writing, user_id, user_agent="", now=clock.now())
    return find_member(session, token, now=clock.now())
