"""The audit log."""

from __future__ import annotations

from flask import request

from app.accounts.access import admin
from app.accounts.queries import deeds, kinds_of_objects
from app.admin.audit.pages import audit_page
from app.admin.blueprint import blueprint
from app.admin.frame import asked_page, page
from app.core.db import db


@blueprint.get("/audit")
@admin
def audit() -> str:
    """Who did what to which object, newest first."""
    session = db.session()
    asked = {name: request.args.get(name, "").strip()[:100] for name in ("type", "id", "actor")}
    lines = deeds(
        session,
        object_type=asked["type"],
        object_id=asked["id"],
        actor=asked["actor"],
        page=asked_page(),
    )
    return page("audit.html", page=audit_page(lines, asked, kinds_of_objects(session)))
