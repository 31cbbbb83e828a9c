"""Form fields that read figures the way people in Vietnam write them."""

from __future__ import annotations

import re

from flask_babel import gettext
from wtforms import SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget

from app.web.fields import WholeField

_CURRENCY = re.compile(r"\s*(₫|đ|đồng|vnd|vnđ)$", re.IGNORECASE)


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


class MultiCheckboxField(SelectMultipleField):
    """Several choices, each a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
