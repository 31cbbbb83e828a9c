"""The producers' portal. The rooms hang their routes on the blueprint; this file has the first page."""

from __future__ import annotations

import sqlalchemy as sa
from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from app.accounts.access import choose_producer, member, my_producer_id, producer_member
from app.catalogue.models import Producer
from app.core import clock
from app.core.db import db
from app.producers import (  # noqa: F401 - each hangs its routes on the blueprint
    areas_views,
    batches_views,
    orders_views,
    photos_views,
    products_views,
    sheets_views,
    staff_views,
    stamps_views,
)
from app.producers.blueprint import blueprint
from app.producers.frame import Answer, page
from app.producers.today import today_view

MOST_DIGITS = 18  # of an id; more is none of ours and no number a database takes


@blueprint.get("/")
@producer_member
def home() -> Answer:
    """What waits today."""
    view = today_view(db.session(), my_producer_id(), clock.today())
    return page("today.html", "today", view=view, others=_others())


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
