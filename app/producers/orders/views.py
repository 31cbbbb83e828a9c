"""The order room: what to pack, sent, delivered."""

from __future__ import annotations

from flask import request
from flask_babel import gettext

from app.accounts.access import my_producer_id, producer_member
from app.core.db import atomic, db
from app.orders import fulfilment as verbs
from app.orders.models import WAITING
from app.orders.queries import orders_of_producer
from app.producers.blueprint import blueprint
from app.producers.frame import Answer, attempt, done, kindly, mine, page
from app.producers.orders.forms import CancelForm, ShipForm
from app.producers.orders.queries import (
    OVER,
    SENT,
    order_counts,
    order_of_producer,
    pick_list,
)

SHELVES = {"waiting": WAITING, "sent": SENT, "over": OVER}
MOST = 200


@blueprint.get("/orders")
@producer_member
def orders() -> Answer:
    """My orders by what they wait for."""
    shelf = request.args.get("state", "waiting")
    states = SHELVES.get(shelf, WAITING)
    session, producer_id = db.session(), my_producer_id()
    counts = order_counts(session, producer_id)
    return page(
        "orders/orders.html",
        "orders",
        orders=orders_of_producer(session, producer_id, states=states, limit=MOST),
        shelf=shelf if shelf in SHELVES else "waiting",
        counts={name: sum(counts.get(s, 0) for s in some) for name, some in SHELVES.items()},
        most=MOST,
    )


@blueprint.get("/orders/pick")
@producer_member
def pick() -> Answer:
    """What to fetch from which batch for every order that waits."""
    waiting = orders_of_producer(db.session(), my_producer_id(), states=WAITING, limit=MOST)
    return page("orders/pick.html", "orders", lines=pick_list(waiting), orders=len(waiting))


@blueprint.get("/orders/<number>")
@producer_member
def order(number: str) -> Answer:
    """One order: whom it goes to, what is in it, what to do next."""
    return _order_page(number, ShipForm(formdata=None), CancelForm(formdata=None))


def _order_page(number: str, ship: ShipForm, cancel: CancelForm) -> str:
    found = order_of_producer(db.session(), my_producer_id(), number)
    return page("orders/order.html", "orders", order=found.order, buyer=found.buyer, ship=ship, cancel=cancel)


@blueprint.post("/orders/<number>/confirm")
@producer_member
@kindly("portal.order", "number")
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
    made, status = attempt(
        form, lambda session: verbs.ship(session, number=number, tracking=form.tracking.data, **mine())
    )
    if made is not None:
        return done(gettext("Đã ghi là đã gửi. Khách được báo."), ".order", number=number)
    return _order_page(number, form, CancelForm(formdata=None)), status


@blueprint.post("/orders/<number>/deliver")
@producer_member
@kindly("portal.order", "number")
def deliver_order(number: str) -> Answer:
    """The buyer has it and has paid."""
    with atomic() as session:
        verbs.deliver(session, number=number, **mine())
    return done(gettext("Đã giao và thu tiền. Đơn xong."), ".order", number=number)


@blueprint.post("/orders/<number>/cancel")
@producer_member
def cancel_order(number: str) -> Answer:
    """It cannot be sent: packs go back to their batches, the buyer reads why."""
    form = CancelForm()
    made, status = attempt(
        form, lambda session: verbs.cancel(session, number=number, reason=form.reason.data or "", **mine())
    )
    if made is not None:
        return done(gettext("Đã hủy đơn. Hàng về lại kho."), ".order", number=number)
    return _order_page(number, ShipForm(formdata=None), form), status
