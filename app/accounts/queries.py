"""Reads for the pages of accounts and for the admin's portal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import Membership, MembershipRole, SecondFactor, StaffInvitation, User
from app.core.audit import AuditEntry
from app.core.db import Model
from app.core.errors import InvalidInput, NotFound
from app.core.phones import written_phone
from app.core.text import clean_line
from app.geography.lookup import gazetteer

PER_PAGE: Final = 50
Row = TypeVar("Row")


@dataclass(frozen=True)
class Role:
    """A role a person has, and where: a producer by name and slug, or a province by its name then and now."""

    id: int
    role: MembershipRole
    producer: str | None = None
    producer_slug: str | None = None
    province: tuple[str, str] | None = None


@dataclass(frozen=True)
class Account:
    """A person's account with all roles; `phone` as people write it. `second_factor_at` is read for one person, not for
    lists.
    """

    id: int
    name: str
    email: str
    phone: str | None
    language: str
    created_at: dt.datetime
    last_login_at: dt.datetime | None
    disabled_at: dt.datetime | None
    email_confirmed_at: dt.datetime | None
    second_factor_at: dt.datetime | None
    roles: tuple[Role, ...]


@dataclass(frozen=True)
class Colleague:
    """Who works for a producer, as owner or staff, since when."""

    membership_id: int
    name: str
    email: str
    role: MembershipRole
    since: dt.datetime


@dataclass(frozen=True)
class Invited:
    """An invitation that waits for its answer."""

    id: int
    email: str
    producer: str
    invited_at: dt.datetime


@dataclass(frozen=True)
class AuditRow:
    """A line of the audit log."""

    at: dt.datetime
    actor: str
    actor_id: int | None
    act: str
    object_type: str
    object_id: str
    facts: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list: rows, the number of all, this page and the last (both from 1)."""

    rows: tuple[Row, ...]
    total: int
    number: int
    last: int


