"""Users, memberships, invitations to become staff, and what log-in remembers."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Model
from app.core.states import OneOf, one_of


class User(Model):
    """A person who can log in. `email` is stored in lower case.

    `email_confirmed_at` is when a link that was mailed there was first used. `session_epoch` ends links mailed before.
    """

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str] = mapped_column(unique=True)
    email_confirmed_at: Mapped[dt.datetime | None]
    name: Mapped[str]
    phone: Mapped[str | None]
    password_hash: Mapped[str]
    session_epoch: Mapped[int] = mapped_column(default=0)
    language: Mapped[str] = mapped_column(default="vi")
    created_at: Mapped[dt.datetime]
    last_login_at: Mapped[dt.datetime | None]
    disabled_at: Mapped[dt.datetime | None]

    @hybrid_property
    def greeting_name(self) -> str | None:
        """The name for a mail; None while nobody has shown that they read mail at the address."""
        return self.name if self.email_confirmed_at else None

    @greeting_name.inplace.expression
    @classmethod
    def _greeting_name(cls) -> sa.ColumnElement[str | None]:
        return sa.case((cls.email_confirmed_at.is_not(None), cls.name), else_=None)

    memberships: Mapped[list[Membership]] = relationship(back_populates="user", cascade="all, delete-orphan")


class MembershipRole(StrEnum):
    """What a person may be here. Owners and staff are so at a producer, officers of a place."""

    OWNER = "owner"
    STAFF = "staff"
    PROMOTION = "promotion"
    OFFICER = "officer"
    ADMIN = "admin"


OF_A_PRODUCER: Final = frozenset({MembershipRole.OWNER, MembershipRole.STAFF})
PRIVILEGED: Final = frozenset({MembershipRole.PROMOTION, MembershipRole.OFFICER, MembershipRole.ADMIN})
"""Roles that speak for an authority or the operator: they work only behind a second factor."""


class Membership(Model):
    """A role of a person: at a producer (owner, staff), in trade promotion, as officer of a place, or as admin."""

    __tablename__ = "memberships"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "role", "producer_id", "unit_id"),
        one_of("role", MembershipRole),
        sa.CheckConstraint("(role IN ('owner','staff')) = (producer_id IS NOT NULL)", name="producer"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    role: Mapped[MembershipRole] = mapped_column(OneOf(MembershipRole))
    producer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("producers.id"), index=True)
    unit_id: Mapped[str | None] = mapped_column(sa.ForeignKey("administrative_units.id"))
    created_at: Mapped[dt.datetime]

    user: Mapped[User] = relationship(back_populates="memberships")


class StaffInvitation(Model):
    """An owner asks the person of a mail address, who may have no account yet, to be staff of the producer."""

    __tablename__ = "staff_invitations"
    __table_args__ = (sa.UniqueConstraint("producer_id", "email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    producer_id: Mapped[int] = mapped_column(sa.ForeignKey("producers.id"))
    email: Mapped[str] = mapped_column(index=True)
    invited_at: Mapped[dt.datetime]


class LoginSession(Model):
    """One log-in in one browser. The cookie holds a random token, the row its SHA-256 (hex); no row, no session.

    `browser` and `system` are the names of what was used, as far as it said so. `seen_at` is right to the hour.
    """

    __tablename__ = "login_sessions"
    # No number comes back: a button on a page of yesterday ends that session or none.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    browser: Mapped[str]
    system: Mapped[str]
    created_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime] = mapped_column(index=True)


class SecondFactor(Model):
    """The codes of an authenticator application (TOTP, RFC 6238) that a person's log-in asks for.

    The secret is made from `seed` and the site's SECRET_KEY and stored nowhere. `last_step` is the 30-second step of
    the last code that was taken: it and older ones are taken no more.
    """

    __tablename__ = "second_factors"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    seed: Mapped[str]
    last_step: Mapped[int]
    set_at: Mapped[dt.datetime]


class RecoveryCode(Model):
    """A code that stands once for a lost telephone: its SHA-256 (hex). A used one has no row."""

    __tablename__ = "recovery_codes"
    __table_args__ = (sa.UniqueConstraint("user_id", "code_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"))
    code_hash: Mapped[str]


class Tries(Model):
    """How often something was tried since `since`; `key` is the SHA-256 (hex) of what is counted by."""

    __tablename__ = "tries"

    key: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[dt.datetime] = mapped_column(index=True)
    count: Mapped[int]
    last_at: Mapped[dt.datetime]
