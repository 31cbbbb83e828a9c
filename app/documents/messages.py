"""The messages of refusals of files, by code."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext

from app.core.errors import Message
from app.web.filters import number

MESSAGES: Final[dict[str, Message]] = {
    "no-file": lambda _: gettext("Chọn một tệp trước khi gửi."),
    "file-too-large": lambda facts: gettext(
        "Tệp quá nặng, nhiều nhất %(n)s MB.", n=number(facts["most_kilobytes"] / 1024, 1)
    ),
    # pictures
    "picture-too-heavy": lambda facts: gettext(
        "Ảnh quá nặng, nhiều nhất %(n)s MB. Chụp lại ở cỡ nhỏ hơn.", n=facts["most_megabytes"]
    ),
    "picture-too-many-pixels": lambda facts: gettext(
        "Ảnh lớn quá, nhiều nhất %(n)s triệu điểm ảnh. Chụp lại ở cỡ nhỏ hơn.", n=facts["most"]
    ),
    "not-a-picture": lambda _: gettext("Tệp này không phải ảnh JPEG, PNG hay WebP, hoặc ảnh bị hỏng."),
}
