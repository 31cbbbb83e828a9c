"""Fields that read days and figures as people in Vietnam write them, and complain in the language of the page."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from flask_babel import gettext
from wtforms import DateField, StringField

_LONGEST = 15
"""Digits; more is a slip of the hand and would not fit a column."""
_GROUPED = re.compile(r"[+-]?(\d+|\d{1,3}([., \u00a0\u202f]\d{3})+)")


class DayField(DateField):
    """A day from the browser's calendar, or typed as 21/11/2026; None when left empty."""

    data: dt.date | None

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, format=["%Y-%m-%d", "%d/%m/%Y"], **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        if not "".join(valuelist).strip():
            self.data = None
            return
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(gettext("Ghi ngày như 21/11/2026.")) from None


def whole_number(text: str) -> int | None:
    """A whole number, thousands parted by dots, commas or blanks ("1.250.000"); None when it is no such number."""
    grouped = _GROUPED.fullmatch(text.strip())
    digits = re.sub(r"[^\d-]", "", text)
    if not grouped or len(digits.lstrip("-")) > _LONGEST or not digits.isascii():
        return None
    return int(digits)


class WholeField(StringField):
    """A whole number; `data` is an int or None."""

    data: int | None

    def process_formdata(self, valuelist: list[str]) -> None:
        text = (valuelist[0] if valuelist else "").strip()
        self.data = None
        if not text:
            return
        self.data = whole_number(self.bare(text))
        if self.data is None:
            raise ValueError(self.complaint())

    def bare(self, text: str) -> str:
        """The text without what may stand beside the number."""
        return text

    def complaint(self) -> str:
        """The message for a text that is not a number."""
        return str(gettext("Ghi một số nguyên."))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)
