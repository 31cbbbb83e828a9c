"""The view models of the cart and of the page that adds to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.geography.lookup import Gazetteer
from app.listing.goods import Goods
from app.orders.cart import MOST_LINES, CartLineView, CartView
from app.shop.buying.presentation.goods import (
    MOST_OF_A_LINE,
    GoodsLine,
    NearGoods,
    cart_amounts,
    goods_line,
    goods_picture,
    goods_url,
    near_goods,
    parcels_label,
    problem_label,
    producer_url,
    sent_from,
    units_label,
)
from app.web.components import Amount
from app.web.filters import vnd
from app.web.language import gettext, ngettext


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
class KeptGoods:
    """What was chosen before the log-in and did not fit: what it is, how many, and the address of the goods."""

    name: str
    units: str
    url: str | None


@dataclass(frozen=True, slots=True)
class CartPage:
    """The cart. `summary` counts units and parcels; `kept` did not fit, and `kept_note` says why."""

    summary: str
    parcels: tuple[CartParcel, ...]
    kept: tuple[KeptGoods, ...]
    kept_note: str
    rows: tuple[Amount, ...]
    total: int
    ready: bool
    example: bool


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


def present_cart(
    cart: CartView,
    places: Gazetteer,
    wrong: dict[str, tuple[str, str]],
    kept: Sequence[tuple[Goods, int]] = (),
) -> CartPage:
    """The cart; `wrong` is, by variant, what was typed and what is wrong with it, `kept` what did not fit at log-in."""
    units, parcels = units_label(cart.count), parcels_label(len(cart.parcels))
    one_each = gettext("Mỗi cơ sở gửi một kiện.")
    return CartPage(
        summary=f"{units}, {parcels}. {one_each}",
        parcels=tuple(
            CartParcel(
                producer=parcel.producer_name or gettext("Chưa rõ cơ sở"),
                sent_from=sent_from(parcel, places),
                url=producer_url(parcel.producer_slug),
                lines=tuple(_cart_line(line, wrong.get(line.goods.public_id)) for line in parcel.lines),
            )
            for parcel in cart.parcels
        ),
        kept=tuple(
            KeptGoods(f"{goods.name}, {goods.pack}", units_label(units), goods_url(goods))
            for goods, units in kept
        ),
        kept_note=gettext(
            "Một giỏ chứa nhiều nhất %(lines)s mặt hàng, mỗi mặt hàng %(units)s món. Đặt hàng hoặc bỏ bớt đã.",
            lines=MOST_LINES,
            units=MOST_OF_A_LINE,
        ),
        rows=cart_amounts(cart),
        total=cart.total,
        ready=cart.ready,
        example=cart.example,
    )


def _cart_line(line: CartLineView, fault: tuple[str, str] | None) -> CartLine:
    goods = line.goods
    price = f", {vnd(goods.price)}" if goods.price else ""
    problem = fault[1] if fault else problem_label(line)
    return CartLine(
        goods_line(line, f"{goods.pack}{price}", problem),
        QuantityForm(
            variant=goods.public_id,
            label=gettext("Số lượng %(name)s", name=goods.name),
            typed=fault[0] if fault else str(line.quantity),
            most=min(line.available, MOST_OF_A_LINE),
            offered=line.problem in (None, "too-few"),
        ),
    )


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
        url=goods_url(goods),
        variant=goods.public_id,
        in_cart=ngettext("Trong giỏ đã có %(num)s.", "Trong giỏ đã có %(num)s.", in_cart) if in_cart else "",
        typed=typed,
        most=most if goods.refusal is None else 0,
        problem=problem,
        near=tuple(map(near_goods, near)),
    )
