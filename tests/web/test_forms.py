"""A file sent where text is asked is no text, and files still reach the fields that ask for them."""

from __future__ import annotations

import io
import unicodedata

import pytest
from flask import Flask
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import EmailField, HiddenField, PasswordField, StringField, TextAreaField

from app.web.forms import Form, Required
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


class Typed(Form):
    name = StringField("Tên", [Required()])
    email = EmailField("Thư")
    story = TextAreaField("Lời kể", [Required()])
    password = PasswordField("Mật khẩu", [Required()])
    token = HiddenField("Mã")


INVISIBLE = "\u200b\u200d\u2060\ufeff\u00ad\u202e\u2066"


def test_typed_text_is_cleaned_at_the_door_and_passwords_are_not(app: Flask) -> None:
    decomposed = unicodedata.normalize("NFD", "Mật")
    sent = {
        "name": f"\u00a0{decomposed}\u00a0\t ong{INVISIBLE} ",
        "email": f"\ufeffan@vidu.vn\u00a0{INVISIBLE}",
        "story": f"Dòng {decomposed}\u2028 \r\n\r\n  lùi\u200b vào \rcuối\n\n",
        "password": f" {decomposed}\u200b ",
        "token": "a  b",
    }
    with app.test_request_context("/", method="POST", data=sent):
        form = Typed(meta={"csrf": False})
        assert form.validate()
        assert form.data == {
            "name": "Mật ong",
            "email": "an@vidu.vn",
            "story": "Dòng Mật\n\n  lùi vào\ncuối",
            "password": sent["password"],
            "token": "a  b",
        }


@pytest.mark.parametrize("nothing", ["", "   ", "\u00a0\u3000", INVISIBLE, f" {INVISIBLE}\t"])
def test_what_nobody_sees_is_nothing(app: Flask, nothing: str) -> None:
    with app.test_request_context(
        "/", method="POST", data={"name": nothing, "story": nothing, "password": " "}
    ):
        form = Typed(meta={"csrf": False})
        assert not form.validate()
        assert form.errors == {"name": ["Chưa nhập tên."], "story": ["Chưa nhập lời kể."]}
