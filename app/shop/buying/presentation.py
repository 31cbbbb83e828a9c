"""Cart, checkout and orders as their templates draw them: frozen view models, every choice made, every label ready."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from flask import url_for
from markupsafe import Markup

from app.catalogue.plates import plate_for
from app.geography.lookup import Gazetteer
from app.listing.goods import Goods
from app.listing.labels import stars
from app.orders.cart import CartLineView, CartView, ParcelView
from app.orders.models import OrderState
from app.orders.queries import LineView, OrderGroupView, OrderSummary, OrderView
from app.supply.queries import BatchOnSale
from app.web.components import Amount, Row, Step
from app.web.filters import number, vn_date, vn_datetime, vnd
from app.web.labels import draw, label
from app.web.language import gettext, ngettext
from app.web.media import photo_url
from app.web.messages import message_for
from app.web.pagination import Address, Pages

MOST_OF_A_LINE: Final = 999
_ORDER_STATE: Final = "components/order_state.html"
_ON_ITS_WAY: Final = (OrderState.PLACED, OrderState.CONFIRMED, OrderState.SHIPPED, OrderState.DELIVERED)


@dataclass(frozen=True, slots=True)
class BatchLink:
    """A batch of a line and the address of its story; `quantity` where the line has units of several batches."""

    label: str
    url: str
    quantity: str = ""


@dataclass(frozen=True, slots=True)
class GoodsLine:
    """A line of a cart or an order. `details` follow the name, `expires` follows the batch that would be sent."""

    name: str
    url: str | None
    picture: str
    details: str
    example: bool
    batches: tuple[BatchLink, ...]
    expires: str
    stars: Markup
    total: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class QuantityForm:
    """The field for how many units a line has. `typed` is what stands in it."""

    variant: str
    label: str
    typed: str
    most: int
    offered: bool


@dataclass(frozen=True, slots=True)
class CartLine:
    """A line of the cart with its forms."""

    goods: GoodsLine
    form: QuantityForm


@dataclass(frozen=True, slots=True)
class CartParcel:
    """What one producer will send."""

    producer: str
    sent_from: str
    url: str
    lines: tuple[CartLine, ...]


@dataclass(frozen=True, slots=True)
class CartPage:
    """The cart. `summary` counts units and parcels."""

    summary: str
    parcels: tuple[CartParcel, ...]
    rows: tuple[Amount, ...]
    total: int
    ready: bool
    example: bool


@dataclass(frozen=True, slots=True)
class NearGoods:
    """A pack in stock that is near to one that is not."""

    name: str
    url: str | None
    label: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line cannot be ordered."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class CheckoutParcel:
    """What one producer will send, as the checkout lists it."""

    producer: str
    sent_from: str
    lines: tuple[GoodsLine, ...]


@dataclass(frozen=True, slots=True)
class CheckoutPage:
    """The checkout. `warning` is why the order just sent was not placed; `problems` and `near` where lines hinder."""

    summary: str
    warning: str
    problems: tuple[Problem, ...]
    near: tuple[NearGoods, ...]
    parcels: tuple[CheckoutParcel, ...]
    rows: tuple[Amount, ...]
    total: int
    ready: bool


@dataclass(frozen=True, slots=True)
class AddPage:
    """The question how many once more. `most` is how many may be added; without a form `near` shows others."""

    name: str
    unit: str
    picture: str
    producer: str | None
    price: str
    url: str | None
    variant: str
    in_cart: str
    typed: str
    most: int
    problem: str
    near: tuple[NearGoods, ...]


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


def present_cart(cart: CartView, places: Gazetteer, wrong: dict[str, tuple[str, str]]) -> CartPage:
    """The cart; `wrong` is, by variant, what was typed and what is wrong with it."""
    units, parcels = _units(cart.count), _parcels(len(cart.parcels))
    one_each = gettext("Mỗi cơ sở gửi một kiện.")
    return CartPage(
        summary=f"{units}, {parcels}. {one_each}",
        parcels=tuple(
            CartParcel(
                producer=parcel.producer_name or gettext("Chưa rõ cơ sở"),
                sent_from=_sent_from(parcel, places),
                url=_producer_url(parcel.producer_slug),
                lines=tuple(_cart_line(line, wrong.get(line.goods.public_id)) for line in parcel.lines),
            )
            for parcel in cart.parcels
        ),
        rows=_amounts(cart),
        total=cart.total,
        ready=cart.ready,
        example=cart.example,
    )


def _units(count: int) -> str:
    return ngettext("%(num)s món", "%(num)s món", count)


def _parcels(count: int) -> str:
    return ngettext("%(num)s kiện", "%(num)s kiện", count)


def _amounts(cart: CartView) -> tuple[Amount, ...]:
    goods, delivery = gettext("Tiền hàng"), gettext("Giao hàng")
    return (
        Amount(f"{goods}, {_units(cart.count)}", cart.goods_total),
        Amount(f"{delivery}, {_parcels(len(cart.parcels))}", cart.delivery_total),
    )


def _sent_from(parcel: ParcelView, places: Gazetteer) -> str:
    if not parcel.province_id:
        return ""
    return gettext("gửi từ %(place)s", place=places.today_of(parcel.province_id).short_name)


def _producer_url(slug: str | None) -> str:
    return url_for("shop.producer", slug=slug) if slug else ""


def goods_picture(goods: Goods) -> str:
    """The address of the first photograph of a pack, else of its drawn plate."""
    if goods.photo:
        return photo_url(goods.photo, 240)
    return plate_for(goods.name, goods.group_code, goods.product_set, goods.province, goods.slug)


def _goods_url(goods: Goods) -> str | None:
    return url_for("shop.product", slug=goods.slug) if goods.shown else None


def _batch_link(public_id: str, code: str, quantity: str = "") -> BatchLink:
    address = url_for("trace.batch_story", public_id=public_id)
    return BatchLink(gettext("lô %(code)s", code=code), address, quantity)


def _cart_line(line: CartLineView, fault: tuple[str, str] | None) -> CartLine:
    goods = line.goods
    price = f", {vnd(goods.price)}" if goods.price else ""
    problem = fault[1] if fault else _problem(line)
    return CartLine(
        _goods_line(line, f"{goods.pack}{price}", problem),
        QuantityForm(
            variant=goods.public_id,
            label=gettext("Số lượng %(name)s", name=goods.name),
            typed=fault[0] if fault else str(line.quantity),
            most=min(line.available, MOST_OF_A_LINE),
            offered=line.problem in (None, "too-few"),
        ),
    )


def _problem(line: CartLineView) -> str:
    return message_for(line.refusal) if line.refusal else ""


def _goods_line(line: CartLineView, details: str, problem: str) -> GoodsLine:
    batch = line.batch
    return GoodsLine(
        name=line.goods.name,
        url=_goods_url(line.goods),
        picture=goods_picture(line.goods),
        details=details,
        example=line.goods.example,
        batches=(_batch_link(batch.public_id, batch.code),) if batch else (),
        expires=_expires(batch),
        stars=stars(line.standing),
        total=vnd(line.total),
        problem=problem,
    )


def _expires(batch: BatchOnSale | None) -> str:
    if batch is None or batch.expires_on is None:
        return ""
    return gettext("hạn dùng %(day)s", day=vn_date(batch.expires_on))


def present_checkout(
    cart: CartView, places: Gazetteer, *, warning: str, near: Sequence[Goods]
) -> CheckoutPage:
    """The checkout of a cart that is not empty."""
    return CheckoutPage(
        summary=ngettext(
            "%(num)s kiện, trả tiền khi nhận.",
            "%(num)s kiện từ %(num)s cơ sở, trả tiền khi nhận.",
            len(cart.parcels),
        ),
        warning=warning,
        problems=tuple(Problem(line.goods.name, _problem(line)) for line in cart.lines if line.problem),
        near=tuple(map(_near, near)),
        parcels=tuple(
            CheckoutParcel(
                producer=parcel.producer_name or gettext("Chưa rõ cơ sở"),
                sent_from=_sent_from(parcel, places),
                lines=tuple(
                    _goods_line(line, f"{number(line.quantity)} × {line.goods.pack}", _problem(line))
                    for line in parcel.lines
                ),
            )
            for parcel in cart.parcels
        ),
        rows=_amounts(cart),
        total=cart.total,
        ready=cart.ready,
    )


def _near(goods: Goods) -> NearGoods:
    return NearGoods(goods.name, _goods_url(goods), f"{goods.producer_name}, {vnd(goods.price)}")


def present_add(
    goods: Goods, *, problem: str, typed: str, in_cart: int, available: int, near: Sequence[Goods]
) -> AddPage:
    """Why `typed` units of a pack could not be put into the cart, and what can be done."""
    most = min(available, MOST_OF_A_LINE) - in_cart
    return AddPage(
        name=goods.name,
        unit=goods.pack,
        picture=goods_picture(goods),
        producer=goods.producer_name,
        price=vnd(goods.price),
        url=_goods_url(goods),
        variant=goods.public_id,
        in_cart=ngettext("Trong giỏ đã có %(num)s.", "Trong giỏ đã có %(num)s.", in_cart) if in_cart else "",
        typed=typed,
        most=most if goods.refusal is None else 0,
        problem=problem,
        near=tuple(map(_near, near)),
    )


def present_order(group: OrderGroupView, address: str) -> OrderPage:
    """An order with its parcels; `address` is that of its page, for who has no account."""
    placed = gettext("Đặt lúc %(time)s.", time=vn_datetime(group.placed_at))
    return OrderPage(
        title=gettext("Đơn hàng ngày %(day)s", day=vn_date(group.placed_at)),
        placed=f"{placed} {_parcels(len(group.orders))}.",
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
        Amount(f"{delivery}, {_parcels(len(due))}", sum(order.delivery_fee for order in due)),
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
        url=_producer_url(order.producer_slug),
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
        url=_goods_url(line.goods),
        picture=goods_picture(line.goods),
        details=details,
        example=line.goods.example,
        batches=tuple(
            _batch_link(batch.public_id, batch.code, number(batch.quantity) if several else "")
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
        units=_units(order.units),
    )
