"""The producers' portal. Each section hangs its routes on the blueprint; this file has the first page and the door."""

from __future__ import annotations

from urllib.parse import quote

import sqlalchemy as sa
from flask import g, redirect, request, url_for
from werkzeug.wrappers import Response

from app.accounts.access import member, my_producer_id, producer_member
from app.catalogue.models import Producer
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.producers.areas import views as _areas  # noqa: F401 - each hangs its routes on the blueprint
from app.producers.batches import views as _batches  # noqa: F401
from app.producers.belonging import OfAnotherProducer, ProducerNotNamed, owners_of
from app.producers.blueprint import blueprint, door
from app.producers.frame import Answer, page
from app.producers.orders import views as _orders  # noqa: F401
from app.producers.people import views as _people  # noqa: F401
from app.producers.products import photo_views as _photos  # noqa: F401
from app.producers.products import views as _products  # noqa: F401
from app.producers.stamps import sheet_views as _sheets  # noqa: F401
from app.producers.stamps import views as _stamps  # noqa: F401
from app.producers.today.pages import today_page
from app.producers.today.queries import today_view
from app.web.errors import refusal_answer

SECTIONS = ("areas", "batches", "orders", "products", "staff", "stamps", "today")


@blueprint.get("/today")
@producer_member
def home() -> Answer:
    """What waits today."""
    view = today_view(db.session(), my_producer_id(), clock.today())
    return page("today.html", "today", page=today_page(view, _others()))


def _others() -> list[tuple[str, str]]:
    """Address and name of the other producers of whoever asks; nothing is asked for the many who have one."""
    ids = set(member().producer_ids) - {my_producer_id()}
    if not ids:
        return []
    rows = db.session.execute(
        sa.select(Producer.slug, Producer.name).where(Producer.id.in_(ids)).order_by(Producer.folded)
    )
    return [(slug, name) for slug, name in rows]


@blueprint.errorhandler(NotFound)
def not_in_this_portal(error: NotFound) -> Response:
    """To a form that names one of my producers and a thing of another of mine, say whose it is."""
    mine = set(member().producer_ids)
    if request.method != "POST" or g.producer_id not in mine or len(mine) == 1:
        return refusal_answer(error)
    section = str(request.url_rule).split("/")[3]
    owners = owners_of(db.session(), section, request.view_args or {}, list(request.form.items(multi=True)))
    others = owners & mine - {g.producer_id}
    if not others:
        return refusal_answer(error)
    name = db.session.scalar(sa.select(Producer.name).where(Producer.id == min(others)))
    return refusal_answer(OfAnotherProducer(name=name))


@door.get("/")
@producer_member
def enter() -> Response:
    """To the portal that this browser had open last."""
    return redirect(url_for("portal.home", producer=_my_slug()))


@door.route("/<path:rest>", methods=["GET", "POST"])
@producer_member
def old_address(rest: str) -> Response:
    """Addresses from before they named the producer, in bookmarks and open tabs.

    A form says with its address for whom it was filled in; where that is in doubt nothing is done.
    """
    first, _, more = rest.partition("/")
    if first in SECTIONS:
        if request.method == "POST" and len(member().producer_ids) > 1:
            raise ProducerNotNamed
        query = f"?{request.query_string.decode()}" if request.query_string else ""
        return redirect(f"{url_for('.enter')}{_my_slug()}/{quote(rest)}{query}", 307)
    if more or request.method == "POST":
        raise NotFound
    return redirect(url_for("portal.home", producer=first))


def _my_slug() -> str:
    slug: str = db.session.scalars(sa.select(Producer.slug).where(Producer.id == my_producer_id())).one()
    return slug


__all__ = ["blueprint", "door"]
