"""One certificate put right: recorded with wrong facts, for the wrong product, or withdrawn by mistake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import flash, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.accounts.access import current_actor, officer
from app.certification import corrections
from app.certification.corrections import Correction
from app.certification.rights import recognised_by_level, rule_set_on
from app.certification.standing import Standing, StandingState, history
from app.core import clock
from app.core.db import atomic, db
from app.core.errors import Conflict, InvalidInput, NotFound
from app.programme.blueprint import blueprint
from app.programme.frame import page
from app.programme.register.forms import CorrectionForm, ReasonForm, levels_words, points_words
from app.programme.register.own import OwnProduct, find_own_product
from app.programme.register.product_page import certificate_card, certificate_crumbs, rank_options
from app.web.language import gettext
from app.web.messages import show_at_field

Answer = str | Response | tuple[str, int]
_ADDRESS = "/products/<int(max=999999999):product_id>/certificates/<int(max=999999999):certificate_id>"


@dataclass(frozen=True, slots=True)
class _Found:
    of: OwnProduct
    certificate: Standing

    def correction(self, reason: str | None) -> Correction:
        """What the officer who asks says of the certificate."""
        assert self.certificate.certificate_id is not None
        return Correction(
            product_id=self.of.row.id,
            certificate_id=self.certificate.certificate_id,
            reason=reason or "",
            officer_unit=self.of.officer_unit,
            actor=current_actor(),
            now=clock.now(),
        )


def _find(product_id: int, certificate_id: int) -> _Found:
    of = find_own_product(product_id)
    for certificate in history(db.session(), product_id, clock.today()):
        if certificate.certificate_id == certificate_id:
            return _Found(of, certificate)
    raise NotFound


def _correction_form(found: _Found | None = None) -> CorrectionForm:
    """The facts as sent, or as the register has them of a certificate."""
    if found is None:
        form = CorrectionForm()
    else:
        known = found.certificate
        facts = {
            "stars": known.stars,
            "level": known.level,
            "decision_number": known.decision_number,
            "issued_on": known.issued_on,
        }
        form = CorrectionForm(formdata=None, data={name: fact for name, fact in facts.items() if fact})
    form.level.choices = levels_words(recognised_by_level(db.session(), clock.today()))
    return form


def _page(
    found: _Found,
    *,
    right: CorrectionForm | None = None,
    never: ReasonForm | None = None,
    not_withdrawn: ReasonForm | None = None,
) -> str:
    session, today = db.session(), clock.today()
    points = rule_set_on(session, today).points
    form = right or _correction_form(found)
    return page(
        "register/certificate.html",
        found.of.own,
        product=found.of.row,
        crumbs=certificate_crumbs(found.of.row),
        card=certificate_card(found.certificate, found.of.row.standing),
        certificate_id=found.certificate.certificate_id,
        right_form=form,
        ranks=rank_options(points, form.stars.data),
        points_hint=points_words(points),
        never_form=never or ReasonForm(formdata=None, prefix="never-"),
        withdrawal_form=not_withdrawn or ReasonForm(formdata=None, prefix="withdrawal-"),
        withdrawn=found.certificate.state == StandingState.WITHDRAWN or not_withdrawn is not None,
    )


@blueprint.get(_ADDRESS)
@officer
def certificate(product_id: int, certificate_id: int) -> str:
    """A certificate with what may be put right about it."""
    return _page(_find(product_id, certificate_id))


@blueprint.post(f"{_ADDRESS}/correct")
@officer
def correct_certificate(product_id: int, certificate_id: int) -> Answer:
    """Record the right facts in place of the wrong ones."""
    found, form = _find(product_id, certificate_id), _correction_form()
    return _put_right(
        form,
        lambda session: corrections.correct(session, found.correction(form.reason.data), form.decision()),
        lambda: _page(found, right=form),
        gettext("Đã ghi lại cho đúng. Cả hai bản đều còn trong sổ."),
        product_id,
    )


@blueprint.post(f"{_ADDRESS}/strike")
@officer
def strike_certificate(product_id: int, certificate_id: int) -> Answer:
    """The product never had this certificate."""
    found, form = _find(product_id, certificate_id), ReasonForm(prefix="never-")
    return _put_right(
        form,
        lambda session: corrections.record_in_error(session, found.correction(form.reason.data)),
        lambda: _page(found, never=form),
        gettext("Đã ghi là nhầm. Sổ nay đọc như chưa có giấy này."),
        product_id,
    )


@blueprint.post(f"{_ADDRESS}/restore")
@officer
def restore_certificate(product_id: int, certificate_id: int) -> Answer:
    """The certificate was never withdrawn."""
    found, form = _find(product_id, certificate_id), ReasonForm(prefix="withdrawal-")
    return _put_right(
        form,
        lambda session: corrections.take_back_withdrawal(session, found.correction(form.reason.data)),
        lambda: _page(found, not_withdrawn=form),
        gettext("Đã ghi việc thu hồi là nhầm. Giấy lại có hiệu lực như cũ."),
        product_id,
    )


def _put_right(
    form: CorrectionForm | ReasonForm,
    act: Callable[[Session], object],
    again: Callable[[], str],
    done: str,
    product_id: int,
) -> Answer:
    """Do it and go to the product, or show the form again with what is wrong."""
    status = 400
    if form.validate_on_submit():
        try:
            with atomic() as session:
                act(session)
            flash(done, "success")
            return redirect(url_for("programme.product", product_id=product_id), 303)
        except (InvalidInput, Conflict) as refusal:
            show_at_field(form, refusal)
            status = refusal.status
    return again(), status
