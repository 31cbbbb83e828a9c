"""The register of the own place: its rows, certificates about to end, one product with the award and withdrawal."""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.accounts.access import current_actor, officer
from app.accounts.queries import audit_rows
from app.certification import awards
from app.certification.corrections import in_error
from app.certification.expiring import expiring
from app.certification.queries import count_rows, register_rows
from app.certification.reminders import THRESHOLDS
from app.certification.rights import recognised_by_level, rule_set_on
from app.certification.standing import history
from app.core import clock
from app.core.db import atomic, db
from app.core.errors import Conflict, InvalidInput
from app.programme.alcohol.queries import alcohol_of
from app.programme.blueprint import blueprint
from app.programme.frame import asked_place, page
from app.programme.labels import group_names
from app.programme.register.export import register_csv
from app.programme.register.forms import AwardForm, WithdrawForm, levels_words, read_question
from app.programme.register.own import OwnProduct, find_own_product
from app.programme.register.pages import ending_page, register_page
from app.programme.register.product_page import product_page, rank_options
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


def _product_page(
    of: OwnProduct, award: AwardForm | None = None, withdrawal: WithdrawForm | None = None
) -> str:
    session, row, today = db.session(), of.row, clock.today()
    award_form = award or AwardForm(formdata=None)
    award_form.level.choices = levels_words(recognised_by_level(session, today))
    points = rule_set_on(session, today).points
    view = product_page(
        row,
        history(session, row.id, today),
        in_error(session, row.id),
        audit_rows(session, object_type="product", object_id=str(row.id)).rows,
        alcohol=alcohol_of(session, row.id),
        groups=group_names(session),
        points=points,
    )
    return page(
        "register/product.html",
        of.own,
        page=view,
        award_form=award_form,
        ranks=rank_options(points, award_form.stars.data),
        withdraw_form=withdrawal or WithdrawForm(formdata=None),
    )


@blueprint.get("/products/<int(max=999999999):product_id>")
@officer
def product(product_id: int) -> str:
    """A product of the own place: its certificates, who did what, and the two acts."""
    return _product_page(find_own_product(product_id))


@blueprint.post("/products/<int(max=999999999):product_id>/award")
@officer
def award(product_id: int) -> Answer:
    """Give the product a certificate."""
    of = find_own_product(product_id)
    form, status = AwardForm(), 400
    form.level.choices = levels_words(recognised_by_level(db.session(), clock.today()))
    if form.validate_on_submit():
        try:
            with atomic() as session:
                certificate = awards.award(
                    session,
                    product_id=of.row.id,
                    decision=form.decision(),
                    officer_unit=of.officer_unit,
                    actor=current_actor(),
                    now=clock.now(),
                )
            message = gettext("Đã cấp giấy %(stars)s sao. Sao hiện ngay ở cửa hàng.", stars=certificate.stars)
            flash(message, "success")
            return redirect(url_for("programme.product", product_id=product_id), 303)
        except (InvalidInput, Conflict) as refusal:
            show_at_field(form, refusal)
            status = refusal.status
    return _product_page(of, award=form), status


@blueprint.post("/products/<int(max=999999999):product_id>/withdraw")
@officer
def withdraw(product_id: int) -> Answer:
    """Take the certificate back: from this second the star is nowhere."""
    of = find_own_product(product_id)
    form, status = WithdrawForm(), 400
    if form.validate_on_submit():
        try:
            with atomic() as session:
                awards.withdraw(
                    session,
                    product_id=product_id,
                    reason=form.reason.data,
                    note=form.note.data or "",
                    decision_number=form.decision_number.data or "",
                    officer_unit=of.officer_unit,
                    actor=current_actor(),
                    now=clock.now(),
                )
            flash(gettext("Đã thu hồi giấy. Sao đã mất ở mọi trang."), "success")
            return redirect(url_for("programme.product", product_id=product_id), 303)
        except (InvalidInput, Conflict) as refusal:
            show_at_field(form, refusal)
            status = refusal.status
    return _product_page(of, withdrawal=form), status
