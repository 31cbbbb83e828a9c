"""The messages of refusals in certification, by code."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext

from app.core.errors import Message
from app.web.filters import number
from app.web.messages import day_of

MESSAGES: Final[dict[str, Message]] = {
    # a certificate given
    "no-product": lambda _: gettext("Không có sản phẩm này."),
    "stars-out-of-range": lambda _: gettext("Chọn 3, 4 hoặc 5 sao."),
    "score-outside-band": lambda facts: gettext(
        "%(stars)s sao cần từ %(least)s đến %(most)s điểm.",
        stars=facts["stars"],
        least=facts["least"],
        most=facts["most"],
    ),
    "no-rule-set": lambda _: gettext("Ngày ấy chưa có bộ tiêu chí nào trong sổ (bộ đầu tiên từ 21/08/2019)."),
    "decision-number": lambda _: gettext("Số quyết định dài từ 3 đến 60 ký tự, như 1306/QĐ-UBND."),
    "already-awarded": lambda _: gettext("Quyết định này đã ghi cho sản phẩm rồi, không ghi lần nữa."),
    "in-the-future": lambda _: gettext("Ngày cấp chưa tới."),
    "before-the-programme": lambda facts: gettext(
        "Chương trình OCOP có từ %(day)s. Xem lại năm.", day=day_of(facts["first"])
    ),
    "before-the-last": lambda facts: gettext(
        "Giấy đang giữ có từ %(day)s: giấy mới phải từ ngày ấy trở đi.", day=day_of(facts["last"])
    ),
    "dossier-state": lambda _: gettext("Hồ sơ này đã kết thúc rồi."),
    # a certificate withdrawn
    "no-certificate": lambda _: gettext("Sản phẩm không có giấy nào để thu hồi."),
    "already-withdrawn": lambda facts: gettext(
        "Giấy này đã thu hồi ngày %(day)s rồi.", day=day_of(facts["on"])
    ),
    "unknown-reason": lambda _: gettext("Chọn một lý do."),
    "note-length": lambda facts: gettext(
        "Ghi rõ từ %(least)s đến %(most)s ký tự.", least=number(facts["least"]), most=number(facts["most"])
    ),
}
