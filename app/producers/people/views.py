"""Who works for the producer: the owner invites staff and lets them go. Staff themselves do not come in here."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.accounts.access import my_producer_id, producer_owner
from app.accounts.forms import RegisterForm
from app.accounts.invitations import cancel, invite
from app.accounts.invitations import dismiss as let_go
from app.accounts.queries import colleagues, invitations
from app.core.db import atomic, db
from app.producers.blueprint import blueprint
from app.producers.frame import Answer, attempt, done, mine, page
from app.producers.people.pages import people_page
from app.web.language import gettext, language
from app.web.limits import limiter


@blueprint.route("/staff", methods=["GET", "POST"])
@producer_owner
@limiter.limit("30 per hour", methods=["POST"])
def people() -> Answer:
    """Everybody of the producer, who is invited, and the form that invites."""
    form = RegisterForm()
    address, status = attempt(form, lambda session: _invite(session, form))
    if address is not None:
        return done(gettext("Đã gửi thư mời đến %(address)s.", address=address), ".people")
    session, producer_id = db.session(), my_producer_id()
    view = people_page(colleagues(session, producer_id), invitations(session, producer_id=producer_id))
    return page("people/staff.html", "staff", page=view, form=form), status


def _invite(session: Session, form: RegisterForm) -> str:
    name, address = form.name.data or "", form.email.data or ""
    return invite(session, name=name, address=address, language=language(), **mine())


@blueprint.post("/staff/<int(max=999999999):membership_id>/dismiss")
@producer_owner
def dismiss(membership_id: int) -> Answer:
    """Let one of the staff go: the portal is closed to them at once."""
    with atomic() as session:
        let_go(session, membership_id, **mine())
    return done(gettext("Người ấy không còn vào cổng của cơ sở."), ".people")


@blueprint.post("/staff/invitations/<int(max=999999999):invitation_id>/cancel")
@producer_owner
def cancel_invitation(invitation_id: int) -> Answer:
    """Take an invitation back."""
    with atomic() as session:
        cancel(session, invitation_id, **mine())
    return done(gettext("Đã rút lời mời."), ".people")
