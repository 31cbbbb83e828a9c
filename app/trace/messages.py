"""The messages of traceability's refusals, by code."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext, ngettext

from app.core.errors import Facts, Message
from app.gs1.digital_link import LinkReason
from app.web.filters import number


def _taken_span(sentence: str) -> str:
    return str(sentence + " " + gettext("Chọn số khác."))


def _already_active(facts: Facts) -> str:
    first, last = number(facts["first"]), number(facts["last"])
    return _taken_span(gettext("Tem %(first)s–%(last)s đã kích hoạt rồi.", first=first, last=last))


def _not_usable(facts: Facts) -> str:
    first, last = number(facts["first"]), number(facts["last"])
    return _taken_span(gettext("Tem %(first)s–%(last)s đã hủy.", first=first, last=last))


def _already_void(facts: Facts) -> str:
    first, last = number(facts["first"]), number(facts["last"])
    return _taken_span(gettext("Tem %(first)s–%(last)s đã hủy rồi.", first=first, last=last))


def _roll_larger_than_batch(facts: Facts) -> str:
    if facts["room"] == 0:
        return str(gettext("Mọi gói của lô đã có tem (%(n)s gói).", n=number(facts["quantity"])))
    return str(
        ngettext("Lô chỉ còn %(num)s gói chưa có tem.", "Lô chỉ còn %(num)s gói chưa có tem.", facts["room"])
    )


def _more_stamps_than_packs(facts: Facts) -> str:
    if facts["room"] == 0:
        return str(gettext("Lô không còn gói nào chưa dán tem. Mở lô mới nếu đóng thêm."))
    return str(
        gettext(
            "Lô chỉ còn %(room)s gói chưa dán tem trong %(quantity)s gói.",
            room=number(facts["room"]),
            quantity=number(facts["quantity"]),
        )
    )


def _bad_address(_: Facts) -> str:
    return str(gettext("Địa chỉ này không đúng cách viết GS1 Digital Link. Quét lại mã, đừng sửa bằng tay."))


def _bad_digits(_: Facts) -> str:
    return str(gettext("Dãy số GS1 trong địa chỉ này thiếu, thừa hoặc sai chữ số. Quét lại mã."))


_DIGITS: Final = (LinkReason.GTIN_LENGTH, LinkReason.GLN_LENGTH, LinkReason.CHECK_DIGIT)
MESSAGES: Final[dict[str, Message]] = {
    "journal-behind": lambda _: gettext(
        "Nhật ký quét cũ hơn cơ sở dữ liệu: có lượt quét đã cộng vào báo cáo mà nhật ký không có. Đặt lại đúng bản,"
        " hoặc nhận bản đang có: chạy `flask --app wsgi stores adopt journal`."
    ),
    "stamp-key-changed": lambda facts: gettext(
        "Khóa tem %(key)s không phải khóa đã in tem: mọi tem đã in sẽ bị coi là giả. Đặt lại khóa cũ trong STAMP_KEYS;"
        " khóa mới thì đặt tên mới và đứng trước.",
        key=facts["key"],
    ),
    "stamp-key-renamed": lambda facts: gettext(
        "Khóa tem %(key)s chính là khóa %(former)s đã in tem. Đặt lại tên cũ trong STAMP_KEYS.",
        key=facts["key"],
        former=facts["former"],
    ),
    "stamp-key-missing": lambda facts: gettext(
        "STAMP_KEYS thiếu khóa %(key)s đã dùng. Đặt lại sau khóa mới; nếu không còn tem nào của nó ngoài thị trường,"
        " chạy `flask --app wsgi stores adopt keys`.",
        key=facts["key"],
    ),
    # addresses and pictures
    **{f"digital-link-{reason}": _bad_digits if reason in _DIGITS else _bad_address for reason in LinkReason},
    "no-such-gtin": lambda facts: gettext(
        "Ở đây không có sản phẩm nào mang mã %(gtin)s.", gtin=facts["gtin"]
    ),
    "no-such-gln": lambda facts: gettext("Ở đây không có địa điểm nào mang mã %(gln)s.", gln=facts["gln"]),
    "too-many-unknown-codes": lambda _: gettext(
        "Có quá nhiều mã lạ được thử từ chỗ bạn. Đợi một lát rồi thử lại."
    ),
    "no-code-in-picture": lambda _: gettext(
        "Không thấy mã QR nào trong ảnh. Chụp gần hơn, đủ sáng, cả bốn góc tem."
    ),
    "picture-not-ours": lambda facts: gettext(
        "Mã QR trong ảnh không dẫn về Nguồn: %(text)s", text=facts["text"]
    ),
    # rolls
    "no-such-variant": lambda _: gettext("Không có quy cách này để cấp tem."),
    "no-such-batch": lambda _: gettext("Không có lô hàng này."),
    "no-such-roll": lambda _: gettext("Không có cuộn tem này."),
    "no-such-activation": lambda _: gettext("Không có lần kích hoạt này."),
    "count-out-of-range": lambda facts: gettext("Số tem từ 1 đến %(n)s.", n=number(facts["most"])),
    "numbers-used-up": lambda _: gettext("Hệ thống tạm thời không cấp thêm tem được. Báo quản trị giúp."),
    "roll-larger-than-batch": _roll_larger_than_batch,
    "batch-of-another-variant": lambda _: gettext("Cuộn tem này không phải của lô ấy."),
    "outside-roll": lambda facts: gettext(
        "Số tem phải từ %(least)s đến %(most)s.", least=number(facts["least"]), most=number(facts["most"])
    ),
    "already-active": _already_active,
    "not-usable": _not_usable,
    "already-void": _already_void,
    "more-stamps-than-packs": _more_stamps_than_packs,
    "already-undone": lambda _: gettext("Lần kích hoạt này đã được hoàn lại rồi."),
    "undo-window-over": lambda facts: gettext(
        "Chỉ hoàn lại được trong %(n)s giờ. Nếu tem hỏng, hãy hủy tem.", n=facts["hours"]
    ),
    "stamps-sold": lambda facts: gettext(
        "Lô đã bán %(sold)s gói, hoàn lại thì chỉ còn %(left)s tem hoạt động. Tem đã ra chợ không hoàn lại được.",
        sold=number(facts["sold"]),
        left=number(facts["left"]),
    ),
    "reason-length": lambda facts: gettext(
        "Ghi lý do, từ %(least)s đến %(most)s chữ.", least=facts["least"], most=facts["most"]
    ),
    # printing and scans
    "too-many-for-one-file": lambda facts: gettext(
        "Mỗi tệp in nhiều nhất %(n)s tem. Chia làm nhiều lần.", n=number(facts["most"])
    ),
    "key-changed": lambda _: gettext(
        "Khóa cấp tem không khớp với các cuộn đã cấp, chưa cấp thêm được. Báo quản trị giúp."
    ),
    "stamps-cannot-be-checked": lambda _: gettext(
        "Lúc này chúng tôi chưa kiểm được tem này, không phải lỗi ở tem. Giữ hàng lại và quét lại sau."
    ),
    "key-not-in-ring": lambda _: gettext(
        "Khóa của cuộn tem này không còn, không in được. Báo quản trị giúp."
    ),
    "scan-log-busy": lambda _: gettext("Sổ lượt quét đang bận. Đợi vài giây rồi quét lại."),
}
