"""The register of the own place: its rows, certificates about to end, one product with the award and withdrawal."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app.accounts.access import current_actor, member, officer
from app.accounts.queries import audit_rows
from app.certification import awards
from app.certification.models import Certificate
from app.certification.queries import RegisterRow, count_rows, expiring, register_rows
from app.certification.reminders import THRESHOLDS
from app.certification.standing import history
from app.core import clock
from app.core.db import atomic, db
from app.core.errors import Conflict, InvalidInput
from app.geography.lookup import gazetteer
from app.geography.models import VN34_FROM
from app.programme.blueprint import blueprint
from app.programme.frame import asked_place, page
from app.programme.labels import group_names
from app.programme.places import OwnPlace, own_place, own_product
from app.programme.register.export import register_csv
from app.programme.register.forms import AwardForm, WithdrawForm, read_question
from app.programme.register.pages import ending_page, register_page
from app.programme.register.product_page import product_page
from app.web.language import gettext
from app.web.messages import show_at_field
from app.web.pagination import Address, Pages, page_number

PER_PAGE = 50
Answer = str | AnyResponse | tuple[str, int]


@blueprint.get("/register")
@officer
def register() -> str:
    """Rows of the register: all, or those behind a count."""
    session, own, today = db.session(), asked_place(), clock.today()
    groups = group_names(session)
    question, dropped = read_question(request.args.to_dict(flat=False), groups)
    pages = Pages(
        page_number(request.args.get("page", "")), PER_PAGE, count_rows(session, own.unit, question, today)
    )
    pairs = tuple((k, v) for k, v in request.args.items(multi=True) if k not in ("page", "lang") and v)
    view = register_page(
        register_rows(session, own.unit, question, today, limit=PER_PAGE, offset=pages.offset),
        question,
        groups,
        dropped=dropped,
        pages=pages,
        address=Address(request.path, pairs),
        download=Address(url_for("programme.register_table"), pairs),
        today=today,
    )
    return page("register/register.html", own, page=view)


@blueprint.get("/register.csv")
@officer
def register_table() -> Response:
    """The same rows for a spreadsheet."""
    session, own, today = db.session(), asked_place(), clock.today()
    groups = group_names(session)
    question, _ = read_question(request.args.to_dict(flat=False), groups)
    table = register_csv(register_rows(session, own.unit, question, today), groups, today)
    response = Response(table, content_type="text/csv; charset=utf-8")
    name = f"so-ocop-{own.unit.slug.replace('@', '-')}-{today.isoformat()}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.get("/expiring")
@officer
def ending() -> str:
    """Certificates that end within 30, 90 and 180 days; those whose end is not known apart."""
    own = asked_place()
    soon = expiring(db.session(), own.unit, clock.today(), within=max(THRESHOLDS))
    return page("register/ending.html", own, page=ending_page(soon))


@dataclass(frozen=True, slots=True)
class OwnProduct:
    """A product of the officer's place, and that place."""

    own: OwnPlace
    row: RegisterRow


def _own_product(product_id: int) -> OwnProduct:
    session = db.session()
    places = gazetteer(session)
    units = [unit for unit_id in member().officer_units if (unit := places.province(unit_id))]
    row = own_product(session, units, product_id, clock.today())
    return OwnProduct(own_place(places, member().officer_units, None), row)


def _product_page(
    of: OwnProduct, award: AwardForm | None = None, withdrawal: WithdrawForm | None = None
) -> str:
    session, row, today = db.session(), of.row, clock.today()
    award_form = award or AwardForm(formdata=None)
    view = product_page(
        row,
        history(session, row.id, today),
        audit_rows(session, object_type="product", object_id=str(row.id)).rows,
        groups=group_names(session),
        award=award_form,
        points=awards.rule_set_on(session, today).points,
    )
    return page(
        "register/product.html",
        of.own,
        page=view,
        award_form=award_form,
        withdraw_form=withdrawal or WithdrawForm(formdata=None),
    )


@blueprint.get("/products/<int(max=999999999):product_id>")
@officer
def product(product_id: int) -> str:
    """A product of the own place: its certificates, who did what, and the two acts."""
    return _product_page(_own_product(product_id))


@blueprint.post("/products/<int(max=999999999):product_id>/award")
@officer
def award(product_id: int) -> Answer:
    """Give the product a certificate."""
    of = _own_product(product_id)
    form, status = AwardForm(), 400
    if form.validate_on_submit():
        try:
            with atomic() as session:
                certificate = _award(session, of.row, form)
            message = gettext("Đã cấp giấy %(stars)s sao. Sao hiện ngay ở cửa hàng.", stars=certificate.stars)
            flash(message, "success")
            return redirect(url_for("programme.product", product_id=product_id), 303)
        except (InvalidInput, Conflict) as refusal:
            show_at_field(form, refusal)
            status = refusal.status
    return _product_page(of, award=form), status


def _award(session: Session, row: RegisterRow, form: AwardForm) -> Certificate:
    stars, issued_on = form.stars.data, form.issued_on.data
    assert stars is not None and issued_on is not None
    return awards.award(
        session,
        product_id=row.id,
        stars=stars,
        decision_number=form.decision_number.data or "",
        issued_on=issued_on,
        score=form.score.data,
        # A certificate names the province as it was on its day.
        unit_id=row.province_id if issued_on < VN34_FROM else row.today_province_id,
        actor=current_actor(),
        now=clock.now(),
    )


@blueprint.post("/products/<int(max=999999999):product_id>/withdraw")
@officer
def withdraw(product_id: int) -> Answer:
    """Take the certificate back: from this second the star is nowhere."""
    of = _own_product(product_id)
    form, status = WithdrawForm(), 400
    if form.validate_on_submit():
        try:
            with atomic() as session:
                awards.withdraw(
                    session,
                    product_id=product_id,
                    reason=form.reason.data,
                    note=form.note.data or "",
                    actor=current_actor(),
                    now=clock.now(),
                )
            flash(gettext("Đã thu hồi giấy. Sao đã mất ở mọi trang."), "success")
            return redirect(url_for("programme.product", product_id=product_id), 303)
        except (InvalidInput, Conflict) as refusal:
            show_at_field(form, refusal)
            status = refusal.status
    return _product_page(of, withdrawal=form), status
