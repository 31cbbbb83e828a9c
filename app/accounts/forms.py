"""Forms of accounts and of the admin's rooms."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext, lazy_pgettext
from wtforms import EmailField, Field, PasswordField, SelectField, StringField, TelField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from app.accounts.models import MembershipRole
from app.accounts.passwords import LONGEST, SHORTEST
from app.core.errors import Refusal
from app.web.forms import Form

_NEEDED = lazy_gettext("Cần điền ô này.")


def say(form: Form, refusal: Refusal) -> None:
    """Put a refusal's words at the field it speaks of. Raises it again when the form has no such field."""
    field: Field | None = form._fields.get(refusal.field or "")
    if field is None:
        raise refusal
    field.errors = [*field.errors, words(refusal)]


def words(refusal: Refusal) -> str:
    """What a refusal of this room says to the person."""
    if refusal.code == "weak-password":
        return _weak(refusal.facts)
    known: dict[str, str] = {
        "bad-address": gettext("Địa chỉ thư này chưa đúng, xem lại giúp."),
        "bad-phone": gettext("Số điện thoại chỉ gồm chữ số, như 0912 345 678."),
        "wrong-password": gettext("Mật khẩu hiện tại chưa đúng."),
        "already-granted": gettext("Người này đã có vai trò ấy."),
        "last-admin": gettext("Đây là người quản trị duy nhất, chưa thể bỏ."),
        "role-needs-producer": gettext("Chủ và nhân viên cần đúng một cơ sở; vai trò khác thì không."),
        "role-needs-place": gettext("Cán bộ cần đúng một tỉnh; vai trò khác thì không."),
        "unknown-place": gettext("Không có tỉnh nào như vậy."),
        "unknown-producer": gettext("Không có cơ sở nào như vậy."),
        "unknown-role": gettext("Không có vai trò này."),
    }
    return known.get(refusal.code) or gettext("Chưa làm được, xem lại giúp.")


def _weak(facts: dict[str, Any]) -> str:
    known: dict[str, str] = {
        "short": gettext("Mật khẩu cần ít nhất %(n)s ký tự.", n=facts["least"]),
        "long": gettext("Mật khẩu dài nhất %(n)s ký tự.", n=facts["most"]),
        "common": gettext("Mật khẩu này nhiều người dùng, dễ đoán. Chọn một câu chỉ mình bạn nhớ."),
        "address": gettext("Mật khẩu không được trùng địa chỉ thư."),
    }
    return known[facts["reason"]]


class LoginForm(Form):
    """Address and password."""

    email = EmailField(lazy_gettext("Thư điện tử"), [InputRequired(_NEEDED), Length(max=254)])
    password = PasswordField(lazy_gettext("Mật khẩu"), [InputRequired(_NEEDED), Length(max=LONGEST)])


class RegisterForm(Form):
    """Who wants an account."""

    name = StringField(lazy_gettext("Họ và tên"), [InputRequired(_NEEDED), Length(max=100)])
    email = EmailField(lazy_gettext("Thư điện tử"), [InputRequired(_NEEDED), Length(max=254)])


class ForgotForm(Form):
    """Whose password is forgotten."""

    email = EmailField(lazy_gettext("Thư điện tử"), [InputRequired(_NEEDED), Length(max=254)])


class NewPasswordForm(Form):
    """A password for the account that a mailed link speaks of."""

    password = PasswordField(
        lazy_gettext("Mật khẩu mới"),
        [InputRequired(_NEEDED)],
        description=lazy_gettext("Ít nhất %(n)s ký tự. Một câu ngắn dễ nhớ hơn một từ lạ.", n=SHORTEST),
    )


class ProfileForm(Form):
    """What people say about themselves."""

    name = StringField(lazy_gettext("Họ và tên"), [InputRequired(_NEEDED), Length(max=100)])
    phone = TelField(lazy_gettext("Điện thoại"), [Optional(), Length(max=30)])
    language = SelectField(
        lazy_gettext("Ngôn ngữ của thư gửi đến bạn"),
        choices=[SelectChoice("vi", "Tiếng Việt"), SelectChoice("en", "English")],
    )


class ChangePasswordForm(Form):
    """The present password and the one to come."""

    present = PasswordField(lazy_gettext("Mật khẩu hiện tại"), [InputRequired(_NEEDED), Length(max=LONGEST)])
    password = PasswordField(
        lazy_gettext("Mật khẩu mới"),
        [InputRequired(_NEEDED)],
        description=lazy_gettext("Các máy khác đang đăng nhập sẽ phải đăng nhập lại."),
    )


class GrantForm(Form):
    """A role to give: with the slug of a producer, or the slug of a province, where the role needs one."""

    role = SelectField(
        lazy_gettext("Vai trò"),
        choices=[
            SelectChoice(MembershipRole.OWNER, lazy_gettext("Chủ cơ sở")),
            SelectChoice(MembershipRole.STAFF, lazy_gettext("Nhân viên cơ sở")),
            SelectChoice(MembershipRole.PROMOTION, lazy_gettext("Xúc tiến thương mại")),
            SelectChoice(MembershipRole.OFFICER, lazy_gettext("Cán bộ chương trình")),
            SelectChoice(MembershipRole.ADMIN, lazy_gettext("Quản trị")),
        ],
    )
    producer = StringField(
        lazy_pgettext("one", "Cơ sở"),
        [Optional(), Length(max=200)],
        description=lazy_gettext("Phần cuối địa chỉ trang cơ sở, như hop-tac-xa-suoi-giang."),
    )
    unit = SelectField(lazy_gettext("Tỉnh"), [Optional()])
