"""What the portal of trade promotion says when it refuses, by code."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext

from app.core.errors import Message

MESSAGES: Final[dict[str, Message]] = {
    "unknown-act": lambda _: gettext("Trang này không có nút ấy. Tải lại trang rồi thử lần nữa."),
}
