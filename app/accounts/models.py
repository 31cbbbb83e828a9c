"""Users, memberships, and invitations to become staff."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Model
from app.core.states import OneOf, one_of


class User(Model):
    """A person who can log in. `email` is stored in lower case; `session_epoch` ends older sessions."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    phone: Mapped[str | None]
    password_hash: Mapped[str]
    session_epoch: Mapped[int] = mapped_column(default=0)
    language: Mapped[str] = mapped_column(default="vi")
    created_at: Mapped[dt.datetime]
    last_login_at: Mapped[dt.datetime | None]
    disabled_at: Mapped[dt.datetime | None]

    memberships: Mapped[list[Membership]] = relationship(back_populates="user", cascade="all, delete-orphan")


class MembershipRole(StrEnum):
    """What a person may be here. Owners and staff are so at a producer, officers of a place."""

    OWNER = "owner"
    STAFF = "staff"
    PROMOTION = "promotion"
    OFFICER = "officer"
    ADMIN = "admin"


OF_A_PRODUCER: Final = frozenset({MembershipRole.OWNER, MembershipRole.STAFF})


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
