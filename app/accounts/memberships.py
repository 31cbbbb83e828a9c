"""Roles given and taken, accounts closed and opened again. Each act is audited."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import OF_A_PRODUCER, Membership, MembershipRole, User
from app.accounts.sessions import end_all
from app.accounts.units import acting_province
from app.core.audit import Actor, record
from app.core.clock import vietnam_day
from app.core.errors import Conflict, InvalidInput, NotFound, WrongState
from app.core.states import known
from app.geography.lookup import gazetteer


class AlreadyGranted(Conflict):
    """The person has this role."""

    code = "already-granted"


class LastAdmin(WrongState):
    """Without this admin nobody could give roles any more."""

    code = "last-admin"


def grant(
    session: Session,
    user_id: int,
    role: str,
    *,
    producer_id: int | None = None,
    unit_id: str | None = None,
    actor: Actor,
    now: dt.datetime,
) -> Membership:
    """Give a person a role: owner and staff of a producer, officer of a province there is.

    Raises InvalidInput at the field `role`, `producer` or `unit`, NotAllowed at `unit` (`unit-abolished`),
    AlreadyGranted, NotFound.
    """
    granted = known(MembershipRole, role)
    if granted is None:
        raise InvalidInput("unknown-role", field="role")
    if (producer_id is not None) != (granted in OF_A_PRODUCER):
        raise InvalidInput("role-needs-producer", field="producer")
    if (unit_id is not None) != (granted == MembershipRole.OFFICER):
        raise InvalidInput("role-needs-place", field="unit")
    if unit_id is not None:
        places = gazetteer(session)
        if places.province(unit_id) is None:
            raise InvalidInput("unknown-place", field="unit")
        acting_province(places, unit_id, vietnam_day(now))
    user = _locked(session, user_id)
    same = sa.select(Membership.id).where(
        Membership.user_id == user.id,
        Membership.role == granted,
        Membership.producer_id.is_not_distinct_from(producer_id),
        Membership.unit_id.is_not_distinct_from(unit_id),
    )
    if session.scalar(same) is not None:
        raise AlreadyGranted(field="role")
    membership = Membership(
        user_id=user.id, role=granted, producer_id=producer_id, unit_id=unit_id, created_at=now
    )
    session.add(membership)
    session.flush()
    facts = {"role": granted, "producer_id": producer_id, "unit_id": unit_id}
    record(session, "membership.granted", ("user", user.id), actor=actor, now=now, **facts)
    return membership


def revoke(session: Session, membership_id: int, *, user_id: int, actor: Actor, now: dt.datetime) -> None:
    """Take a role from the person who has it. Raises NotFound, LastAdmin."""
    user = _locked(session, user_id)
    membership = session.get(Membership, membership_id)
    if membership is None or membership.user_id != user.id:
        raise NotFound
    if membership.role == MembershipRole.ADMIN:
        _require_another_admin(session, user.id)
    facts = {
        "role": membership.role,
        "producer_id": membership.producer_id,
        "unit_id": membership.unit_id,
    }
    session.delete(membership)
    record(session, "membership.revoked", ("user", user.id), actor=actor, now=now, **facts)


def disable(session: Session, user_id: int, *, actor: Actor, now: dt.datetime) -> None:
    """Close an account: every session of it is over at once. Twice is the same as once. Raises LastAdmin."""
    user = _locked(session, user_id)
    if user.disabled_at is not None:
        return
    _require_another_admin(session, user.id)
    user.disabled_at = now
    user.session_epoch += 1
    end_all(session, user.id)
    record(session, "user.disabled", ("user", user.id), actor=actor, now=now)


def enable(session: Session, user_id: int, *, actor: Actor, now: dt.datetime) -> None:
    """Open a closed account again."""
    user = _locked(session, user_id)
    if user.disabled_at is None:
        return
    user.disabled_at = None
    record(session, "user.enabled", ("user", user.id), actor=actor, now=now)


def _locked(session: Session, user_id: int) -> User:
    user = session.get(User, user_id, with_for_update=True)
    if user is None:
        raise NotFound
    return user


def _require_another_admin(session: Session, user_id: int) -> None:
    """Refuse when this person is an admin and there is no other. The rows of all admins are locked."""
    admins = session.scalars(
        sa.select(User.id)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.role == MembershipRole.ADMIN, User.disabled_at.is_(None))
        .order_by(User.id)
        .with_for_update(of=User)
    ).all()
    if set(admins) == {user_id}:
        raise LastAdmin
