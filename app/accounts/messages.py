"""The messages of refusals in accounts, by code."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext, lazy_gettext

from app.core.errors import Facts, Message
from app.web.messages import PageMessage, day_of


def _weak_password(facts: Facts) -> str:
    by_reason: dict[str, str] = {
        "short": gettext("Mật khẩu cần ít nhất %(n)s ký tự.", n=facts["least"]),
        "long": gettext("Mật khẩu dài nhất %(n)s ký tự.", n=facts["most"]),
        "common": gettext("Mật khẩu này nhiều người dùng, dễ đoán. Chọn một câu chỉ mình bạn nhớ."),
        "address": gettext("Mật khẩu không được trùng địa chỉ thư."),
    }
    return by_reason[facts["reason"]]


MESSAGES: Final[dict[str, Message]] = {
    "not-signed-in": lambda _: gettext("Cần đăng nhập trước."),
    "wrong-credentials": lambda _: gettext(
        "Thư điện tử hoặc mật khẩu chưa đúng. Thử lại, hoặc đặt mật khẩu mới."
    ),
    "weak-password": _weak_password,
    "wrong-code": lambda _: gettext("Mã chưa đúng hoặc đã dùng rồi. Xem lại, hoặc chờ ứng dụng hiện mã mới."),
    "second-factor-needed": PageMessage(
        lambda _: gettext(
            "Vai trò của bạn chỉ làm việc khi đăng nhập hai bước. Bật một lần, mất chừng hai phút."
        ),
        title=lazy_gettext("Bật xác minh hai bước trước đã"),
        link=(lazy_gettext("Bật ngay"), "accounts.second_factor"),
    ),
    "second-factor-required": lambda _: gettext("Vai trò của bạn cần xác minh hai bước, chưa thể tắt."),
    "too-many-tries": PageMessage(
        lambda _: gettext(
            "Đã nhập sai nhiều lần, nên lần sau phải đợi. Quên mật khẩu thì đặt mật khẩu mới qua thư."
        ),
        title=lazy_gettext("Đợi một chút rồi thử lại"),
        link=(lazy_gettext("Đặt mật khẩu mới"), "accounts.forgot"),
    ),
    "too-many-mails": PageMessage(
        lambda _: gettext("Vừa có nhiều thư được xin từ đây. Xem hộp thư trước, cả mục thư rác."),
        title=lazy_gettext("Đợi một chút rồi xin thư mới"),
    ),
    "wrong-password": lambda _: gettext("Mật khẩu hiện tại chưa đúng."),
    "stale-link": PageMessage(
        lambda _: gettext("Liên kết này đã quá hạn, đã dùng rồi hoặc bị chép thiếu. Xin một thư mới."),
        title=lazy_gettext("Liên kết không còn dùng được"),
        link=(lazy_gettext("Xin thư mới"), "accounts.forgot"),
    ),
    "bad-address": lambda _: gettext("Địa chỉ thư này chưa đúng, xem lại giúp."),
    "address-letters": lambda facts: gettext(
        "Địa chỉ thư này chưa đúng: có chữ “%(letters)s”. Tắt bộ gõ tiếng Việt rồi gõ lại không dấu.",
        letters=facts["letters"],
    ),
    "address-taken": lambda _: gettext("Địa chỉ thư này đã có tài khoản."),
    # roles
    "already-granted": lambda _: gettext("Người này đã có vai trò ấy."),
    "already-staff": lambda _: gettext("Người này đã làm ở cơ sở rồi."),
    "last-admin": lambda _: gettext("Đây là người quản trị duy nhất, chưa thể bỏ."),
    "role-needs-producer": lambda _: gettext("Chủ và nhân viên cần đúng một cơ sở; vai trò khác thì không."),
    "role-needs-place": lambda _: gettext("Cán bộ cần đúng một tỉnh; vai trò khác thì không."),
    "unknown-place": lambda _: gettext("Không có tỉnh nào như vậy."),
    "unit-abolished": PageMessage(
        lambda facts: gettext(
            "Tỉnh %(name)s đã nhập vào %(successor)s, chỉ làm việc đến hết %(day)s. Sổ của tỉnh nay do cán bộ"
            " %(successor)s giữ: nhờ quản trị trang trao vai trò ở tỉnh mới.",
            name=facts["name"],
            successor=facts["successor"],
            day=day_of(facts["until"]),
        ),
        title=lazy_gettext("Đơn vị này không còn"),
    ),
    "unknown-producer": lambda _: gettext("Không có cơ sở nào như vậy."),
    "unknown-role": lambda _: gettext("Không có vai trò này."),
    "demo-accounts-present": lambda facts: gettext(
        "Trang chạy thật không được có tài khoản chạy thử: %(addresses)s.",
        addresses=", ".join(facts["addresses"]),
    ),
}
