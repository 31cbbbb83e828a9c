"""Staff of a producer: the owner invites a mail address, and its person accepts or declines.

An invitation belongs to the address, not to an account. Whether there is an account decides which mail leaves and
nothing that the owner sees; who opens one later finds the invitation waiting.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.addresses import checked_address
from app.accounts.memberships import AlreadyGranted, grant, revoke
from app.accounts.models import Membership, MembershipRole, StaffInvitation, User
from app.accounts.queries import producer_name
from app.accounts.registration import opening_claim
from app.core.audit import Actor, record
from app.core.errors import NotFound
from app.core.outbox import send_later

INVITE_AGAIN_AFTER: Final = dt.timedelta(minutes=10)
"""An address invited once more after this gets another mail; sooner it was a second click."""


def invite(
    session: Session,
    *,
    producer_id: int,
    name: str,
    address: str,
    language: str,
    actor: Actor,
    now: dt.datetime,
) -> str:
    """Ask the person of an address to work for the producer; returns the address as it is stored.

    `name` is for the account that may have to be opened. Raises BadAddress, BadName, and AlreadyGranted at
    `email` for who works there already.
    """
    email = checked_address(address)
    user = session.scalar(sa.select(User).where(User.email == email))
    if user is not None and _works_there(session, user.id, producer_id):
        raise AlreadyGranted("already-staff", field="email")
    known = session.scalar(
        sa.select(StaffInvitation)
        .where(StaffInvitation.producer_id == producer_id, StaffInvitation.email == email)
        .with_for_update()
    )
    if known is not None and now - known.invited_at < INVITE_AGAIN_AFTER:
        return email
    if known is not None:
        known.invited_at = now
    else:
        try:
            with session.begin_nested():
                session.add(StaffInvitation(producer_id=producer_id, email=email, invited_at=now))
        except IntegrityError:  # a second click in the same moment was first
            return email
    language = user.language if user else language
    claim = opening_claim(email=email, name=name, language=language, now=now)
    send_later(
        session,
        "mail",
        {
            "to": email,
            "template": "accounts/mail/invited",
            "language": language,
            "facts": {"producer": producer_name(session, producer_id), "claim": None if user else claim},
        },
        now=now,
    )
    record(session, "membership.invited", ("producer", producer_id), actor=actor, now=now, email=email)
    return email


def _works_there(session: Session, user_id: int, producer_id: int) -> bool:
    works = sa.exists().where(Membership.user_id == user_id, Membership.producer_id == producer_id)
    return bool(session.scalar(sa.select(works)))


def accept(session: Session, invitation_id: int, *, user_id: int, actor: Actor, now: dt.datetime) -> None:
    """Join as staff; who works there by now stays as they are. Raises NotFound for another address."""
    invitation = _to(session, invitation_id, user_id)
    session.delete(invitation)
    if not _works_there(session, user_id, invitation.producer_id):
        grant(
            session, user_id, MembershipRole.STAFF, producer_id=invitation.producer_id, actor=actor, now=now
        )


def decline(session: Session, invitation_id: int, *, user_id: int, actor: Actor, now: dt.datetime) -> None:
    """Decline an invitation. Raises NotFound for an invitation to another address."""
    invitation = _to(session, invitation_id, user_id)
    _end(session, invitation, "membership.invitation-declined", actor=actor, now=now)


def cancel(session: Session, invitation_id: int, *, producer_id: int, actor: Actor, now: dt.datetime) -> None:
    """Take an invitation back. Raises NotFound for another producer's."""
    invitation = session.get(StaffInvitation, invitation_id, with_for_update=True)
    if invitation is None or invitation.producer_id != producer_id:
        raise NotFound
    _end(session, invitation, "membership.invitation-cancelled", actor=actor, now=now)


def dismiss(
    session: Session, membership_id: int, *, producer_id: int, actor: Actor, now: dt.datetime
) -> None:
    """Take the role from one of the producer's staff. Raises NotFound for anybody else, the owners too."""
    membership = session.get(Membership, membership_id)
    if membership is None or (membership.producer_id, membership.role) != (producer_id, MembershipRole.STAFF):
        raise NotFound
    revoke(session, membership_id, user_id=membership.user_id, actor=actor, now=now)


def _to(session: Session, invitation_id: int, user_id: int) -> StaffInvitation:
    invitation = session.get(StaffInvitation, invitation_id, with_for_update=True)
    if invitation is None or invitation.email != session.get_one(User, user_id).email:
        raise NotFound
    return invitation


def _end(session: Session, invitation: StaffInvitation, act: str, *, actor: Actor, now: dt.datetime) -> None:
    session.delete(invitation)
    record(session, act, ("producer", invitation.producer_id), actor=actor, now=now, email=invitation.email)
