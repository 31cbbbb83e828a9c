"""Pages of log-in, registration, passwords and the own account."""

from __future__ import annotations

import time
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_limiter import RequestLimit
from flask_limiter.util import get_remote_address

from app.accounts.access import (
    begin_session,
    current_actor,
    end_session,
    member,
    public,
    safe_path,
    signed_in,
)
from app.accounts.addresses import folded_address
from app.accounts.forms import (
    ChangePasswordForm,
    ForgotForm,
    LoginForm,
    NewPasswordForm,
    ProfileForm,
    RegisterForm,
)
from app.accounts.invitations import accept, decline
from app.accounts.members import Member
from app.accounts.passwords import ask_for_reset, change_password, reset_password, user_of_token
from app.accounts.profile import change_profile
from app.accounts.queries import invitations, my_account
from app.accounts.registration import address_of_token, ask_to_register
from app.accounts.registration import open_account as open_account_now
from app.accounts.sessions import WrongCredentials, note_login, recognise
from app.core import clock
from app.core.db import atomic, db
from app.core.errors import Refusal, TooMany
from app.core.parts import part
from app.web.errors import refusal_answer
from app.web.language import language
from app.web.limits import limiter
from app.web.messages import message_for, show_at_field
from config import Settings

blueprint = Blueprint("accounts", __name__)


def _settings() -> Settings:
    settings: Settings = part(Settings)
    return settings


def _secret() -> str:
    return str(current_app.secret_key)


def _address_here() -> str:
    """One mail address tried from one place: many people behind one IP do not count for each other."""
    return f"{folded_address(request.form.get('email', ''))[:254]} {get_remote_address()}"


def _too_many(limit: RequestLimit) -> Any:
    return refusal_answer(TooMany(retry_after=max(1, int(limit.reset_at - time.time()))))


def _tries(per_address: str, per_place: str, *, failures_only: bool = False) -> Any:
    """Count POSTs by address and place, and by place alone, more generously: phones share addresses."""

    def decorate(view: Any) -> Any:
        deduct = (lambda _response: bool(g.get("try_failed"))) if failures_only else None
        for rate, key in ((per_address, _address_here), (per_place, get_remote_address)):
            view = limiter.limit(
                rate, key_func=key, methods=["POST"], deduct_when=deduct, on_breach=_too_many
            )(view)
        return view

    return decorate


@blueprint.route("/login", methods=["GET", "POST"])
@public
@_tries("10 per 15 minutes", "100 per 15 minutes", failures_only=True)
def login() -> Any:
    """Log in and go on to where the person was going."""
    wanted = safe_path(request.args.get("next"))
    form = LoginForm()
    if not form.validate_on_submit():
        return _page("accounts/login.html", form, wanted=wanted)
    address, password = form.email.data or "", form.password.data or ""
    try:
        user = recognise(db.session(), address=address, password=password, demo=_settings().demo)
    except WrongCredentials as refusal:
        g.try_failed = True
        return _page("accounts/login.html", form, wanted=wanted, wrong=message_for(refusal))
    with atomic() as session:
        note_login(session, user.id, password=password, now=clock.now())
    return redirect(wanted or _home(begin_session(user.id)), 303)


def _home(who: Member) -> str:
    """Where a person starts: the portal of the role, or the shop."""
    portals = (
        (who.producer_ids, "portal_door.enter"),
        (who.officer_units, "programme.home"),
        (who.promotion, "staff.home"),
        (who.admin, "admin.home"),
        (True, "shop.home"),
    )
    for open_to, endpoint in portals:
        if open_to and endpoint in current_app.view_functions:
            return url_for(endpoint)
    return url_for("accounts.account")


@blueprint.post("/logout")
@public
def logout() -> Any:
    """End this browser's session; for a guest nothing changes."""
    end_session()
    return redirect(url_for("accounts.login"), 303)


@blueprint.route("/register", methods=["GET", "POST"])
@public
@_tries("5 per hour", "60 per hour")
def register() -> Any:
    """Ask for an account; the answer is the same whether the address is known."""
    form = RegisterForm()
    if not form.validate_on_submit():
        return _page("accounts/register.html", form)
    try:
        with atomic() as session:
            ask_to_register(
                session,
                name=form.name.data or "",
                address=form.email.data or "",
                language=language(),
                now=clock.now(),
            )
    except Refusal as refusal:
        return _again("accounts/register.html", form, refusal)
    return render_template("accounts/mail_sent.html", address=form.email.data, folder=_mail_folder())


@blueprint.route("/register/<token>", methods=["GET", "POST"])
@public
def open_account(token: str) -> Any:
    """Choose a password and have the account."""
    address = address_of_token(db.session(), token, secret=_secret(), now=clock.now())
    form = NewPasswordForm()
    if not form.validate_on_submit():
        return _page("accounts/open.html", form, address=address)
    try:
        with atomic() as session:
            user = open_account_now(
                session, token, password=form.password.data or "", secret=_secret(), now=clock.now()
            )
    except Refusal as refusal:
        return _again("accounts/open.html", form, refusal, address=address)
    who = begin_session(user.id)
    flash(gettext("Tài khoản đã mở. Chào %(name)s!", name=who.name), "success")
    invited = invitations(db.session(), email=who.email)
    return redirect(url_for("accounts.account") if invited else _home(who), 303)


