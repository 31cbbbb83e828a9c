"""The form that all forms of the site are made from, and its validator of fields that must not be empty."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, MultipleFileField
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import Field, HiddenField, PasswordField, StringField, TextAreaField
from wtforms.validators import InputRequired, StopValidation

from app.core.text import clean_line, clean_text
from app.web.messages import missing_message

_AS_TYPED = (PasswordField, HiddenField)
"""A password is what was typed, sign by sign; a hidden field is what the page wrote."""


class Form(FlaskForm):
    """Flask-WTF's form, in which only a field for files is given a file.

    Flask-WTF lays the files of a request over its text, so that a file sent under the name of a text field would reach
    code that reads text.
    """

    class Meta(FlaskForm.Meta):
        """How a form reads what was sent."""

        def bind_field(self, form: FlaskForm, unbound_field: Any, options: dict[str, Any]) -> Field:
            """A field whose text is cleaned at the door, before any other filter and every validator."""
            field = super().bind_field(form, unbound_field, options)
            if isinstance(field, StringField) and not isinstance(field, _AS_TYPED):
                field.filters = [_multiline if isinstance(field, TextAreaField) else _line, *field.filters]
            return field

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
    """Something is left of what was sent once it was cleaned; the message names the field by its label."""

    def __call__(self, form: Any, field: Field) -> None:
        try:
            super().__call__(form, field)
        except StopValidation:
            raise StopValidation(missing_message(str(field.label.text))) from None
        if field.data == "":
            raise StopValidation(missing_message(str(field.label.text)))


def _line(text: Any) -> Any:
    return clean_line(text) if isinstance(text, str) else text


def _multiline(text: Any) -> Any:
    return clean_text(text) if isinstance(text, str) else text
