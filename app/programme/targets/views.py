"""The dashboard of the own place, and the figures that provinces have published."""

from __future__ import annotations

from app.accounts.access import officer
from app.core import clock
from app.core.db import db
from app.geography.lookup import gazetteer
from app.programme.blueprint import blueprint
from app.programme.frame import asked_place, page
from app.programme.labels import group_names
from app.programme.targets.pages import dashboard_page, figures_page
from app.programme.targets.queries import dashboard
from app.targets.figures import published_figures


@blueprint.get("/")
@officer
def home() -> str:
    """The register of the own place in figures, each a link to the rows behind it."""
    session, own = db.session(), asked_place()
    board = dashboard(session, gazetteer(session), own.unit, clock.today())
    return page("targets/home.html", own, page=dashboard_page(board, own.unit.slug, group_names(session)))


@blueprint.get("/figures")
@officer
def figures() -> str:
    """Every figure provinces have published, with its source and year."""
    return page("targets/figures.html", asked_place(), page=figures_page(published_figures(db.session())))
