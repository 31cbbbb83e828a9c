"""The first page of the admin's portal: the state of the system."""

from __future__ import annotations

from app.accounts.access import admin
from app.admin.blueprint import blueprint
from app.admin.frame import page
from app.admin.system.pages import system_page
from app.admin.system.queries import system_state
from app.core import clock
from app.core.db import db
from app.core.parts import part
from app.core.stores import Stores
from app.web.health import Readiness
from config import Settings


@blueprint.get("/")
@admin
def home() -> str:
    """What stands and what does not."""
    settings = part(Settings)
    state = system_state(
        db.session(),
        settings,
        search=part(Readiness).answers("search"),
        stores=part(Stores),
        now=clock.now(),
    )
    return page("system.html", page=system_page(state, settings))
