"""The view model of the checkout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.geography.lookup import Gazetteer
from app.listing.goods import Goods
from app.orders.cart import CartView
from app.shop.buying.presentation.goods import (
    GoodsLine,
    NearGoods,
    Problem,
    cart_amounts,
    goods_line,
    near_goods,
    problem_label,
    sent_from,
)
from app.web.components import Amount
from app.web.filters import number
from app.web.language import gettext, ngettext


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
        problems=tuple(Problem(line.goods.name, problem_label(line)) for line in cart.lines if line.problem),
        near=tuple(map(near_goods, near)),
        parcels=tuple(
            CheckoutParcel(
                producer=parcel.producer_name or gettext("Chưa rõ cơ sở"),
                sent_from=sent_from(parcel, places),
                lines=tuple(
                    goods_line(line, f"{number(line.quantity)} × {line.goods.pack}", problem_label(line))
                    for line in parcel.lines
                ),
            )
            for parcel in cart.parcels
        ),
        rows=cart_amounts(cart),
        total=cart.total,
        ready=cart.ready,
    )
