"""The form by which an officer says whether a product is an alcoholic drink."""

from __future__ import annotations

from flask_babel import lazy_gettext
from wtforms import SelectChoice, SelectField

from app.catalogue.alcohol import REASONS
from app.web.forms import Form

ALCOHOL_REASONS = {
    "label": lazy_gettext("Đã xem nhãn, bao bì"),
    "papers": lazy_gettext("Đã xem hồ sơ công bố"),
    "name-only": lazy_gettext("Chỉ là tên gọi, không phải đồ uống"),
    "food": lazy_gettext("Món ăn, gia vị có dùng rượu"),
    "drink": lazy_gettext("Đồ uống lên men hoặc chưng cất"),
}
"""On what grounds, as an officer chooses and the log tells them."""
ALCOHOL, NONE = "alcohol", "none"
"""The two buttons."""


class AlcoholForm(Form):
    """The grounds; which of the two buttons was pressed is `decided`."""

    reason = SelectField(
        lazy_gettext("Căn cứ"),
        choices=[SelectChoice(code, ALCOHOL_REASONS[code]) for code in REASONS],
        validate_choice=False,  # the verb knows the grounds
    )
    decided = SelectField(
        lazy_gettext("Có cồn hay không"), choices=[SelectChoice(ALCOHOL), SelectChoice(NONE)]
    )
