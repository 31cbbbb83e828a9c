"""View models of the orders: the list, what to fetch for them, and one order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask import url_for

from app.catalogue.plates import plate_for
from app.orders.models import WAITING, OrderState
from app.orders.queries import LineView, OrderGroupView, OrderView, ProducerOrder
from app.producers.orders.queries import OVER, SENT, PickLine
from app.web.components import Action, Amount, Crumb, Link, OrderCard, Row, Step, Tab
from app.web.filters import number, vn_date
from app.web.language import gettext, ngettext
from app.web.media import WIDTHS, photo_url

MOST: Final = 200
"""Orders that one list shows."""
GROUPS: Final[Mapping[str, tuple[OrderState, ...]]] = {"waiting": WAITING, "sent": SENT, "over": OVER}
"""The lists of orders, and the states of the orders in each."""
_WAY: Final = (OrderState.PLACED, OrderState.CONFIRMED, OrderState.SHIPPED, OrderState.DELIVERED)
"""The states on the way to the buyer, in their order."""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order as a row of the list."""

    number: str
    url: str
    placed_at: dt.datetime
    state: OrderState
    buyer: str
    place: str
    units: int
    total: int


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """The orders of one group. `waiting`: there is something to pack; `cut`: more orders than the list shows."""

    group: str
    tabs: tuple[Tab, ...]
    waiting: bool
    rows: tuple[OrderLine, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class PickedOrder:
    """An order that needs units of a line of the pick list."""

    number: str
    url: str
    units: int


@dataclass(frozen=True, slots=True)
class PickRow:
    """What to fetch from one batch, and for which orders."""

    product: str
    pack: str
    batch: Link
    orders: tuple[PickedOrder, ...]
    units: int


@dataclass(frozen=True, slots=True)
class PickPage:
    """The pick list of every order that waits."""

    crumbs: tuple[Crumb, ...]
    orders_label: str
    rows: tuple[PickRow, ...]


@dataclass(frozen=True, slots=True)
class BatchUnits:
    """So many units from this batch."""

    label: str
    url: str
    units: int


@dataclass(frozen=True, slots=True)
class OrderedGoods:
    """A line of the order, and the batches it is fetched from."""

    card: OrderCard
    batches: tuple[BatchUnits, ...]


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One order: how far it has come (no steps once cancelled), what is in it, what may be done next.

    `ship_kind` is the look of the button that sends it; empty where it cannot be sent.
    """

    number: str
    crumbs: tuple[Crumb, ...]
    state: OrderState
    placed_at: dt.datetime
    steps: tuple[Step, ...]
    cancel_reason: str | None
    goods: tuple[OrderedGoods, ...]
    amounts: tuple[Amount, ...]
    total: int
    confirm: Action | None
    ship_kind: str
    deliver: Action | None
    buyer: tuple[Row, ...]

    @property
    def has_next(self) -> bool:
        """Something may still be done."""
        return bool(self.confirm or self.ship_kind or self.deliver)


def orders_page(orders: Sequence[ProducerOrder], counts: Mapping[OrderState, int], group: str) -> OrdersPage:
    """The page of one group of orders, waiting, sent or over."""
    sums = {name: sum(counts.get(state, 0) for state in states) for name, states in GROUPS.items()}
    labels = {"waiting": gettext("Chờ gửi"), "sent": gettext("Đang giao"), "over": gettext("Đã xong")}
    return OrdersPage(
        group=group,
        tabs=tuple(
            Tab(f"{label} ({number(sums[name])})", _group_url(name), name == group)
            for name, label in labels.items()
        ),
        waiting=bool(sums["waiting"]),
        rows=tuple(_order_line(order) for order in orders),
        cut=len(orders) == MOST,
    )


def _group_url(name: str) -> str:
    return url_for("portal.orders", state=None if name == "waiting" else name)


def _order_line(of: ProducerOrder) -> OrderLine:
    order = of.order
    return OrderLine(
        number=order.number,
        url=url_for("portal.order", number=order.number),
        placed_at=order.placed_at,
        state=order.state,
        buyer=of.buyer.buyer_name,
        place=of.buyer.place.today,
        units=sum(line.quantity for line in order.lines),
        total=order.total,
    )


def pick_page(lines: Sequence[PickLine], orders: int) -> PickPage:
    """The pick list for so many orders."""
    return PickPage(
        crumbs=(_first_crumb(), Crumb(gettext("Phiếu nhặt hàng"))),
        orders_label=ngettext("%(num)s đơn chờ gửi", "%(num)s đơn chờ gửi", orders),
        rows=tuple(_pick_row(line) for line in lines),
    )


def _pick_row(line: PickLine) -> PickRow:
    return PickRow(
        product=line.product_name,
        pack=line.pack,
        batch=Link(line.batch_code, url_for("portal.batch", public_id=line.batch_public_id)),
        orders=tuple(
            PickedOrder(order, url_for("portal.order", number=order), units) for order, units in line.orders
        ),
        units=line.units,
    )


def _first_crumb() -> Crumb:
    return Crumb(gettext("Đơn hàng"), url_for("portal.orders"))


def order_page(of: ProducerOrder) -> OrderPage:
    """The page of one order."""
    order = of.order
    return OrderPage(
        number=order.number,
        crumbs=(_first_crumb(), Crumb(order.number)),
        state=order.state,
        placed_at=order.placed_at,
        steps=_steps(order),
        cancel_reason=order.cancel_reason,
        goods=tuple(_goods(line) for line in order.lines),
        amounts=(
            Amount(gettext("Tiền hàng"), order.goods_total),
            Amount(gettext("Phí giao"), order.delivery_fee),
        ),
        total=order.total,
        confirm=_confirm(order),
        ship_kind=_ship_kind(order.state),
        deliver=_deliver(order),
        buyer=_buyer(of.buyer, order),
    )


def _steps(order: OrderView) -> tuple[Step, ...]:
    if order.state not in _WAY:
        return ()
    reached = _WAY.index(order.state)
    titles = (
        (gettext("Đặt"), vn_date(order.placed_at)),
        (gettext("Xác nhận"), ""),
        (gettext("Gửi đi"), order.tracking or ""),
        (gettext("Giao xong, thu tiền"), ""),
    )
    return tuple(
        Step(title, text, "done" if n <= reached else "now" if n == reached + 1 else "next")
        for n, (title, text) in enumerate(titles)
    )


def _goods(line: LineView) -> OrderedGoods:
    goods = line.goods
    picture = (
        photo_url(goods.photo, WIDTHS[0])
        if goods.photo
        else plate_for(
            line.product_name, goods.group_code, goods.product_set, goods.province, line.product_slug
        )
    )
    return OrderedGoods(
        card=OrderCard(line.product_name, picture, line.total, words=(f"{line.pack} × {line.quantity}",)),
        batches=tuple(
            BatchUnits(
                gettext("lô %(code)s", code=batch.code),
                url_for("portal.batch", public_id=batch.public_id),
                batch.quantity,
            )
            for batch in line.batches
        ),
    )


def _confirm(order: OrderView) -> Action | None:
    if order.state != OrderState.PLACED:
        return None
    url = url_for("portal.confirm_order", number=order.number)
    return Action(gettext("Xác nhận đơn"), url, kind="main", icon="check", method="post")


def _ship_kind(state: OrderState) -> str:
    return {OrderState.PLACED: "line", OrderState.CONFIRMED: "main"}.get(state, "")


def _deliver(order: OrderView) -> Action | None:
    if order.state != OrderState.SHIPPED:
        return None
    url = url_for("portal.deliver_order", number=order.number)
    return Action(gettext("Đã giao, đã thu tiền"), url, kind="main", icon="check", method="post")


def _buyer(buyer: OrderGroupView, order: OrderView) -> tuple[Row, ...]:
    return (
        Row(gettext("Người nhận"), buyer.buyer_name),
        Row(gettext("Điện thoại"), buyer.phone, url=f"tel:{buyer.phone}"),
        Row(gettext("Địa chỉ"), f"{buyer.address}, {buyer.place.today}"),
        Row(gettext("Lời nhắn"), buyer.note),
        Row(gettext("Vận đơn"), order.tracking),
    )
