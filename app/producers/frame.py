"""What every page of the portal has around it: its navigation, whose portal it is, what was just done."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from typing import Any, TypedDict, TypeVar, cast

import sqlalchemy as sa
from flask import flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.accounts.access import current_actor, member, my_producer_id, remember_producer
from app.catalogue.models import Producer
from app.core import clock
from app.core.audit import Actor
from app.core.db import atomic, db
from app.core.errors import NotFound, Refusal
from app.geography.lookup import gazetteer
from app.orders.models import WAITING, Order
from app.web.frame import NavItem, PortalHeading
from app.web.language import gettext
from app.web.messages import message_for, show_at_field

View = TypeVar("View", bound=Callable[..., Any])
Result = TypeVar("Result")
Answer = str | Response | tuple[str, int]


class Mine(TypedDict):
    """What every verb of the portal is told: for whom, by whom, when."""

    producer_id: int
    actor: Actor
    now: dt.datetime


def mine() -> Mine:
    """The producer the portal works for, the person who acts, this moment."""
    return {"producer_id": my_producer_id(), "actor": current_actor(), "now": clock.now()}


def page(template: str, section: str, **values: Any) -> str:
    """Render a page of a section: today, products, areas, batches, stamps, orders or, for an owner, staff."""
    session = db.session()
    remember_producer()
    producer = session.get_one(Producer, my_producer_id())
    waiting = session.scalar(
        sa.select(sa.func.count()).where(Order.producer_id == producer.id, Order.state.in_(WAITING))
    )
    province = gazetteer(session).today_of(producer.province_id)
    return render_template(
        f"producers/{template}",
        nav=_navigation(section, waiting or 0),
        portal=PortalHeading(producer.name, province.short_name),
        producer_slug=producer.slug,
        **values,
    )


def _navigation(section: str, waiting: int) -> tuple[NavItem, ...]:
    sections = [
        ("today", gettext("Hôm nay"), "portal.home", "clock"),
        ("orders", gettext("Đơn hàng"), "portal.orders", "cart"),
        ("products", gettext("Sản phẩm"), "portal.products", "leaf"),
        ("batches", gettext("Lô hàng"), "portal.batches", "box"),
        ("stamps", gettext("Tem"), "portal.stamps", "stamp"),
        ("areas", gettext("Vùng nguyên liệu"), "portal.areas", "area"),
    ]
    if my_producer_id() in member().owned_producer_ids:
        sections.append(("staff", gettext("Nhân viên"), "portal.people", "users"))
    return tuple(
        NavItem(label, url_for(endpoint), icon, name == section, waiting if name == "orders" else 0)
        for name, label, endpoint, icon in sections
    )


def attempt(
    form: FlaskForm, act: Callable[[Session], Result], *, read: Callable[[], None] | None = None
) -> tuple[Result | None, int]:
    """Do what a sent form asks, in one transaction: (the result, 200), or (None, the status of its page).

    `read` takes in the files and pictures sent with the form; nobody waits in a transaction for that.
    """
    if not form.is_submitted():
        return None, 200
    if not form.validate():
        return None, 400
    try:
        if read is not None:
            read()
        with atomic() as session:
            return act(session), 200
    except Refusal as refusal:
        show_at_field(form, refusal)
        return None, refusal.status


def done(message: str, endpoint: str, **values: Any) -> Response:
    """Show what was done on the page that comes next."""
    flash(message, "success")
    return redirect(url_for(endpoint, **values), 303)


def flash_refusals(endpoint: str, *names: str) -> Callable[[View], View]:
    """For buttons without a form of their own: a refusal is shown on top of the page they came from.

    `names` are the parts of the address that page needs. NotFound stays a 404.
    """

    def around(view: View) -> View:
        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            try:
                return view(*args, **kwargs)
            except NotFound:
                raise
            except Refusal as refusal:
                flash(message_for(refusal), "error")
                values = {name: (request.view_args or {})[name] for name in names}
                return redirect(url_for(endpoint, **values), 303)

        return cast(View, guarded)

    return around
