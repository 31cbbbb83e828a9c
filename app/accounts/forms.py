"""Forms of accounts and of the admin's pages."""

from __future__ import annotations

from flask_babel import lazy_gettext, lazy_pgettext
from wtforms import EmailField, HiddenField, PasswordField, SelectField, StringField, TelField
from wtforms.fields import SelectChoice
from wtforms.validators import Length, Optional

from app.accounts.models import MembershipRole
from app.accounts.passwords import LONGEST, SHORTEST
from app.web.forms import Form, Required


class LoginForm(Form):
    """Address and password."""

    email = EmailField(lazy_gettext("Thư điện tử"), [Required(), Length(max=254)])
    password = PasswordField(lazy_gettext("Mật khẩu"), [Required(), Length(max=LONGEST)])


class RegisterForm(Form):
    """Who wants an account."""

    name = StringField(lazy_gettext("Họ và tên"), [Required(), Length(max=100)])
    email = EmailField(lazy_gettext("Thư điện tử"), [Required(), Length(max=254)])


class ForgotForm(Form):
    """Whose password is forgotten."""

    email = EmailField(lazy_gettext("Thư điện tử"), [Required(), Length(max=254)])


class NewPasswordForm(Form):
    """A password for the account that a mailed link speaks of."""

    password = PasswordField(
        lazy_gettext("Mật khẩu mới"),
        [Required()],
        description=lazy_gettext("Ít nhất %(n)s ký tự. Một câu ngắn dễ nhớ hơn một từ lạ.", n=SHORTEST),
    )


class ProfileForm(Form):
    """A person's own name, telephone and language."""

    name = StringField(lazy_gettext("Họ và tên"), [Required(), Length(max=100)])
    phone = TelField(lazy_gettext("Điện thoại"), [Optional(), Length(max=30)])
    language = SelectField(
        lazy_gettext("Ngôn ngữ của thư gửi đến bạn"),
        choices=[SelectChoice("vi", "Tiếng Việt"), SelectChoice("en", "English")],
    )


class ChangePasswordForm(Form):
    """The present password and the one to come."""

    present = PasswordField(lazy_gettext("Mật khẩu hiện tại"), [Required(), Length(max=LONGEST)])
    password = PasswordField(
        lazy_gettext("Mật khẩu mới"),
        [Required()],
        description=lazy_gettext("Các máy khác đang đăng nhập sẽ phải đăng nhập lại."),
    )


class CodeForm(Form):
    """A code of the application, or a recovery code."""

    code = StringField(lazy_gettext("Mã"), [Required(), Length(max=40)])


class PasswordForm(Form):
    """The present password, asked for once more."""

    password = PasswordField(lazy_gettext("Mật khẩu hiện tại"), [Required(), Length(max=LONGEST)])


class SecondFactorForm(CodeForm, PasswordForm):
    """The first code of an application that was shown the secret of this seed."""

    seed = HiddenField()


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
