"""Who is logged in, as the rules and the screens see them."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import OF_A_PRODUCER, Membership, MembershipRole, User


@dataclass(frozen=True)
class Member:
    """A person who is logged in, with all roles. The last properties are what Flask-Login asks of a user."""

    user_id: int
    public_id: str
    session_epoch: int
    name: str
    email: str
    language: str
    producer_ids: tuple[int, ...] = ()
    owned_producer_ids: tuple[int, ...] = ()
    promotion: bool = False
    officer_units: tuple[str, ...] = ()
    admin: bool = False

    @property
    def is_authenticated(self) -> bool:
        return True

    @property
    def is_active(self) -> bool:
        return True

    @property
    def is_anonymous(self) -> bool:
        return False

    def get_id(self) -> str:
        """What the session stores; it is not valid in another epoch."""
        return f"{self.public_id}.{self.session_epoch}"


def find_member(session: Session, session_id: str) -> Member | None:
    """The member of a session's id, by one query; None when disabled or when a later epoch ended the session."""
    public_id, _, epoch = session_id.partition(".")
    if not epoch.isdecimal():
        return None
    return _read(session, User.public_id == public_id, User.session_epoch == int(epoch))


def member_of(session: Session, user_id: int) -> Member | None:
    """The member of a user's id; None when disabled."""
    return _read(session, User.id == user_id)


def _read(session: Session, *conditions: sa.ColumnElement[bool]) -> Member | None:
    rows = session.execute(
        sa.select(
            User.id,
            User.public_id,
            User.session_epoch,
            User.name,
            User.email,
            User.language,
            Membership.role,
            Membership.producer_id,
            Membership.unit_id,
        )
        .join(Membership, Membership.user_id == User.id, isouter=True)
        .where(User.disabled_at.is_(None), *conditions)
        .order_by(Membership.id)
    ).all()
    if not rows:
        return None
    roles = [(row.role, row.producer_id, row.unit_id) for row in rows]
    first = rows[0]
    return Member(
        user_id=first.id,
        public_id=first.public_id,
        session_epoch=first.session_epoch,
        name=first.name,
        email=first.email,
        language=first.language,
        producer_ids=tuple(producer for role, producer, _ in roles if role in OF_A_PRODUCER),
        owned_producer_ids=tuple(producer for role, producer, _ in roles if role == MembershipRole.OWNER),
        promotion=any(role == MembershipRole.PROMOTION for role, _, _ in roles),
        officer_units=tuple(unit for role, _, unit in roles if role == MembershipRole.OFFICER),
        admin=any(role == MembershipRole.ADMIN for role, _, _ in roles),
    )