@blueprint.route("/password/forgot", methods=["GET", "POST"])
@public
@_tries("5 per hour", "60 per hour")
def forgot() -> Any:
    """Ask for a link to a new password; the answer is the same whether the address is known."""
    form = ForgotForm()
    if not form.validate_on_submit():
        return _page("accounts/forgot.html", form)
    try:
        with atomic() as session:
            ask_for_reset(session, form.email.data or "", language=language(), now=clock.now())
    except Refusal as refusal:
        return _again("accounts/forgot.html", form, refusal)
    return render_template("accounts/mail_sent.html", address=form.email.data, folder=_mail_folder())


@blueprint.route("/password/reset/<token>", methods=["GET", "POST"])
@public
def reset(token: str) -> Any:
    """Set a new password by the mailed link; the person is logged in here and out everywhere else."""
    form = NewPasswordForm()
    try:
        address = user_of_token(db.session(), token, secret=_secret(), now=clock.now()).email
        if not form.validate_on_submit():
            return _page("accounts/reset.html", form, address=address)
        with atomic() as session:
            user = reset_password(
                session, token, new=form.password.data or "", secret=_secret(), now=clock.now()
            )
    except Refusal as refusal:
        return _again("accounts/reset.html", form, refusal)
    begin_session(user.id)
    flash(gettext("Mật khẩu mới đã được đặt."), "success")
    return redirect(url_for("accounts.account"), 303)


@blueprint.route("/account", methods=["GET", "POST"])
@signed_in
def account() -> Any:
    """The own account: name, telephone and language of mails."""
    form = ProfileForm(obj=my_account(db.session(), member().user_id))
    if not form.validate_on_submit():
        return _account(profile=form)
    try:
        with atomic() as session:
            change_profile(
                session,
                member().user_id,
                name=form.name.data or "",
                phone=form.phone.data,
                language=form.language.data,
                actor=current_actor(),
                now=clock.now(),
            )
    except Refusal as refusal:
        show_at_field(form, refusal)
        return _account(profile=form)
    flash(gettext("Đã lưu."), "success")
    return redirect(url_for("accounts.account"), 303)


@blueprint.post("/account/password")
@signed_in
@_tries("10 per 15 minutes", "100 per 15 minutes", failures_only=True)
def change() -> Any:
    """A new password: this browser stays, every other is logged out."""
    form = ChangePasswordForm()
    who = member()
    if not form.validate_on_submit():
        return _account(password=form)
    try:
        with atomic() as session:
            change_password(
                session,
                who.user_id,
                present=form.present.data or "",
                new=form.password.data or "",
                actor=current_actor(),
                now=clock.now(),
            )
    except Refusal as refusal:
        g.try_failed = refusal.code == "wrong-password"
        show_at_field(form, refusal)
        return _account(password=form)
    begin_session(who.user_id)
    flash(gettext("Đã đổi mật khẩu. Các máy khác đã được đăng xuất."), "success")
    return redirect(url_for("accounts.account"), 303)


@blueprint.post("/account/invitations/<int(max=999999999):invitation_id>/accept")
@signed_in
def accept_invitation(invitation_id: int) -> Any:
    """Become staff of a producer whose owner asked."""
    return _answer(accept, invitation_id, gettext("Đã nhận lời."))


@blueprint.post("/account/invitations/<int(max=999999999):invitation_id>/decline")
@signed_in
def decline_invitation(invitation_id: int) -> Any:
    """Decline the invitation of a producer whose owner asked."""
    return _answer(decline, invitation_id, gettext("Đã từ chối lời mời."))


def _answer(verb: Any, invitation_id: int, message: str) -> Any:
    with atomic() as session:
        verb(session, invitation_id, user_id=member().user_id, actor=current_actor(), now=clock.now())
    flash(message, "success")
    return redirect(url_for("accounts.account"), 303)


def _account(profile: ProfileForm | None = None, password: ChangePasswordForm | None = None) -> Any:
    """The page of the account around the form that was sent; 422 when that form needs another look."""
    account = my_account(db.session(), member().user_id)
    page = render_template(
        "accounts/account.html",
        mine=account,
        invitations=invitations(db.session(), email=account.email),
        profile=profile or ProfileForm(formdata=None, obj=account),
        password=password or ChangePasswordForm(formdata=None),
    )
    return page, 422 if request.method == "POST" else 200


def _page(template: str, form: Any, **facts: Any) -> Any:
    page = render_template(template, form=form, **facts)
    return (page, 422) if request.method == "POST" else page


def _again(template: str, form: Any, refusal: Refusal, **facts: Any) -> Any:
    show_at_field(form, refusal)
    return _page(template, form, **facts)


def _mail_folder() -> str | None:
    """Where mails lie on a demonstration, so that a newcomer finds them; None elsewhere."""
    settings = _settings()
    is_folder = settings.demo and settings.mail_url.startswith("file:")
    return settings.mail_url.removeprefix("file://") if is_folder else None
