"""The view models of a placed order and of a member's own orders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from flask import url_for
from markupsafe import Markup

from app.listing.labels import stars
from app.orders.models import OrderState
from app.orders.queries import LineView, OrderGroupView, OrderSummary, OrderView
from app.shop.buying.presentation.goods import (
    GoodsLine,
    batch_link,
    goods_picture,
    goods_url,
    parcels_label,
    producer_url,
    units_label,
)
from app.web.components import Amount, Row, Step
from app.web.filters import number, vn_date, vn_datetime, vnd
from app.web.labels import draw, label
from app.web.language import gettext
from app.web.pagination import Address, Pages

_ORDER_STATE: Final = "components/order_state.html"


_ON_ITS_WAY: Final = (OrderState.PLACED, OrderState.CONFIRMED, OrderState.SHIPPED, OrderState.DELIVERED)


@dataclass(frozen=True, slots=True)
class OrderParcel:
    """One producer's parcel of an order. `cancelled` is a title, `due` what is to be paid at the door."""

    state: str
    label: str
    producer: str
    number: str
    url: str
    cancelled: str
    cancel_reason: str
    steps: tuple[Step, ...]
    tracking: str
    lines: tuple[GoodsLine, ...]
    due_label: str
    due: str


@dataclass(frozen=True, slots=True)
class OrderPage:
    """The page of an order."""

    title: str
    placed: str
    address: str
    parcels: tuple[OrderParcel, ...]
    rows: tuple[Amount, ...]
    due: int
    delivery: tuple[Row, ...]
    note: str


@dataclass(frozen=True, slots=True)
class ParcelState:
    """A producer of an order with the state of its parcel, drawn."""

    producer: str
    state: Markup


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order in a member's list."""

    url: str
    title: str
    total: str
    parcels: tuple[ParcelState, ...]
    units: str


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """A member's orders."""

    total: int
    rows: tuple[OrderRow, ...]
    pages: Pages
    address: Address


def present_order(group: OrderGroupView, address: str) -> OrderPage:
    """An order with its parcels; `address` is that of its page, for who has no account."""
    placed = gettext("Đặt lúc %(time)s.", time=vn_datetime(group.placed_at))
    return OrderPage(
        title=gettext("Đơn hàng ngày %(day)s", day=vn_date(group.placed_at)),
        placed=f"{placed} {parcels_label(len(group.orders))}.",
        address=address,
        parcels=tuple(map(_parcel, group.orders)),
        rows=_due_amounts(group.orders),
        due=group.due,
        delivery=_delivery(group),
        note=_order_note(group),
    )


def _due_amounts(orders: Iterable[OrderView]) -> tuple[Amount, ...]:
    """What is to be paid: cancelled parcels cost nothing."""
    due = [order for order in orders if order.state != OrderState.CANCELLED]
    delivery = gettext("Giao hàng")
    return (
        Amount(gettext("Tiền hàng"), sum(order.goods_total for order in due)),
        Amount(f"{delivery}, {parcels_label(len(due))}", sum(order.delivery_fee for order in due)),
    )


def _delivery(group: OrderGroupView) -> tuple[Row, ...]:
    return (
        Row(gettext("Người nhận"), group.buyer_name),
        Row(gettext("Điện thoại"), group.masked_phone),
        Row(gettext("Địa chỉ"), f"{group.address}, {group.place.today}"),
        Row(gettext("Lời nhắn"), group.note),
    )


def _order_note(group: OrderGroupView) -> str:
    batches = gettext("Bấm vào số lô để xem hàng từ vùng nào, làm ngày nào.")
    if group.email:
        first = gettext("Thư báo đơn gửi đến hộp thư bạn đã ghi.")
    elif not group.user_id:
        first = gettext("Giữ lại đường dẫn trang này: ai có nó thì xem được đơn.")
    else:
        return batches
    return f"{first} {batches}"


def _parcel(order: OrderView) -> OrderParcel:
    cancelled = order.state == OrderState.CANCELLED
    day, fee = vn_date(order.state_at), vnd(order.delivery_fee)
    tracking = gettext("Vận đơn: %(tracking)s", tracking=order.tracking) if order.tracking else ""
    return OrderParcel(
        state=order.state,
        label=gettext("Kiện của %(name)s", name=order.producer_name),
        producer=order.producer_name,
        number=gettext("Đơn %(number)s", number=order.number),
        url=producer_url(order.producer_slug),
        cancelled=gettext("Cơ sở đã hủy kiện này ngày %(day)s.", day=day) if cancelled else "",
        cancel_reason=order.cancel_reason or "",
        steps=() if cancelled else tuple(_steps(order)),
        tracking="" if cancelled else tracking,
        lines=tuple(map(_order_line, order.lines)),
        due_label=gettext("Trả khi nhận kiện này, gồm giao hàng %(fee)s", fee=fee),
        due="" if cancelled else vnd(order.total),
    )


def _steps(order: OrderView) -> Iterator[Step]:
    """The stations of a parcel, the days of the first and of the one it has reached."""
    reached = _ON_ITS_WAY.index(OrderState(order.state))
    for place, state in enumerate(_ON_ITS_WAY):
        day = order.placed_at if place == 0 else order.state_at if place == reached else None
        progress = "done" if place <= reached else "now" if place == reached + 1 else "next"
        yield Step(label(_ORDER_STATE, "step_title", state), vn_date(day), progress)


def _order_line(line: LineView) -> GoodsLine:
    several = len(line.batches) > 1
    details = f"{number(line.quantity)} × {line.pack}, {vnd(line.unit_price)}"
    return GoodsLine(
        name=line.product_name,
        url=goods_url(line.goods),
        picture=goods_picture(line.goods),
        details=details,
        example=line.goods.example,
        batches=tuple(
            batch_link(batch.public_id, batch.code, number(batch.quantity) if several else "")
            for batch in line.batches
        ),
        expires="",
        stars=stars(line.standing),
        total=vnd(line.total),
    )


def present_orders(orders: Iterable[OrderSummary], pages: Pages, address: Address) -> OrdersPage:
    """A page of a member's orders."""
    return OrdersPage(pages.total, tuple(map(_order_row, orders)), pages, address)


def _order_row(order: OrderSummary) -> OrderRow:
    return OrderRow(
        url=url_for("shop.order", public_id=order.public_id),
        title=gettext("Đơn ngày %(day)s", day=vn_date(order.placed_at)),
        total=vnd(order.total),
        parcels=tuple(
            ParcelState(producer, draw(_ORDER_STATE, "buyer_state", state))
            for producer, state in zip(order.producers, order.states, strict=True)
        ),
        units=units_label(order.units),
    )
