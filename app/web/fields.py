"""Fields that read days and figures as people in Vietnam write them, and complain in the language of the page."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_babel import gettext
from wtforms import DateField, StringField

from app.core.errors import InvalidInput
from app.core.numbers import decimal, whole
from app.core.text import clean_line
from app.web.filters import number
from app.web.language import locale_code
from app.web.messages import message_for


class DayField(DateField):
    """A day from the browser's calendar, or typed as 21/11/2026; None when left empty."""

    data: dt.date | None

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, format=["%Y-%m-%d", "%d/%m/%Y"], **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = clean_line(valuelist[0] if valuelist else "")
        if not text:
            self.data = None
            return
        try:
            super().process_formdata([text])
        except ValueError:
            raise ValueError(gettext("Ghi ngày như 21/11/2026.")) from None


class WholeField(StringField):
    """A whole number; `data` is an int or None."""

    data: int | None

    def process_formdata(self, valuelist: list[str]) -> None:
        text = clean_line(valuelist[0] if valuelist else "")
        self.data = None
        if not text:
            return
        self.data = whole(self.bare(text))
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


class DecimalField(StringField):
    """A number with decimals, written as pages write it in their language; `data` is a float or None."""

    data: float | None
    places = 4
    """Decimals that are shown."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = clean_line(valuelist[0] if valuelist else "")
        self.data = None
        if not text:
            return
        try:
            read = decimal(self.bare(text), comma=locale_code() == "vi")
        except InvalidInput as refusal:
            raise ValueError(message_for(refusal)) from None
        if read is None:
            raise ValueError(self.complaint())
        self.data = float(read)

    def bare(self, text: str) -> str:
        """The text without what may stand beside the number."""
        return text

    def complaint(self) -> str:
        """The message for a text that is not a number."""
        return str(gettext("Ghi một số, như %(example)s.", example=number(1.5)))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return number(self.data, self.places)
