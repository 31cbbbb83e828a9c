"""Form fields that read figures the way people in Vietnam write them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from flask_babel import gettext
from wtforms import DateField, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget

_LONGEST = 15
"""Digits; more is a slip of the hand and would not fit a column."""
_GROUPED = re.compile(r"[+-]?(\d+|\d{1,3}([., \u00a0\u202f]\d{3})+)")
_CURRENCY = re.compile(r"\s*(₫|đ|đồng|vnd|vnđ)$", re.IGNORECASE)


def whole_number(text: str) -> int | None:
    """A whole number, thousands parted by dots, commas or blanks ("1.250.000"); None when it is no such number."""
    found = _GROUPED.fullmatch(text.strip())
    digits = re.sub(r"[^\d-]", "", text)
    if not found or len(digits.lstrip("-")) > _LONGEST or not digits.isascii():
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
        """What is said to a text that is no number."""
        return str(gettext("Ghi một số nguyên, như 120."))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)


class DongField(WholeField):
    """An amount in whole đồng: "185.000", "185,000 đ", "185000"."""

    def bare(self, text: str) -> str:
        return _CURRENCY.sub("", text)

    def complaint(self) -> str:
        return str(gettext("Ghi số đồng nguyên, như 185.000."))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data:,}".replace(",", ".")


class HectareField(StringField):
    """Hectares with a comma or a point: "1,5"; `data` is a float or None."""

    data: float | None

    def process_formdata(self, valuelist: list[str]) -> None:
        text = (valuelist[0] if valuelist else "").strip()
        self.data = None
        if not text:
            return
        if not re.fullmatch(r"\d{1,9}([.,]\d{1,6})?", text, re.ASCII):
            raise ValueError(gettext("Ghi số héc-ta, như 1,5."))
        self.data = float(text.replace(",", "."))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data:.4f}".rstrip("0").rstrip(".").replace(".", ",")


class DayField(DateField):
    """A day from the browser's calendar, or typed as 21/11/2026."""

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


class MultiCheckboxField(SelectMultipleField):
    """Several choices, each a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
