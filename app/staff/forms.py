"""Forms of the fairs, and what the refusals of their verbs say."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypedDict

from flask_babel import gettext, lazy_gettext
from wtforms import Field, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.core.db import db
from app.core.errors import Refusal
from app.geography.lookup import gazetteer
from app.geography.models import VN34
from app.promotion.showcases import LONGEST
from app.web.fields import DayField
from app.web.filters import vn_date
from app.web.forms import Form

_NEEDED = lazy_gettext("Cần điền ô này.")
_DAY = lazy_gettext("Cần một ngày, như 21/11/2026.")


def _day(iso: object) -> str:
    return vn_date(dt.date.fromisoformat(iso)) if isinstance(iso, str) else ""


def words(refusal: Refusal) -> str:
    """What a refusal of this room says to the person."""
    facts = refusal.facts
    known: dict[str, str] = {
        "empty": gettext("Cần điền ô này."),
        "too-long": gettext("Dài nhất %(n)s ký tự.", n=facts.get("most", "")),
        "unknown-province": gettext("Không có tỉnh nào như vậy."),
        "before-the-programme": gettext(
            "Ngày mở không thể trước %(day)s. Xem lại năm.", day=_day(facts.get("first"))
        ),
        "too-far-ahead": gettext("Ngày mở muộn nhất là %(day)s. Xem lại năm.", day=_day(facts.get("latest"))),
        "ends-before-it-starts": gettext("Ngày cuối phải từ ngày mở trở đi."),
        "too-many-days": gettext("Một phiên chợ dài nhất %(n)s ngày.", n=facts.get("most", "")),
        "already-made": gettext("Đã có phiên chợ cùng tên, cùng nơi, cùng ngày."),
        "unknown-product": gettext("Sản phẩm này không có, hoặc cơ sở đang ẩn."),
        "already-chosen": gettext("%(name)s đã ở trong phiên chợ.", name=facts.get("name", "")),
        "too-many-items": gettext("Một phiên chợ có nhiều nhất %(n)s món.", n=facts.get("most", "")),
        "not-in-showcase": gettext("Món này vừa được bỏ khỏi phiên chợ."),
        "no-goods": gettext("Chưa có món nào: chọn ít nhất một món rồi mới công bố được."),
        "unknown-rule": gettext("Không có cách xếp này."),
    }
    return known.get(refusal.code) or gettext("Chưa làm được, xem lại giúp.")


def say(form: Form, refusal: Refusal) -> None:
    """Put a refusal's words at the field it speaks of. Raises it again when the form has no such field."""
    field: Field | None = form._fields.get(refusal.field or "")
    if field is None:
        raise refusal
    field.errors = [*field.errors, words(refusal)]


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

    name = StringField(lazy_gettext("Tên phiên chợ"), [InputRequired(_NEEDED), Length(max=LONGEST["name"])])
    place = StringField(lazy_gettext("Nơi mở"), [InputRequired(_NEEDED), Length(max=LONGEST["place"])])
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
    names = gazetteer(db.session()).provinces(VN34)
    form.province_id.choices = [
        SelectChoice("", gettext("Nhiều tỉnh")),
        *(SelectChoice(p.id, p.short_name) for p in names),
    ]
    return form
