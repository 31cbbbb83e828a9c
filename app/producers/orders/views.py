"""Orders: what to pack, sent, delivered."""

from __future__ import annotations

from flask import request

from app.accounts.access import my_producer_id, producer_member
from app.core.db import atomic, db
from app.orders import fulfilment as verbs
from app.orders.models import WAITING
from app.orders.queries import orders_of_producer
from app.producers.blueprint import blueprint
from app.producers.frame import Answer, attempt, done, flash_refusals, mine, page
from app.producers.orders.forms import CancelForm, ShipForm
from app.producers.orders.pages import GROUPS, MOST, order_page, orders_page, pick_page
from app.producers.orders.queries import order_counts, order_of_producer, pick_list
from app.web.language import gettext


@blueprint.get("/orders")
@producer_member
def orders() -> Answer:
    """My orders by what they wait for."""
    asked = request.args.get("state", "waiting")
    group = asked if asked in GROUPS else "waiting"
    session, producer_id = db.session(), my_producer_id()
    rows = orders_of_producer(session, producer_id, states=GROUPS[group], limit=MOST)
    view = orders_page(rows, order_counts(session, producer_id), group)
    return page("orders/orders.html", "orders", page=view)


@blueprint.get("/orders/pick")
@producer_member
def pick() -> Answer:
    """What to fetch from which batch for every order that waits."""
    waiting = orders_of_producer(db.session(), my_producer_id(), states=WAITING, limit=MOST)
    return page("orders/pick.html", "orders", page=pick_page(pick_list(waiting), len(waiting)))


@blueprint.get("/orders/<number>")
@producer_member
def order(number: str) -> Answer:
    """One order: whom it goes to, what is in it, what to do next."""
    return _order_page(number, ShipForm(formdata=None), CancelForm(formdata=None))


def _order_page(number: str, ship: ShipForm, cancel: CancelForm) -> str:
    view = order_page(order_of_producer(db.session(), my_producer_id(), number))
    return page("orders/order.html", "orders", page=view, ship=ship, cancel=cancel)


@blueprint.post("/orders/<number>/confirm")
@producer_member
@flash_refusals("portal.order", "number")
def confirm_order(number: str) -> Answer:
    """Take the order on."""
    with atomic() as session:
        verbs.confirm(session, number=number, **mine())
    return done(gettext("Đã xác nhận đơn."), ".order", number=number)


@blueprint.post("/orders/<number>/ship")
@producer_member
def ship_order(number: str) -> Answer:
    """The parcel has left."""
    form = ShipForm()
    shipped, status = attempt(
        form, lambda session: verbs.ship(session, number=number, tracking=form.tracking.data, **mine())
    )
    if shipped is not None:
        return done(gettext("Đã ghi là đã gửi. Khách được báo."), ".order", number=number)
    return _order_page(number, form, CancelForm(formdata=None)), status


@blueprint.post("/orders/<number>/deliver")
@producer_member
@flash_refusals("portal.order", "number")
def deliver_order(number: str) -> Answer:
    """The buyer has it and has paid."""
    with atomic() as session:
        verbs.deliver(session, number=number, **mine())
    return done(gettext("Đã giao và thu tiền. Đơn xong."), ".order", number=number)


@blueprint.post("/orders/<number>/cancel")
@producer_member
def cancel_order(number: str) -> Answer:
    """It cannot be sent: units go back to their batches, the buyer reads why."""
    form = CancelForm()
    cancelled, status = attempt(
        form, lambda session: verbs.cancel(session, number=number, reason=form.reason.data or "", **mine())
    )
    if cancelled is not None:
        return done(gettext("Đã hủy đơn. Hàng về lại kho."), ".order", number=number)
    return _order_page(number, ShipForm(formdata=None), form), status
