"""The admin's rooms: people and their roles, the audit log, the state of the system."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError
from wtforms.fields import SelectChoice

from app.accounts import memberships
from app.accounts.access import admin, current_actor
from app.accounts.forms import GrantForm
from app.accounts.models import MembershipRole
from app.accounts.queries import audit_log, kinds_of_objects, my_account, people, producer_by_slug
from app.core import clock
from app.core.changes import Change
from app.core.db import atomic, db
from app.core.errors import Conflict, InvalidInput
from app.core.jobs import last_heartbeat
from app.core.outbox import backlog
from app.core.parts import part
from app.core.states import known
from app.geography.lookup import gazetteer
from app.geography.models import VN34, VN63
from app.web.frame import NavItem, PortalHeading
from app.web.health import Readiness
from app.web.messages import message_for, show_at_field
from config import Settings

blueprint = Blueprint("admin", __name__, url_prefix="/admin")


def _frame() -> dict[str, object]:
    rooms = (
        ("admin.home", gettext("Hệ thống"), "settings"),
        ("admin.users", gettext("Người dùng"), "users"),
        ("admin.audit", gettext("Sổ việc đã làm"), "list"),
    )
    here = request.endpoint or ""
    beneath = {"admin.user": "admin.users", "admin.grant": "admin.users"}
    nav = [
        NavItem(label, url_for(endpoint), icon, beneath.get(here, here) == endpoint)
        for endpoint, label, icon in rooms
    ]
    return {"nav": nav, "portal": PortalHeading(gettext("Quản trị"))}


def _page_asked() -> int:
    return request.args.get("page", 1, type=int)


@blueprint.get("/")
@admin
def home() -> Any:
    """What stands and what does not."""
    settings: Settings = part(Settings)
    try:
        database = db.engine.dialect.name
        waiting = backlog(db.session(), clock.now())
        version: int | None = db.session.scalar(sa.select(sa.func.max(Change.id))) or 0
        migration = db.session.scalar(sa.text("SELECT version_num FROM alembic_version"))
        search = part(Readiness).answers("search")
    except SQLAlchemyError:
        database, waiting, version, migration, search = None, None, None, None, False
    return render_template(
        "admin/system.html",
        settings=settings,
        database=database,
        migration=migration,
        outbox=waiting,
        version=version,
        search=search,
        heartbeat=last_heartbeat(settings),
        moment=clock.now(),
        **_frame(),
    )


@blueprint.get("/users")
@admin
def users() -> Any:
    """Everybody, by words of the name or address and by role."""
    asked: dict[str, Any] = {"q": request.args.get("q", "")[:100], "role": request.args.get("role", "")}
    role = known(MembershipRole, asked["role"])
    asked["role"] = role or ""
    page = people(db.session(), text=asked["q"], role=role, page=_page_asked())
    return render_template(
        "admin/users.html",
        page=page,
        asked=asked,
        roles=list(MembershipRole),
        page_url=lambda n: url_for("admin.users", page=n, **{k: v for k, v in asked.items() if v}),
        **_frame(),
    )


@blueprint.get("/users/<int:user_id>")
@admin
def user(user_id: int) -> Any:
    """One person: roles, and what was done to the account."""
    return _user(user_id, _grant_form())


def _grant_form() -> GrantForm:
    form = GrantForm()
    places = gazetteer(db.session())
    today = [SelectChoice(p.id, p.short_name) for p in places.provinces(VN34)]
    former = [
        SelectChoice(p.id, gettext("%(name)s (tỉnh cũ)", name=p.short_name))
        for p in places.provinces(VN63)
        if places.today_of(p.id).short_name != p.short_name
    ]
    form.unit.choices = [SelectChoice("", gettext("Không")), *today, *former]
    return form


def _user(user_id: int, form: GrantForm, status: int = 200) -> Any:
    page = render_template(
        "admin/user.html",
        account=my_account(db.session(), user_id),
        deeds=audit_log(db.session(), object_type="user", object_id=str(user_id)),
        form=form,
        **_frame(),
    )
    return page, status


@blueprint.post("/users/<int:user_id>/roles")
@admin
def grant(user_id: int) -> Any:
    """Give a role."""
    form = _grant_form()
    if not form.validate_on_submit():
        return _user(user_id, form, 422)
    slug = (form.producer.data or "").strip()
    try:
        with atomic() as session:
            producer_id = producer_by_slug(session, slug) if slug else None
            memberships.grant(
                session,
                user_id,
                form.role.data,
                producer_id=producer_id,
                unit_id=form.unit.data or None,
                actor=current_actor(),
                now=clock.now(),
            )
    except (InvalidInput, Conflict) as refusal:
        show_at_field(form, refusal)
        return _user(user_id, form, 422)
    flash(gettext("Đã trao vai trò."), "success")
    return redirect(url_for("admin.user", user_id=user_id), 303)


@blueprint.post("/users/<int:user_id>/roles/<int:membership_id>/revoke")
@admin
def revoke(user_id: int, membership_id: int) -> Any:
    """Take a role."""
    return _do(
        user_id,
        gettext("Đã thu vai trò."),
        lambda **who: memberships.revoke(membership_id=membership_id, **who),
    )


@blueprint.post("/users/<int:user_id>/disable")
@admin
def disable(user_id: int) -> Any:
    """Close an account."""
    return _do(user_id, gettext("Đã khóa tài khoản."), memberships.disable)


@blueprint.post("/users/<int:user_id>/enable")
@admin
def enable(user_id: int) -> Any:
    """Open a closed account again."""
    return _do(user_id, gettext("Đã mở lại tài khoản."), memberships.enable)


def _do(user_id: int, done: str, deed: Any) -> Any:
    """Do one deed to a person; a conflict is said on the page of the person."""
    try:
        with atomic() as session:
            deed(session=session, user_id=user_id, actor=current_actor(), now=clock.now())
    except Conflict as refusal:
        flash(message_for(refusal), "error")
    else:
        flash(done, "success")
    return redirect(url_for("admin.user", user_id=user_id), 303)


@blueprint.get("/audit")
@admin
def audit() -> Any:
    """Who did what to which object, newest first."""
    names = {"type": "object_type", "id": "object_id", "actor": "actor"}
    asked: dict[str, Any] = {name: request.args.get(name, "").strip()[:100] for name in names}
    page = audit_log(db.session(), **{names[k]: v for k, v in asked.items()}, page=_page_asked())
    return render_template(
        "admin/audit.html",
        page=page,
        asked=asked,
        kinds=kinds_of_objects(db.session()),
        page_url=lambda n: url_for("admin.audit", page=n, **{k: v for k, v in asked.items() if v}),
        **_frame(),
    )
