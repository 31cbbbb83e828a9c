"""A file sent where text is asked is no text, and files still reach the fields that ask for them."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import StringField

from app.web.forms import Form
from tests.factories.client import Visitor


class Sample(Form):
    title = StringField("Tên")
    picture = FileField("Ảnh")


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("/login", {"email": "thư điện tử", "password": "mật khẩu"}),
        ("/register", {"name": "họ và tên", "email": "thư điện tử"}),
        ("/password/forgot", {"email": "thư điện tử"}),
    ],
)
def test_a_file_in_place_of_text_is_an_empty_field(
    client: Visitor, address: str, fields: dict[str, str]
) -> None:
    data = {field: (io.BytesIO(b"\x89PNG"), "a.png") for field in fields}
    answer = client.post(address, data=data)
    assert answer.status_code == 422
    for label in fields.values():
        assert f"Chưa nhập {label}." in answer.text


def test_text_and_files_reach_the_fields_that_ask_for_them(app: Flask) -> None:
    sent = {
        "title": "Chè",
        "picture": (io.BytesIO(b"one"), "a.png"),
    }
    with app.test_request_context("/", method="POST", data=sent):
        form = Sample()
        assert form.title.data == "Chè"
        assert isinstance(form.picture.data, FileStorage)
        assert form.picture.data.read() == b"one"


def test_values_given_by_hand_are_taken_as_given(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data={"title": "sent"}):
        assert Sample(formdata=None, title="given").title.data == "given"
