"""Forms of the fairs."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypedDict

from flask_babel import gettext, lazy_gettext
from wtforms import SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.core.db import db
from app.geography.lookup import gazetteer
from app.geography.models import VN34
from app.promotion.showcases import LONGEST
from app.web.fields import DayField
from app.web.forms import Form, Required

_DAY = lazy_gettext("Cần một ngày, như 21/11/2026.")


class FairFacts(TypedDict):
    """What a fair says of itself."""

    name: str
    place: str
    province_id: str | None
    starts_on: dt.date
    ends_on: dt.date
    introduction: str


class FairForm(Form):
    """What a fair says of itself; the view fills the provinces in."""

    name = StringField(lazy_gettext("Tên phiên chợ"), [Required(), Length(max=LONGEST["name"])])
    place = StringField(lazy_gettext("Nơi mở"), [Required(), Length(max=LONGEST["place"])])
    province_id = SelectField(
        lazy_gettext("Tỉnh, thành"), validate_choice=False
    )  # the verb knows the provinces
    starts_on = DayField(lazy_gettext("Ngày mở"), [InputRequired(_DAY)])
    ends_on = DayField(lazy_gettext("Ngày cuối"), [InputRequired(_DAY)])
    introduction = TextAreaField(lazy_gettext("Lời giới thiệu"), [Length(max=LONGEST["introduction"])])

    def facts(self) -> FairFacts:
        """What was filled in, as the verbs take it; asked of a form that has been validated."""
        assert self.starts_on.data is not None and self.ends_on.data is not None
        return {
            "name": self.name.data or "",
            "place": self.place.data or "",
            "province_id": self.province_id.data or None,
            "starts_on": self.starts_on.data,
            "ends_on": self.ends_on.data,
            "introduction": self.introduction.data or "",
        }


def fair_form(**values: Any) -> FairForm:
    """The form with today's provinces to choose from."""
    form = FairForm(**values)
    provinces = gazetteer(db.session()).provinces(VN34)
    form.province_id.choices = [
        SelectChoice("", gettext("Nhiều tỉnh")),
        *(SelectChoice(province.id, province.short_name) for province in provinces),
    ]
    return form
