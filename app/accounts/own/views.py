"""Pages of the own account: profile, password, invitations, devices, second factor."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from app.accounts.access import current_actor, end_session, member, safe_path, signed_in
from app.accounts.blueprint import blueprint, form_again, form_page, guessed_wrong, guessing, home_of, secret
from app.accounts.forms import ChangePasswordForm, PasswordForm, ProfileForm, SecondFactorForm
from app.accounts.invitations import accept, decline
from app.accounts.own.pages import account_page, factor_page, setup_page
from app.accounts.passwords import WrongPassword, change_password
from app.accounts.profile import change_profile
from app.accounts.queries import invitations, my_account
from app.accounts.second_factor import (
    WrongCode,
    new_seed,
    recovery_codes_left,
    renew_codes,
    set_up,
    setup_address,
    turn_off,
)
from app.accounts.sessions import devices, end_all, end_one
from app.core import clock
from app.core.db import atomic, db
from app.core.errors import NotFound, Refusal
from app.web.messages import show_at_field

__all__ = ["blueprint"]


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
def change() -> Any:
    """A new password: this browser stays, every other is logged out."""
    form = ChangePasswordForm()
    who = member()
    if not form.validate_on_submit():
        return _account(password=form)
    counts = guessing("password", who.email)
    try:
        with atomic() as session:
            change_password(
                session,
                who.user_id,
                present=form.present.data or "",
                new=form.password.data or "",
                session_id=who.session_id,
                actor=current_actor(),
                now=clock.now(),
            )
    except Refusal as refusal:
        if isinstance(refusal, WrongPassword):
            guessed_wrong(counts)
        show_at_field(form, refusal)
        return _account(password=form)
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


@blueprint.post("/account/devices/<int(max=999999999):session_id>/end")
@signed_in
def end_device(session_id: int) -> Any:
    """Log out another browser of one's own; what was ended by a first click is not missed at the second."""
    try:
        with atomic() as session:
            end_one(session, session_id, user_id=member().user_id)
    except NotFound:
        flash(gettext("Máy ấy đã đăng xuất rồi."), "info")
    else:
        flash(gettext("Đã đăng xuất máy ấy."), "success")
    return redirect(url_for("accounts.account") + "#devices", 303)


@blueprint.post("/account/devices/end")
@signed_in
def end_devices() -> Any:
    """Log out everywhere, here too."""
    with atomic() as session:
        end_all(session, member().user_id)
    end_session()
    flash(gettext("Đã đăng xuất trên mọi máy."), "success")
    return redirect(url_for("accounts.login"), 303)


@blueprint.route("/account/second-factor", methods=["GET", "POST"])
@signed_in
def second_factor() -> Any:
    """Set up the second step of log-in; where it is set up, what there is to do about it."""
    acts = {"renew": _renew_codes, "off": _turn_off}
    act = acts.get(request.form.get("act", "")) if member().second_factor else None
    if act is not None:
        return act()
    if member().second_factor and request.method == "GET" and "again" not in request.args:
        return _factor(PasswordForm(formdata=None))
    return _set_up()


def _set_up() -> Any:
    who, form, wanted = member(), SecondFactorForm(), safe_path(request.args.get("next"))
    if not form.is_submitted():
        form.seed.data = new_seed()
    address = setup_address((who.public_id, who.email), form.seed.data or "", key=secret())
    facts = {"page": setup_page(address, who, wanted), "mine": who}
    if not form.validate_on_submit():
        return form_page("accounts/second_factor_new.html", form, **facts)
    counts = guessing("password", who.email)
    try:
        with atomic() as session:
            codes = set_up(
                session,
                who.user_id,
                seed=form.seed.data or "",
                code=form.code.data or "",
                password=form.password.data or "",
                key=secret(),
                session_id=who.session_id,
                actor=current_actor(),
                now=clock.now(),
            )
    except (WrongPassword, WrongCode) as refusal:
        guessed_wrong(counts)
        return form_again("accounts/second_factor_new.html", form, refusal, **facts)
    return _show(codes, wanted or home_of(who))


def _renew_codes() -> Any:
    form = PasswordForm()
    codes = _with_password(form, renew_codes)
    return _factor(form) if codes is None else _show(codes, url_for("accounts.second_factor"))


def _turn_off() -> Any:
    form = PasswordForm()
    if _with_password(form, turn_off) is None:
        return _factor(form)
    flash(gettext("Đã tắt xác minh hai bước."), "success")
    return redirect(url_for("accounts.account"), 303)


def _with_password(form: PasswordForm, verb: Any) -> Any:
    """Do what asks for the present password once more; None when the form needs another look, which it then says."""
    who = member()
    if not form.validate_on_submit():
        return None
    counts = guessing("password", who.email)
    try:
        with atomic() as session:
            done = verb(
                session,
                who.user_id,
                password=form.password.data or "",
                actor=current_actor(),
                now=clock.now(),
            )
    except Refusal as refusal:
        if isinstance(refusal, WrongPassword):
            guessed_wrong(counts)
        show_at_field(form, refusal)
        return None
    return done or ()


def _factor(form: PasswordForm) -> Any:
    who = member()
    page = factor_page(who, recovery_codes_left(db.session(), who.user_id))
    return form_page("accounts/second_factor.html", form, page=page, mine=who)


def _show(codes: list[str], onward: str) -> str:
    """The recovery codes, this once: no other page and no table holds them."""
    return render_template("accounts/recovery_codes.html", codes=codes, onward=onward, mine=member())


def _account(profile: ProfileForm | None = None, password: ChangePasswordForm | None = None) -> Any:
    """The page of the account around the form that was sent; 422 when that form needs another look."""
    session, who = db.session(), member()
    mine = my_account(session, who.user_id)
    seen = devices(session, who.user_id, here=who.session_id, now=clock.now())
    page = render_template(
        "accounts/account.html",
        mine=mine,
        page=account_page(seen, who),
        invitations=invitations(session, email=mine.email),
        profile=profile or ProfileForm(formdata=None, obj=mine),
        password=password or ChangePasswordForm(formdata=None),
    )
    return page, 422 if request.method == "POST" else 200
