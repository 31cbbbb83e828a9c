"""Accounts: found, given roles, closed and opened again."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from app.accounts import memberships, second_factor
from app.accounts.access import admin, current_actor
from app.accounts.forms import GrantForm
from app.accounts.models import MembershipRole
from app.accounts.queries import audit_rows, my_account, people, producer_by_slug
from app.admin.blueprint import blueprint
from app.admin.frame import asked_page, page
from app.admin.people.pages import people_page, person_page
from app.core import clock
from app.core.db import atomic, db
from app.core.errors import Conflict, InvalidInput, NotAllowed
from app.core.states import known
from app.geography.lookup import gazetteer
from app.geography.models import VN34, VN63
from app.web.language import gettext
from app.web.messages import message_for, show_at_field

Answer = str | Response | tuple[str, int]


@blueprint.get("/users")
@admin
def users() -> str:
    """Everybody, by words of the name or address and by role."""
    query, role = request.args.get("q", "")[:100], known(MembershipRole, request.args.get("role", ""))
    accounts = people(db.session(), text=query, role=role, page=asked_page())
    return page("users.html", page=people_page(accounts, {"q": query, "role": role or ""}))


@blueprint.get("/users/<int:user_id>")
@admin
def user(user_id: int) -> str:
    """One person: roles, and what was done to the account."""
    return _person_page(user_id, _grant_form())


def _grant_form() -> GrantForm:
    form = GrantForm()
    places = gazetteer(db.session())
    today = clock.today()
    provinces = [
        SelectChoice(province.id, province.short_name)
        for scheme in (VN34, VN63)
        for province in places.provinces(scheme)
        if province.exists_on(today)
    ]
    form.unit.choices = [SelectChoice("", gettext("Không")), *provinces]
    return form


def _person_page(user_id: int, form: GrantForm) -> str:
    session = db.session()
    acts = audit_rows(session, object_type="user", object_id=str(user_id)).rows
    return page("user.html", page=person_page(my_account(session, user_id), acts), form=form)


@blueprint.post("/users/<int:user_id>/roles")
@admin
def grant(user_id: int) -> Answer:
    """Give a role."""
    form = _grant_form()
    if not form.validate_on_submit():
        return _person_page(user_id, form), 422
    try:
        with atomic() as session:
            _grant(session, user_id, form)
    except (InvalidInput, NotAllowed, Conflict) as refusal:
        show_at_field(form, refusal)
        return _person_page(user_id, form), 422
    flash(gettext("Đã trao vai trò."), "success")
    return redirect(url_for("admin.user", user_id=user_id), 303)


def _grant(session: Session, user_id: int, form: GrantForm) -> None:
    slug = (form.producer.data or "").strip()
    memberships.grant(
        session,
        user_id,
        form.role.data,
        producer_id=producer_by_slug(session, slug) if slug else None,
        unit_id=form.unit.data or None,
        actor=current_actor(),
        now=clock.now(),
    )


@blueprint.post("/users/<int:user_id>/roles/<int:membership_id>/revoke")
@admin
def revoke(user_id: int, membership_id: int) -> Response:
    """Take a role."""
    return _act(
        user_id,
        gettext("Đã thu vai trò."),
        lambda **facts: memberships.revoke(membership_id=membership_id, **facts),
    )


@blueprint.post("/users/<int:user_id>/disable")
@admin
def disable(user_id: int) -> Response:
    """Close an account."""
    return _act(user_id, gettext("Đã khóa tài khoản."), memberships.disable)


@blueprint.post("/users/<int:user_id>/enable")
@admin
def enable(user_id: int) -> Response:
    """Open a closed account again."""
    return _act(user_id, gettext("Đã mở lại tài khoản."), memberships.enable)


@blueprint.post("/users/<int:user_id>/second-factor/reset")
@admin
def reset_second_factor(user_id: int) -> Response:
    """Take the second factor of somebody who lost telephone and codes."""
    return _act(user_id, gettext("Đã đặt lại xác minh hai bước."), second_factor.reset)


def _act(user_id: int, message: str, verb: Any) -> Response:
    """Do one thing to a person; a conflict is shown on the page of the person."""
    try:
        with atomic() as session:
            verb(session=session, user_id=user_id, actor=current_actor(), now=clock.now())
    except Conflict as refusal:
        flash(message_for(refusal), "error")
    else:
        flash(message, "success")
    return redirect(url_for("admin.user", user_id=user_id), 303)
