"""The messages of refusals in supply, by code."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext, ngettext

from app.core.errors import Facts, Message
from app.web.filters import number
from app.web.messages import day_of


def _quantity_out_of_range(facts: Facts) -> str:
    if "most" not in facts:
        return str(gettext("Số lượng ít nhất là %(least)s.", least=number(facts["least"])))
    return str(
        gettext(
            "Số lượng từ %(least)s đến %(most)s.", least=number(facts["least"]), most=number(facts["most"])
        )
    )


def _out_of_stock(facts: Facts) -> str:
    if not facts["available"]:
        return str(gettext("Đã hết hàng."))
    return str(ngettext("Chỉ còn %(num)s.", "Chỉ còn %(num)s.", facts["available"]))


MESSAGES: Final[dict[str, Message]] = {
    # raw-material areas
    "area-not-found": lambda _: gettext("Không có vùng nguyên liệu này."),
    "area-closed": lambda _: gettext("Vùng này đã ngừng dùng."),
    "hectares-out-of-range": lambda facts: gettext(
        "Diện tích phải lớn hơn 0 và không quá %(n)s ha.", n=number(facts["most"])
    ),
    # batches
    "variant-not-found": lambda _: gettext("Không có quy cách này."),
    "batch-code": lambda facts: gettext(
        "Mã lô dài nhất %(n)s ký tự: chữ không dấu, số, dấu chấm, gạch.", n=facts["most"]
    ),
    "batch-code-taken": lambda facts: gettext(
        "Mã lô %(code)s đã dùng rồi. Chọn mã khác.", code=facts["given"]
    ),
    "made-too-early": lambda facts: gettext(
        "Ngày làm không thể trước %(day)s. Xem lại năm.", day=day_of(facts["first"])
    ),
    "made-in-future": lambda facts: gettext(
        "Ngày làm không thể sau hôm nay (%(day)s).", day=day_of(facts["today"])
    ),
    "expires-before-made": lambda facts: gettext(
        "Hạn dùng không thể trước ngày làm (%(day)s).", day=day_of(facts["made_on"])
    ),
    "expires-too-late": lambda facts: gettext(
        "Hạn dùng nhiều nhất 20 năm, tức đến %(day)s. Xem lại năm.", day=day_of(facts["latest"])
    ),
    "batch-not-open": lambda _: gettext("Lô đã đóng, không làm thêm được."),
    # stock
    "quantity-out-of-range": _quantity_out_of_range,
    "movement-kind": lambda _: gettext("Chọn một loại ghi sổ."),
    "more-than-on-hand": lambda facts: gettext("Lô chỉ còn %(n)s gói.", n=number(facts["on_hand"])),
    "more-than-made": lambda facts: gettext(
        "Lô chỉ làm %(n)s gói, không thể còn nhiều hơn.", n=number(facts["made"])
    ),
    "out-of-stock": _out_of_stock,
}
