"""The messages of refusals in ordering, by code."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext

from app.core.errors import Facts, Message
from app.orders.models import OrderState
from app.web.filters import vnd


def _price_changed(facts: Facts) -> str:
    if facts["shown"] > 0:
        return str(
            gettext(
                "Giá vừa đổi: lúc nãy %(then)s, bây giờ %(now)s. Chưa có gì được đặt; xem lại rồi bấm đặt lần nữa.",
                then=vnd(facts["shown"]),
                now=vnd(facts["total"]),
            )
        )
    return str(
        gettext(
            "Giá vừa đổi, bây giờ là %(now)s. Chưa có gì được đặt; xem lại rồi bấm đặt lần nữa.",
            now=vnd(facts["total"]),
        )
    )


def _order_state(facts: Facts) -> str:
    by_state: dict[str, str] = {
        OrderState.PLACED: gettext("Đơn mới đặt, chưa làm được bước này."),
        OrderState.CONFIRMED: gettext("Đơn đã được xác nhận rồi."),
        OrderState.SHIPPED: gettext("Đơn đã gửi đi rồi."),
        OrderState.DELIVERED: gettext("Đơn đã giao xong rồi."),
        OrderState.CANCELLED: gettext("Đơn đã hủy rồi."),
    }
    return by_state[facts["state"]]


MESSAGES: Final[dict[str, Message]] = {
    "cart-empty": lambda _: gettext("Giỏ hàng còn trống."),
    "cart-full": lambda _: gettext("Giỏ đã đầy. Đặt bớt rồi thêm món mới."),
    "price-changed": _price_changed,
    "checkout-token": lambda _: gettext("Trang này đã cũ. Chưa có gì được đặt; xem lại rồi bấm đặt lần nữa."),
    "order-state": _order_state,
}
