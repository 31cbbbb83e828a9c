"""Pages of log-in, registration and forgotten passwords."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext, ngettext

from app.accounts.access import begin_session, end_session, lacks_second_factor, public, safe_path
from app.accounts.addresses import folded_address
from app.accounts.blueprint import (
    blueprint,
    form_again,
    form_page,
    guessed_wrong,
    guessing,
    home_of,
    place,
    secret,
    settings,
)
from app.accounts.forms import CodeForm, ForgotForm, LoginForm, NewPasswordForm, RegisterForm
from app.accounts.login import WrongCredentials, half_way, recognise, renew_hash, user_half_way
from app.accounts.members import Member
from app.accounts.models import User
from app.accounts.passwords import ask_for_reset, reset_password, user_of_token
from app.accounts.queries import invitations
from app.accounts.registration import address_of_token, ask_to_register
from app.accounts.registration import open_account as open_account_now
from app.accounts.second_factor import WrongCode, is_set, prove
from app.accounts.tries import count_try, mails, require_mail
from app.core import clock
from app.core.db import atomic, db
from app.core.errors import InvalidInput, Refusal
from app.web.language import language
from app.web.messages import message_for

__all__ = ["blueprint"]
HALF_WAY = "half_way"
"""The place in the visitor's session of a log-in that waits for its code."""


@blueprint.route("/login", methods=["GET", "POST"])
@public
def login() -> Any:
    """Log in, or go on to the code, and then to where the person was going."""
    wanted = safe_path(request.args.get("next"))
    form = LoginForm()
    if not form.validate_on_submit():
        return form_page("accounts/login.html", form, wanted=wanted)
    address, password = form.email.data or "", form.password.data or ""
    counts = guessing("password", folded_address(address))
    try:
        user = recognise(db.session(), address=address, password=password, demo=settings().demo)
    except WrongCredentials as refusal:
        guessed_wrong(counts)
        return form_page("accounts/login.html", form, wanted=wanted, wrong=message_for(refusal))
    with atomic() as writing:
        renew_hash(writing, user.id, password=password)
    return _go_on(user, wanted)


def _go_on(user: User, wanted: str | None) -> Any:
    """From a right password: to the code where one is asked for, else in."""
    if not is_set(db.session(), user.id):
        return _arrive(begin_session(user.id), wanted)
    session[HALF_WAY] = half_way(user, now=clock.now())
    return redirect(url_for("accounts.second_step", next=wanted), 303)


def _arrive(who: Member, wanted: str | None) -> Any:
    """To where the person was going; first of all to set up the second factor, where the role waits for it."""
    if lacks_second_factor(who):
        return redirect(url_for("accounts.second_factor", next=wanted), 303)
    return redirect(wanted or home_of(who), 303)


@blueprint.route("/login/code", methods=["GET", "POST"])
@public
def second_step() -> Any:
    """The code after the password: of the application, or with `?with=recovery` one of the recovery codes."""
    wanted = safe_path(request.args.get("next"))
    user = user_half_way(db.session(), session.get(HALF_WAY), now=clock.now())
    if user is None:
        session.pop(HALF_WAY, None)
        flash(gettext("Bước nhập mã đã quá giờ. Đăng nhập lại từ đầu."), "warning")
        return redirect(url_for("accounts.login", next=wanted), 303)
    form, recovery = CodeForm(), request.args.get("with") == "recovery"
    if not form.validate_on_submit():
        return form_page("accounts/second_step.html", form, wanted=wanted, recovery=recovery)
    counts = guessing("code", user.email)
    try:
        with atomic() as writing:
            left = prove(writing, user.id, code=form.code.data or "", key=secret(), now=clock.now())
    except WrongCode as refusal:
        guessed_wrong(counts)
        return form_again("accounts/second_step.html", form, refusal, wanted=wanted, recovery=recovery)
    session.pop(HALF_WAY)
    if left is not None:
        flash(
            ngettext(
                "Đã dùng một mã dự phòng, còn %(num)s mã.", "Đã dùng một mã dự phòng, còn %(num)s mã.", left
            ),
            "warning",
        )
    return _arrive(begin_session(user.id), wanted)


