"""Form fields that read figures the way people in Vietnam write them."""

from __future__ import annotations

import re

from flask_babel import gettext
from wtforms import SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from app.web.fields import DecimalField, WholeField
from app.web.filters import number

_HECTARES = re.compile(r"\s*(ha|héc[ -]?ta|hecta)$", re.IGNORECASE)
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
        return number(self.data)


class HectareField(DecimalField):
    """Hectares: "1,5", "1.500 ha"; `data` is a float or None."""

    def bare(self, text: str) -> str:
        return _HECTARES.sub("", text)

    def complaint(self) -> str:
        return str(gettext("Ghi số héc-ta, như %(example)s.", example=number(1500.5)))


class MultiCheckboxField(SelectMultipleField):
    """Several choices, each a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
