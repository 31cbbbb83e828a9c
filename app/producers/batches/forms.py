"""Forms of the batches."""

from __future__ import annotations

from flask_babel import lazy_gettext
from wtforms import HiddenField, SelectChoice, SelectField, StringField, TextAreaField

from app.producers.fields import MultiCheckboxField
from app.supply.models import MovementKind
from app.web.fields import DayField, WholeField
from app.web.forms import Form


class BatchForm(Form):
    """A batch to open."""

    variant = SelectField(lazy_gettext("Sản phẩm, quy cách"), validate_choice=False)
    code = StringField(lazy_gettext("Mã lô"))
    made_on = DayField(lazy_gettext("Ngày làm"))
    expires_on = DayField(lazy_gettext("Hạn dùng"))
    quantity = WholeField(lazy_gettext("Số gói"))
    areas = MultiCheckboxField(lazy_gettext("Nguyên liệu từ vùng"), validate_choice=False)
    note = TextAreaField(lazy_gettext("Ghi chú riêng"))


class MovementForm(Form):
    """A line of the ledger written by hand; `after` is the last such line the person saw."""

    kind = SelectField(
        lazy_gettext("Việc"),
        choices=[
            SelectChoice(MovementKind.SPOILED, lazy_gettext("Hỏng, mất, lấy mẫu")),
            SelectChoice(MovementKind.RETURNED, lazy_gettext("Khách trả lại")),
            SelectChoice(MovementKind.ADJUSTED, lazy_gettext("Kiểm kho lệch (+ hoặc −)")),
        ],
        validate_choice=False,
    )
    quantity = WholeField(lazy_gettext("Số gói"))
    note = StringField(lazy_gettext("Ghi chú"))
    after = HiddenField()
