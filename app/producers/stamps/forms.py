"""Forms of the stamps."""

from __future__ import annotations

from flask_babel import lazy_gettext, lazy_pgettext
from flask_wtf.file import FileField
from wtforms import HiddenField, SelectField, StringField

from app.web.fields import WholeField
from app.web.forms import Form

IN_ONE_FILE = 5_000
"""Stamps in one PDF: a few seconds' work for the server, a hundred sheets for the printer."""


class IssueForm(Form):
    """A roll to issue; `seen` is the number of the latest roll the person saw."""

    batch = SelectField(lazy_pgettext("one", "Lô hàng"), validate_choice=False)
    count = WholeField(lazy_gettext("Số tem"))
    seen = HiddenField()


class ActivateForm(Form):
    """Stamps stuck on goods: the first and the last, by number, by code or by a picture."""

    first = StringField(lazy_gettext("Từ tem số"))
    last = StringField(lazy_gettext("Đến tem số"))
    first_picture = FileField(lazy_gettext("Ảnh tem đầu"))
    last_picture = FileField(lazy_gettext("Ảnh tem cuối"))
    batch = SelectField(lazy_pgettext("one", "Lô hàng"), validate_choice=False)
    origin = HiddenField()


class VoidForm(Form):
    """Stamps to void for good."""

    first = StringField(lazy_gettext("Từ tem số"), id="void-first")
    last = StringField(lazy_gettext("Đến tem số"), id="void-last")
    reason = StringField(lazy_gettext("Lý do"))
