"""Forms of the officers' portal, and the questions to its register."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from flask_babel import gettext, lazy_gettext
from wtforms import (
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from app.catalogue.models import PRODUCER_KINDS
from app.certification.awards import WITHDRAWAL_REASONS, Decision
from app.certification.models import ProgrammeLevel
from app.certification.queries import NO_CERTIFICATE, NO_GROUP, NOT_KNOWN, Question
from app.certification.rights import Recognised
from app.certification.standing import StandingState
from app.web.fields import DayField, WholeField
from app.web.filters import vn_date
from app.web.forms import Form, Required

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


def points_words(points: Mapping[int, range]) -> str:
    """The points that each rank needs, as the hint at the field says them."""
    ranks = [
        gettext("%(stars)s sao %(least)s–%(most)s", stars=stars, least=band[0], most=band[-1])
        for stars, band in points.items()
    ]
    return str(gettext("%(ranks)s điểm.", ranks=", ".join(ranks)))


def levels_words(recognised: Sequence[Recognised]) -> list[SelectChoice]:
    """Whose decisions may be recorded, each with its ranks: the province's own, others only as theirs."""
    return [SelectChoice(each.level.value, _level_words(each)) for each in recognised]


def _level_words(each: Recognised) -> str:
    ranks = ", ".join(str(stars) for stars in each.stars)
    match each.level:
        case ProgrammeLevel.PROVINCE:
            return str(gettext("UBND tỉnh công nhận: %(ranks)s sao", ranks=ranks))
        case ProgrammeLevel.NATIONAL:
            return str(gettext("Ghi lại quyết định của trung ương: %(ranks)s sao", ranks=ranks))
    day = vn_date(each.last_day)
    return str(gettext("Ghi lại quyết định của huyện, đến %(day)s: %(ranks)s sao", ranks=ranks, day=day))


class AwardForm(Form):
    """A decision, by which a product has its certificate. The choices of `level` come from `levels_words`."""

    level = RadioField(
        lazy_gettext("Ai quyết định"),
        default=ProgrammeLevel.PROVINCE.value,
        validators=[InputRequired(lazy_gettext("Chọn ai quyết định."))],
    )
    stars = WholeField(lazy_gettext("Hạng sao"), [InputRequired(lazy_gettext("Chọn 3, 4 hoặc 5 sao."))])
    score = WholeField(lazy_gettext("Điểm"), [Optional()])
    decision_number = StringField(lazy_gettext("Số quyết định"), [Required(), Length(max=60)])
    issued_on = DayField(lazy_gettext("Ngày cấp"), [InputRequired(lazy_gettext("Cần một ngày."))])

    def decision(self) -> Decision:
        """The decision as typed, once the form is valid."""
        stars, issued_on = self.stars.data, self.issued_on.data
        assert stars is not None and issued_on is not None
        level = ProgrammeLevel(self.level.data)
        return Decision(stars, level, self.decision_number.data or "", issued_on, self.score.data)


class ReasonForm(Form):
    """Why something in the register was recorded in error."""

    reason = TextAreaField(lazy_gettext("Vì sao là nhầm"), [Required(), Length(max=1000)])


class CorrectionForm(AwardForm):
    """The right facts of a certificate, and why those in the register were wrong."""

    reason = TextAreaField(lazy_gettext("Vì sao là nhầm"), [Required(), Length(max=1000)])


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
    note = TextAreaField(lazy_gettext("Ghi rõ"), [Required(), Length(max=1000)])
    decision_number = StringField(
        lazy_gettext("Số quyết định thu hồi"), [Length(max=60)], id="withdrawal_number"
    )


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
        fits = {
            value: _is_year(value) if name in ("year", "first") else value in known[name] for value in values
        }
        dropped.extend(value[:40] for value in values if not fits[value])
        return tuple(value for value in values if fits[value])

    question = Question(
        stars=taken("stars"),
        standing=taken("standing"),
        group=taken("group"),
        kind=taken("kind"),
        year=taken("year"),
        first=taken("first"),
        text=" ".join(" ".join(args.get("q", ())[:1]).split())[:120],
    )
    return question, dropped


def _is_year(value: str) -> bool:
    return value in (NOT_KNOWN, NO_CERTIFICATE) or (value.isascii() and value.isdecimal() and len(value) == 4)
