"""Where a refusal is shown: at its field, on top of the form, or as a page of its own."""

from __future__ import annotations

import pytest
from flask import Flask
from wtforms import StringField

from app.accounts.passwords import StaleLink
from app.core.errors import Conflict, InvalidInput, NotFound, Refusal, TooLarge, WrongState
from app.web.errors import describe_error
from app.web.forms import Form, Required
from app.web.messages import Messages, message_for, show_at_field


class PackForm(Form):
    weight = StringField("Khối lượng tịnh", [Required()])
    code = StringField("GTIN", [Required()])


def test_a_refusal_is_shown_at_the_field_it_speaks_of(app: Flask) -> None:
    with app.test_request_context("/"):
        form = PackForm()
        show_at_field(form, Conflict("gtin-taken", field="code"))
        assert form.errors == {
            "code": ["Mã GTIN này đang dùng cho quy cách khác. Mỗi quy cách một mã riêng."]
        }


def test_what_was_wrong_with_the_field_before_stays(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data={"code": "x"}):
        form = PackForm(meta={"csrf": False})
        assert not form.validate()
        show_at_field(form, InvalidInput("too-long", field="weight", most=1_000))
        assert form.errors == {"weight": ["Chưa nhập khối lượng tịnh.", "Dài quá, nhiều nhất 1.000 ký tự."]}


@pytest.mark.parametrize("field", [None, "note"], ids=["no field", "a field that is not there"])
def test_a_refusal_of_no_field_of_the_form_stands_on_top_of_it(app: Flask, field: str | None) -> None:
    with app.test_request_context("/"):
        form = PackForm()
        show_at_field(form, WrongState("last-admin", field=field))
        assert form.form_errors == ["Đây là người quản trị duy nhất, chưa thể bỏ."]


@pytest.mark.parametrize("refusal", [NotFound(field="code"), StaleLink()], ids=["not found", "stale link"])
def test_what_is_not_there_for_this_person_is_no_matter_of_the_form(app: Flask, refusal: NotFound) -> None:
    with app.test_request_context("/"):
        form = PackForm()
        with pytest.raises(type(refusal)):
            show_at_field(form, refusal)
        assert form.errors == {}


@pytest.mark.parametrize(
    ("language", "label", "shown"),
    [
        ("vi", "Họ và tên", "Chưa nhập họ và tên."),
        ("vi", "GTIN", "Chưa nhập GTIN."),
        ("en", "Full name", "Please enter: full name."),
    ],
)
def test_an_empty_field_is_named_by_its_label(app: Flask, language: str, label: str, shown: str) -> None:
    with app.test_request_context(f"/?lang={language}"):
        assert message_for(InvalidInput("missing", field="name"), label) == shown


@pytest.mark.parametrize("typed", ["", "  "])
def test_blanks_alone_are_nothing(app: Flask, typed: str) -> None:
    with app.test_request_context("/", method="POST", data={"weight": typed, "code": typed}):
        form = PackForm(meta={"csrf": False})
        assert not form.validate()
        assert form.errors == {"weight": ["Chưa nhập khối lượng tịnh."], "code": ["Chưa nhập GTIN."]}


def test_a_code_without_a_message_is_answered_by_its_status(app: Flask) -> None:
    with app.test_request_context("/"):
        assert message_for(TooLarge()) == "Chọn tệp nhỏ hơn rồi gửi lại."


def test_a_code_has_one_message_only() -> None:
    with pytest.raises(ValueError, match="taken"):
        Messages({"taken": lambda _: "One."}, {"free": lambda _: "Two.", "taken": lambda _: "Three."})


def test_the_page_of_a_code_may_have_its_own_title_and_way_out(app: Flask) -> None:
    with app.test_request_context("/"):
        page = describe_error(404, StaleLink.code, {})
        assert page.title == "Liên kết không còn dùng được"
        assert [(action.label, action.href) for action in page.actions] == [
            ("Về trang đầu", "/"),
            ("Xin thư mới", "/password/forgot"),
        ]


def test_on_the_command_line_a_refusal_is_its_code_and_facts() -> None:
    assert str(Refusal("out-of-stock", field="quantity", wanted=3)) == "out-of-stock (wanted 3)"
    assert str(NotFound()) == "not-found"
