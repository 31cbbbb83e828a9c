"""The form that all forms of the site are made from, and its validators of fields that must not be empty."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, MultipleFileField
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import Field
from wtforms.validators import DataRequired, InputRequired, StopValidation

from app.web.messages import missing_message


class Form(FlaskForm):
    """Flask-WTF's form, in which only a field for files is given a file.

    Flask-WTF lays the files of a request over its text, so that a file sent under the name of a text field would reach
    code that reads text.
    """

    class Meta(FlaskForm.Meta):
        """How a form reads what was sent."""

        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:
            """The text of the request, and the files of fields that take files."""
            wrapped = super().wrap_formdata(form, formdata)
            if not isinstance(wrapped, CombinedMultiDict):
                return wrapped
            wanted = {
                name
                for name, field in form._fields.items()
                if isinstance(field, FileField | MultipleFileField)
            }
            files = [pair for pair in request.files.items(multi=True) if pair[0] in wanted]
            return CombinedMultiDict([MultiDict(files), request.form])


class Required(InputRequired):
    """Something was sent for the field; the message names it by its label."""

    def __call__(self, form: Any, field: Field) -> None:
        try:
            super().__call__(form, field)
        except StopValidation:
            raise StopValidation(missing_message(str(field.label.text))) from None


class RequiredText(DataRequired):
    """Something is left of what was sent once it was tidied: blanks alone are nothing."""

    def __call__(self, form: Any, field: Field) -> None:
        try:
            super().__call__(form, field)
        except StopValidation:
            raise StopValidation(missing_message(str(field.label.text))) from None
