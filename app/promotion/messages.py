"""The messages of refusals in trade promotion, by code."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext

from app.core.errors import Message
from app.web.messages import day_of

MESSAGES: Final[dict[str, Message]] = {
    "too-far-ahead": lambda facts: gettext(
        "Ngày mở muộn nhất là %(day)s. Xem lại năm.", day=day_of(facts["latest"])
    ),
    "ends-before-it-starts": lambda _: gettext("Ngày cuối phải từ ngày mở trở đi."),
    "too-many-days": lambda facts: gettext("Một phiên chợ dài nhất %(n)s ngày.", n=facts["most"]),
    "already-made": lambda _: gettext("Đã có phiên chợ cùng tên, cùng nơi, cùng ngày."),
    "unknown-product": lambda _: gettext("Sản phẩm này không có, hoặc cơ sở đang ẩn."),
    "already-chosen": lambda facts: gettext("%(name)s đã ở trong phiên chợ.", name=facts["name"]),
    "too-many-items": lambda facts: gettext("Một phiên chợ có nhiều nhất %(n)s món.", n=facts["most"]),
    "not-in-showcase": lambda _: gettext("Món này vừa được bỏ khỏi phiên chợ."),
    "no-goods": lambda _: gettext("Chưa có món nào: chọn ít nhất một món rồi mới công bố được."),
    "unknown-rule": lambda _: gettext("Không có cách xếp này."),
}