def my_account(session: Session, user_id: int) -> Account:
    """The account of this person. Raises NotFound."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound
    factor = session.get(SecondFactor, user_id)
    return _account(user, _roles(session, [user.id]).get(user.id, ()), factor.set_at if factor else None)


def people(
    session: Session, *, text: str = "", role: MembershipRole | None = None, page: int = 1
) -> Page[Account]:
    """Accounts, newest first, whose name or address holds `words` and who have `role` (where one is asked)."""
    asked = sa.select(User)
    if text := clean_line(text):
        like = f"%{_escaped(text.lower())}%"
        asked = asked.where(
            sa.or_(
                User.email.like(like, escape="\\"),
                sa.func.lower(User.name).like(like, escape="\\"),
                User.name.like(f"%{_escaped(text)}%", escape="\\"),
            )
        )
    if role is not None:
        asked = asked.where(User.memberships.any(Membership.role == role))
    total = session.scalar(sa.select(sa.func.count()).select_from(asked.subquery())) or 0
    number, last = _numbers(page, total)
    users = session.scalars(
        asked.order_by(User.id.desc()).limit(PER_PAGE).offset((number - 1) * PER_PAGE)
    ).all()
    roles = _roles(session, [user.id for user in users])
    return Page(tuple(_account(user, roles.get(user.id, ())) for user in users), total, number, last)


def audit_rows(
    session: Session, *, object_type: str = "", object_id: str = "", actor: str = "", page: int = 1
) -> Page[AuditRow]:
    """The audit log, newest first: of one kind of object, of one object, of an actor by id or a part of the name."""
    asked = sa.select(AuditEntry)
    if object_type:
        asked = asked.where(AuditEntry.object_type == object_type)
    if object_id:
        asked = asked.where(AuditEntry.object_id == object_id)
    if actor.isdecimal() and len(actor) < 16:
        asked = asked.where(AuditEntry.actor_id == int(actor))
    elif actor:
        asked = asked.where(AuditEntry.actor_label.like(f"%{_escaped(actor)}%", escape="\\"))
    total = session.scalar(sa.select(sa.func.count()).select_from(asked.subquery())) or 0
    number, last = _numbers(page, total)
    entries = session.scalars(
        asked.order_by(AuditEntry.id.desc()).limit(PER_PAGE).offset((number - 1) * PER_PAGE)
    )
    return Page(tuple(_audit_row(entry) for entry in entries), total, number, last)


def object_types(session: Session) -> list[str]:
    """What the audit log speaks of."""
    return list(
        session.scalars(sa.select(AuditEntry.object_type).distinct().order_by(AuditEntry.object_type))
    )


def producer_by_slug(session: Session, slug: str) -> int:
    """The id of a producer. Raises InvalidInput at the field `producer`."""
    producers = _producers()
    producer_id = session.scalar(sa.select(producers.c.id).where(producers.c.slug == slug))
    if producer_id is None:
        raise InvalidInput("unknown-producer", field="producer")
    return int(producer_id)


def producer_name(session: Session, producer_id: int) -> str:
    """What a producer is called."""
    producers = _producers()
    return str(session.scalars(sa.select(producers.c.name).where(producers.c.id == producer_id)).one())


def colleagues(session: Session, producer_id: int) -> list[Colleague]:
    """Everybody of a producer, the owners first."""
    rows = session.execute(
        sa.select(Membership, User.name, User.email)
        .join(User, User.id == Membership.user_id)
        .where(Membership.producer_id == producer_id)
        .order_by(Membership.role, Membership.id)  # "owner" comes before "staff"
    )
    return [
        Colleague(membership.id, name, email, membership.role, membership.created_at)
        for membership, name, email in rows
    ]


def invitations(
    session: Session, *, producer_id: int | None = None, email: str | None = None
) -> list[Invited]:
    """The invitations of a producer, or those to an address, that wait for an answer."""
    producers = _producers()
    asked = StaffInvitation.producer_id == producer_id if email is None else StaffInvitation.email == email
    rows = session.execute(
        sa.select(StaffInvitation, producers.c.name)
        .join(producers, producers.c.id == StaffInvitation.producer_id)
        .where(asked)
        .order_by(StaffInvitation.id)
    )
    return [
        Invited(invitation.id, invitation.email, producer, invitation.invited_at)
        for invitation, producer in rows
    ]


def _numbers(page: int, total: int) -> tuple[int, int]:
    last = max(1, -(-total // PER_PAGE))
    return min(max(page, 1), last), last


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _producers() -> sa.Table:
    """The table of a package above, by the name our foreign key gives it: only slug and name are read."""
    return Model.metadata.tables["producers"]


def _roles(session: Session, user_ids: Sequence[int]) -> dict[int, tuple[Role, ...]]:
    producers = _producers()
    rows = session.execute(
        sa.select(Membership, producers.c.slug, producers.c.name)
        .join(producers, producers.c.id == Membership.producer_id, isouter=True)
        .where(Membership.user_id.in_(user_ids))
        .order_by(Membership.id)
    ).all()
    places = gazetteer(session)
    by_user: dict[int, tuple[Role, ...]] = {}
    for membership, slug, name in rows:
        province = places.province_then_and_now(membership.unit_id) if membership.unit_id else None
        role = Role(membership.id, membership.role, name, slug, province)
        by_user[membership.user_id] = (*by_user.get(membership.user_id, ()), role)
    return by_user


def _account(user: User, roles: tuple[Role, ...], second_factor_at: dt.datetime | None = None) -> Account:
    return Account(
        id=user.id,
        name=user.name,
        email=user.email,
        phone=written_phone(user.phone) if user.phone else None,
        language=user.language,
        created_at=user.created_at,
        last_login_at=user.last_login_at,
        disabled_at=user.disabled_at,
        email_confirmed_at=user.email_confirmed_at,
        second_factor_at=second_factor_at,
        roles=roles,
    )


def _audit_row(entry: AuditEntry) -> AuditRow:
    return AuditRow(
        at=entry.at,
        actor=entry.actor_label,
        actor_id=entry.actor_id,
        act=entry.act,
        object_type=entry.object_type,
        object_id=entry.object_id,
        facts=tuple((key, value) for key, value in entry.facts.items() if value is not None),
    )
