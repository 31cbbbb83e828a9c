"""The messages of refusals in certification, by code."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext

from app.certification.models import ProgrammeLevel
from app.core.errors import Facts, Message
from app.web.filters import number
from app.web.messages import day_of


def _not_their_rank(facts: Facts) -> str:
    """Who recognises the rank on the day of the decision."""
    stars = facts["stars"]
    by_level: dict[str, str] = {
        ProgrammeLevel.NATIONAL: gettext(
            "%(stars)s sao do trung ương công nhận: chọn ghi lại quyết định của trung ương.", stars=stars
        ),
        ProgrammeLevel.DISTRICT: gettext(
            "Ngày ấy %(stars)s sao do huyện công nhận: chọn ghi lại quyết định của huyện.", stars=stars
        ),
        ProgrammeLevel.PROVINCE: gettext("Ngày ấy %(stars)s sao do tỉnh công nhận.", stars=stars),
    }
    return by_level[facts["level"]]


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
    "before-the-withdrawal": lambda facts: gettext(
        "Giấy trước đã thu hồi ngày %(day)s: quyết định mới phải từ ngày ấy trở đi.", day=day_of(facts["on"])
    ),
    "over-already": lambda facts: gettext(
        "Giấy này đã hết hạn ngày %(day)s, mà sản phẩm đang giữ giấy khác. Nếu đây chính là giấy đang giữ, bấm “Sửa"
        " giấy này” ở giấy ấy.",
        day=day_of(facts["until"]),
    ),
    "not-their-rank": _not_their_rank,
    "not-a-national-number": lambda _: gettext(
        "Số có chữ UBND là quyết định của tỉnh hay huyện. Ghi số quyết định của trung ương."
    ),
    "dossier-state": lambda _: gettext("Hồ sơ này đã kết thúc rồi."),
    # a certificate withdrawn
    "no-certificate": lambda _: gettext("Sản phẩm không có giấy nào để thu hồi."),
    "already-withdrawn": lambda facts: gettext(
        "Giấy này đã thu hồi ngày %(day)s rồi.", day=day_of(facts["on"])
    ),
    "withdrawn-by-the-nation": lambda _: gettext(
        "Hạng này do trung ương công nhận, trung ương thu hồi: ghi số quyết định thu hồi của trung ương."
    ),
    # a certificate recorded in error
    "in-error-already": lambda _: gettext("Giấy này đã ghi là nhầm rồi."),
    "not-withdrawn": lambda _: gettext("Giấy này chưa bị thu hồi."),
    "after-the-next": lambda facts: gettext(
        "Giấy sau đó có từ %(day)s: giấy này không thể muộn hơn.", day=day_of(facts["next"])
    ),
    "unknown-reason": lambda _: gettext("Chọn một lý do."),
    "note-length": lambda facts: gettext(
        "Ghi rõ từ %(least)s đến %(most)s ký tự.", least=number(facts["least"]), most=number(facts["most"])
    ),
}
