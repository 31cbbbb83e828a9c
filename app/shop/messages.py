"""What the shop says when it refuses, by code."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext

from app.core.errors import Message

MESSAGES: Final[dict[str, Message]] = {
    "quantity-not-a-number": lambda _: gettext("Số lượng là một số, như 2."),
    "unknown-value": lambda facts: gettext(
        "Tham số %(parameter)s không nhận giá trị “%(value)s”.",
        parameter=facts["parameter"],
        value=facts["value"],
    ),
}
