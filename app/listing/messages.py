"""The messages of the listing's refusals, by code."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext

from app.core.errors import Facts, Message


def _not_for_sale(facts: Facts) -> str:
    by_reason: dict[str, str] = {
        "hidden": gettext("Cơ sở không còn bày bán món này."),
        "no-producer": gettext("Chưa rõ cơ sở nào làm, nên chưa bán được."),
        "alcohol": gettext(
            "Rượu bia, và hàng chưa rõ có cồn hay không, chưa bán ở đây: phải kiểm tra người mua đủ 18 tuổi."
        ),
        "tourism": gettext("Du lịch không gửi theo kiện. Liên hệ cơ sở để đặt chỗ."),
        "no-price": gettext("Cơ sở chưa định giá."),
    }
    return by_reason[facts["reason"]]


MESSAGES: Final[dict[str, Message]] = {
    "not-for-sale": _not_for_sale,
    "search-unavailable": lambda _: gettext("Ô tìm kiếm đang tạm nghỉ. Đợi một lát rồi thử lại."),
    "search-index-of-another-moment": lambda _: gettext(
        "Chỉ mục tìm kiếm thuộc bản dữ liệu khác: chạy `flask --app wsgi search reindex`."
    ),
    "search-writer-busy": lambda _: gettext("Mục lục tìm kiếm đang được ghi. Đợi một lát rồi thử lại."),
}
