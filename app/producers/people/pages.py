"""The view model of who works for the producer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from app.accounts.models import MembershipRole
from app.accounts.queries import Colleague, Invited
from app.web.components import Action
from app.web.language import gettext


@dataclass(frozen=True, slots=True)
class ColleagueLine:
    """Someone of the producer. Owners are not dismissed."""

    name: str
    email: str
    role: str
    kind: str
    since: dt.datetime
    dismiss: Action | None


@dataclass(frozen=True, slots=True)
class InvitedLine:
    """Someone who has not answered yet."""

    email: str
    invited_at: dt.datetime
    cancel: Action


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Everybody of the producer, and who is invited."""

    colleagues: tuple[ColleagueLine, ...]
    invited: tuple[InvitedLine, ...]


def people_page(colleagues: Sequence[Colleague], invited: Sequence[Invited]) -> PeoplePage:
    """The page of these people."""
    return PeoplePage(
        colleagues=tuple(_colleague_line(colleague) for colleague in colleagues),
        invited=tuple(_invited_line(invitation) for invitation in invited),
    )


def _colleague_line(colleague: Colleague) -> ColleagueLine:
    return ColleagueLine(
        name=colleague.name,
        email=colleague.email,
        role=colleague.role,
        kind="house" if colleague.role == MembershipRole.OWNER else "na",
        since=colleague.since,
        dismiss=_dismiss(colleague) if colleague.role == MembershipRole.STAFF else None,
    )


def _dismiss(colleague: Colleague) -> Action:
    return Action(
        gettext("Cho thôi"),
        url_for("portal.dismiss", membership_id=colleague.membership_id),
        kind="alarm",
        method="post",
        confirm=gettext(
            "Cho %(name)s thôi làm nhân viên? Người ấy không vào được cổng nữa.", name=colleague.name
        ),
    )


def _invited_line(invitation: Invited) -> InvitedLine:
    url = url_for("portal.cancel_invitation", invitation_id=invitation.id)
    cancel = Action(gettext("Rút lời mời"), url, method="post")
    return InvitedLine(invitation.email, invitation.invited_at, cancel)