@blueprint.post("/logout")
@public
def logout() -> Any:
    """End this browser's session for good; for a guest nothing changes."""
    end_session()
    return redirect(url_for("accounts.login"), 303)


@blueprint.route("/register", methods=["GET", "POST"])
@public
def register() -> Any:
    """Ask for an account; the answer is the same whether the address is known."""
    form = RegisterForm()
    if not form.validate_on_submit():
        return form_page("accounts/register.html", form)
    try:
        with atomic() as writing:
            _count_mail(form.email.data or "")
            ask_to_register(
                writing,
                name=form.name.data or "",
                address=form.email.data or "",
                language=language(),
                now=clock.now(),
            )
    except InvalidInput as refusal:
        return form_again("accounts/register.html", form, refusal)
    return _mail_sent(form.email.data)


def _count_mail(address: str) -> None:
    """Count a mail that is asked for, in the transaction that queues it. Raises TooManyMails while a wait is on."""
    if not settings().rate_limits:
        return
    now, counts = clock.now(), mails(folded_address(address), place=place())
    require_mail(db.session(), counts, now=now)
    count_try(db.session(), counts, now=now)


@blueprint.route("/register/<token>", methods=["GET", "POST"])
@public
def open_account(token: str) -> Any:
    """Choose a password and have the account."""
    address = address_of_token(db.session(), token, secret=secret(), now=clock.now())
    form = NewPasswordForm()
    if not form.validate_on_submit():
        return form_page("accounts/open.html", form, address=address)
    try:
        with atomic() as writing:
            user = open_account_now(
                writing, token, password=form.password.data or "", secret=secret(), now=clock.now()
            )
    except Refusal as refusal:
        return form_again("accounts/open.html", form, refusal, address=address)
    who = begin_session(user.id)
    flash(gettext("Tài khoản đã mở. Chào %(name)s!", name=who.name), "success")
    invited = invitations(db.session(), email=who.email)
    return redirect(url_for("accounts.account") if invited else home_of(who), 303)


@blueprint.route("/password/forgot", methods=["GET", "POST"])
@public
def forgot() -> Any:
    """Ask for a link to a new password; the answer is the same whether the address is known."""
    form = ForgotForm()
    if not form.validate_on_submit():
        return form_page("accounts/forgot.html", form)
    try:
        with atomic() as writing:
            _count_mail(form.email.data or "")
            ask_for_reset(writing, form.email.data or "", language=language(), now=clock.now())
    except InvalidInput as refusal:
        return form_again("accounts/forgot.html", form, refusal)
    return _mail_sent(form.email.data)


def _mail_sent(address: str | None) -> str:
    """The page that says to look into the mailbox; on a demonstration also where the mails lie."""
    is_folder = settings().demo and settings().mail_url.startswith("file:")
    folder = settings().mail_url.removeprefix("file://") if is_folder else None
    return render_template("accounts/mail_sent.html", address=address, folder=folder)


@blueprint.route("/password/reset/<token>", methods=["GET", "POST"])
@public
def reset(token: str) -> Any:
    """Set a new password by the mailed link; the person is out everywhere else and, after the code, in here."""
    form = NewPasswordForm()
    try:
        address = user_of_token(db.session(), token, secret=secret(), now=clock.now()).email
        if not form.validate_on_submit():
            return form_page("accounts/reset.html", form, address=address)
        with atomic() as writing:
            user = reset_password(
                writing, token, new=form.password.data or "", secret=secret(), now=clock.now()
            )
    except Refusal as refusal:
        return form_again("accounts/reset.html", form, refusal)
    flash(gettext("Mật khẩu mới đã được đặt."), "success")
    return _go_on(user, url_for("accounts.account"))
