"""Forms of the officers' room, the questions to its register, and what refusals say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import (
    Field,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from app.catalogue.models import PRODUCER_KINDS
from app.certification.awards import WITHDRAWAL_REASONS
from app.certification.queries import NO_CERTIFICATE, NO_GROUP, NOT_KNOWN, Question
from app.certification.standing import StandingState
from app.core.errors import Refusal
from app.web.fields import DayField, WholeField
from app.web.filters import vn_date
from app.web.forms import Form

_NEEDED = lazy_gettext("Cần điền ô này.")
REASONS = {
    "expired-not-renewed": lazy_gettext("Hết hạn mà không nộp hồ sơ đánh giá lại"),
    "failed-re-evaluation": lazy_gettext("Đánh giá lại không đạt"),
    "food-safety": lazy_gettext("Vi phạm an toàn thực phẩm"),
    "process-deviation": lazy_gettext("Làm không đúng quy trình đã công nhận"),
    "no-records": lazy_gettext("Không lưu, không xuất trình được hồ sơ"),
    "production-stopped": lazy_gettext("Ngừng sản xuất"),
    "mark-misuse": lazy_gettext("Dùng sai nhãn, dấu hạng sao"),
    "voluntary": lazy_gettext("Chủ thể tự trả giấy"),
    "unknown": lazy_gettext("Nguồn không nói lý do"),
}
"""Words for the reasons of a withdrawal; the last is found only in the register's sources."""


def _day(iso: object) -> str:
    return vn_date(dt.date.fromisoformat(str(iso)))


def words(refusal: Refusal) -> str:
    """What a refusal of an award or a withdrawal says to the officer."""
    return _about_a_day(refusal.code, refusal.facts) or _plain(refusal.code, refusal.facts)


def _about_a_day(code: str, facts: dict[str, Any]) -> str:
    said = ""
    if code == "before-the-last":
        said = gettext(
            "Giấy đang giữ có từ %(day)s: giấy mới phải từ ngày ấy trở đi.", day=_day(facts["last"])
        )
    elif code == "before-the-programme":
        said = gettext("Chương trình OCOP có từ %(day)s.", day=_day(facts["first"]))
    elif code == "already-withdrawn":
        said = gettext("Giấy này đã thu hồi ngày %(day)s rồi.", day=_day(facts["on"]))
    return said


def _plain(code: str, facts: dict[str, Any]) -> str:
    known: dict[str, str] = {
        "score-outside-band": gettext(
            "%(stars)s sao cần từ %(least)s đến %(most)s điểm.",
            stars=facts.get("stars"),
            least=facts.get("least"),
            most=facts.get("most"),
        ),
        "no-rule-set": gettext("Ngày ấy chưa có bộ tiêu chí nào trong sổ (bộ đầu tiên từ 21/08/2019)."),
        "stars-out-of-range": gettext("Chọn 3, 4 hoặc 5 sao."),
        "decision-number": gettext("Số quyết định dài từ 3 đến 60 ký tự, như 1306/QĐ-UBND."),
        "in-the-future": gettext("Ngày cấp chưa tới."),
        "already-awarded": gettext("Quyết định này đã ghi cho sản phẩm rồi, không ghi lần nữa."),
        "unknown-reason": gettext("Chọn một lý do."),
        "note-length": gettext("Ghi rõ từ 10 đến 1.000 ký tự."),
        "no-certificate": gettext("Sản phẩm không có giấy nào để thu hồi."),
    }
    return known.get(code) or gettext("Chưa làm được, xem lại giúp.")


def say(form: Form, refusal: Refusal) -> None:
    """Put a refusal's words at its field, or on top of the form when it speaks of none."""
    field: Field | None = form._fields.get(refusal.field or "")
    if field is None:
        form.form_errors = [*form.form_errors, words(refusal)]
    else:
        field.errors = [*field.errors, words(refusal)]


def points_words(points: Mapping[int, range]) -> str:
    """The points that each rank needs, as the hint at the field says them."""
    ranks = [
        gettext("%(stars)s sao %(least)s–%(most)s", stars=stars, least=band[0], most=band[-1])
        for stars, band in points.items()
    ]
    return str(gettext("%(ranks)s điểm.", ranks=", ".join(ranks)))


class AwardForm(Form):
    """A certificate given by a decision."""

    stars = WholeField(lazy_gettext("Hạng sao"), [InputRequired(lazy_gettext("Chọn 3, 4 hoặc 5 sao."))])
    score = WholeField(lazy_gettext("Điểm"), [Optional()])
    decision_number = StringField(lazy_gettext("Số quyết định"), [InputRequired(_NEEDED), Length(max=60)])
    issued_on = DayField(lazy_gettext("Ngày cấp"), [InputRequired(lazy_gettext("Cần một ngày."))])


class WithdrawForm(Form):
    """A certificate taken back, with a reason that everybody may read."""

    reason = SelectField(
        lazy_gettext("Lý do"),
        choices=[
            SelectChoice("", lazy_gettext("Chọn lý do")),
            *(SelectChoice(code, REASONS[code]) for code in WITHDRAWAL_REASONS),
        ],
        validators=[InputRequired(lazy_gettext("Chọn một lý do."))],
        validate_choice=False,  # the verb knows the reasons
    )
    note = TextAreaField(lazy_gettext("Ghi rõ"), [InputRequired(_NEEDED), Length(max=1000)])


def read_question(args: Mapping[str, Sequence[str]], groups: Collection[str]) -> tuple[Question, list[str]]:
    """The rows an address asks for, and the values in it that nobody knows."""
    known: dict[str, Collection[str]] = {
        "stars": ("5", "4", "3", NOT_KNOWN, NO_CERTIFICATE),
        "standing": frozenset(StandingState),
        "group": {*groups, NO_GROUP},
        "kind": PRODUCER_KINDS,
    }
    dropped: list[str] = []

    def taken(name: str) -> tuple[str, ...]:
        values = dict.fromkeys(value for value in args.get(name, ()) if value)
        fits = {value: _is_year(value) if name == "year" else value in known[name] for value in values}
        dropped.extend(value[:40] for value in values if not fits[value])
        return tuple(value for value in values if fits[value])

    question = Question(
        stars=taken("stars"),
        standing=taken("standing"),
        group=taken("group"),
        kind=taken("kind"),
        year=taken("year"),
        words=" ".join(" ".join(args.get("q", ())[:1]).split())[:120],
    )
    return question, dropped


def _is_year(value: str) -> bool:
    return value in (NOT_KNOWN, NO_CERTIFICATE) or (value.isascii() and value.isdecimal() and len(value) == 4)
