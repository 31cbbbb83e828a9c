"""What the producers' portal says when it refuses, by code."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext, lazy_gettext

from app.core.errors import Message
from app.web.messages import PageMessage

MESSAGES: Final[dict[str, Message]] = {
    "area-exists": lambda _: gettext("Cơ sở đã có vùng tên này."),
    "stock-changed": lambda _: gettext("Sổ kho vừa có dòng mới. Xem lại, có thể việc này đã ghi rồi."),
    "rolls-changed": lambda _: gettext("Vừa có cuộn tem mới cho cơ sở. Xem lại, có thể cuộn này đã cấp rồi."),
    "of-another-producer": PageMessage(
        lambda facts: gettext(
            "Cái này của %(name)s, không phải của cơ sở trên trang. Chưa có gì thay đổi. Sang %(name)s rồi làm lại.",
            name=facts["name"],
        ),
        title=lazy_gettext("Của cơ sở khác"),
        link=(lazy_gettext("Vào cổng cơ sở"), "portal_door.enter"),
    ),
    "producer-not-named": PageMessage(
        lambda _: gettext(
            "Trang này mở từ lâu, không ghi cho cơ sở nào. Chưa có gì thay đổi. Mở lại trang rồi làm lại."
        ),
        title=lazy_gettext("Chưa rõ cho cơ sở nào"),
        link=(lazy_gettext("Vào cổng cơ sở"), "portal_door.enter"),
    ),
    "stamp-unreadable": lambda _: gettext("Ghi số tem, hoặc mã 16 chữ in trên tem."),
    "stamp-not-of-roll": lambda _: gettext("Mã này không phải tem của cuộn này. Xem lại tem."),
}
