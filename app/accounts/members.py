"""Who is logged in, as the rules and the screens see them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import OF_A_PRODUCER, LoginSession, Membership, MembershipRole, SecondFactor, User
from app.accounts.sessions import IDLE, token_hash


@dataclass(frozen=True)
class Member:
    """A person who is logged in, with all roles. The last properties are what Flask-Login asks of a user.

    `second_factor`: log-in asks this person for a code, so this session has passed it.
    """

    user_id: int
    public_id: str
    name: str
    email: str
    language: str
    session_id: int
    session_seen_at: dt.datetime
    session_token: str = field(repr=False)
    second_factor: bool = False
    producer_ids: tuple[int, ...] = ()
    owned_producer_ids: tuple[int, ...] = ()
    promotion: bool = False
    officer_units: tuple[str, ...] = ()
    admin: bool = False

    @property
    def privileged(self) -> bool:
        """Whether a role of this person works only behind a second factor (models.PRIVILEGED)."""
        return self.promotion or self.admin or bool(self.officer_units)

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
        """What the cookie holds."""
        return self.session_token


def find_member(session: Session, token: str, *, now: dt.datetime) -> Member | None:
    """The member of a session's token, by one query; None when the person is disabled or the session is over."""
    rows = session.execute(
        sa.select(
            User.id,
            User.public_id,
            User.name,
            User.email,
            User.language,
            LoginSession.id.label("session_id"),
            LoginSession.seen_at,
            SecondFactor.user_id.is_not(None).label("second_factor"),
            Membership.role,
            Membership.producer_id,
            Membership.unit_id,
        )
        .select_from(LoginSession)
        .join(User, User.id == LoginSession.user_id)
        .join(SecondFactor, SecondFactor.user_id == User.id, isouter=True)
        .join(Membership, Membership.user_id == User.id, isouter=True)
        .where(
            LoginSession.token_hash == token_hash(token),
            LoginSession.seen_at > now - IDLE,
            User.disabled_at.is_(None),
        )
        .order_by(Membership.id)
    ).all()
    if not rows:
        return None
    roles = [(row.role, row.producer_id, row.unit_id) for row in rows]
    first = rows[0]
    return Member(
        user_id=first.id,
        public_id=first.public_id,
        name=first.name,
        email=first.email,
        language=first.language,
        session_id=first.session_id,
        session_seen_at=first.seen_at,
        session_token=token,
        second_factor=bool(first.second_factor),
        producer_ids=tuple(producer for role, producer, _ in roles if role in OF_A_PRODUCER),
        owned_producer_ids=tuple(producer for role, producer, _ in roles if role == MembershipRole.OWNER),
        promotion=any(role == MembershipRole.PROMOTION for role, _, _ in roles),
        officer_units=tuple(unit for role, _, unit in roles if role == MembershipRole.OFFICER),
        admin=any(role == MembershipRole.ADMIN for role, _, _ in roles),
    )
