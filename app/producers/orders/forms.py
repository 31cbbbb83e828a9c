"""Forms of the orders."""

from __future__ import annotations

from flask_babel import lazy_gettext
from wtforms import StringField

from app.web.forms import Form


class ShipForm(Form):
    """The parcel has left."""

    tracking = StringField(lazy_gettext("Hãng vận chuyển và mã vận đơn"))


class CancelForm(Form):
    """The order cannot be sent."""

    reason = StringField(lazy_gettext("Lý do"))
