"""The producers' portal. Each section hangs its routes on the blueprint; this file has the first page."""

from __future__ import annotations

import sqlalchemy as sa
from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from app.accounts.access import choose_producer, member, my_producer_id, producer_member
from app.catalogue.models import Producer
from app.core import clock
from app.core.db import db
from app.producers.areas import views as _areas  # noqa: F401 - each hangs its routes on the blueprint
from app.producers.batches import views as _batches  # noqa: F401
from app.producers.blueprint import blueprint
from app.producers.frame import Answer, page
from app.producers.orders import views as _orders  # noqa: F401
from app.producers.people import views as _people  # noqa: F401
from app.producers.products import photo_views as _photos  # noqa: F401
from app.producers.products import views as _products  # noqa: F401
from app.producers.stamps import sheet_views as _sheets  # noqa: F401
from app.producers.stamps import views as _stamps  # noqa: F401
from app.producers.today.pages import today_page
from app.producers.today.queries import today_view

MOST_DIGITS = 18  # of an id; more is none of ours and no number a database takes


@blueprint.get("/")
@producer_member
def home() -> Answer:
    """What waits today."""
    view = today_view(db.session(), my_producer_id(), clock.today())
    return page("today.html", "today", page=today_page(view, _others()))


@blueprint.post("/switch")
@producer_member
def switch() -> Response:
    """Let the portal work for another of one's producers."""
    chosen = request.form.get("producer", "")
    choose_producer(int(chosen) if chosen.isdecimal() and len(chosen) < MOST_DIGITS else 0)
    return redirect(url_for("portal.home"), 303)


def _others() -> list[tuple[int, str]]:
    """The other producers of whoever asks, by name; nothing is asked for the many who have one."""
    ids = set(member().producer_ids) - {my_producer_id()}
    if not ids:
        return []
    rows = db.session.execute(
        sa.select(Producer.id, Producer.name).where(Producer.id.in_(ids)).order_by(Producer.folded)
    )
    return [(producer_id, name) for producer_id, name in rows]


__all__ = ["blueprint"]
