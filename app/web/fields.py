"""Fields of forms whose own complaints are in the language of the page."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final

from flask_babel import gettext
from wtforms import DateField, IntegerField

_WHOLE: Final = re.compile(r"-?[0-9]{1,9}")


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


class WholeField(IntegerField):
    """A whole number of at most nine digits; None when left empty."""

    data: int | None

    def process_formdata(self, valuelist: list[str]) -> None:
        text = "".join(valuelist).strip()
        self.data = None
        if not text:
            return
        if not _WHOLE.fullmatch(text):
            raise ValueError(gettext("Ghi một số nguyên."))
        self.data = int(text)
