"""The rooms of programme officers: the register of the own place, awarding and withdrawing."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from flask import (
    Blueprint,
    Response,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext, pgettext
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app.accounts.access import current_actor, member, officer
from app.accounts.queries import deeds
from app.catalogue.models import ProductGroup
from app.certification import awards
from app.certification.queries import RegisterRow, count_rows, expiring, register_rows
from app.certification.reminders import THRESHOLDS
from app.certification.standing import history
from app.core import clock
from app.core.db import atomic, db
from app.core.errors import Conflict, InvalidInput
from app.geography.lookup import gazetteer
from app.geography.models import VN34_FROM
from app.listing.labels import kind_label, state_label
from app.programme.frame import measure_label, programme_frame
from app.programme.places import OwnPlace, own_place, own_product
from app.programme.register.export import register_csv
from app.programme.register.forms import REASONS, AwardForm, WithdrawForm, points_words, read_question
from app.programme.targets.dashboard import dashboard
from app.targets.figures import published_figures
from app.web.language import language
from app.web.messages import show_at_field
from app.web.pagination import Address, Pages, page_number

blueprint = Blueprint("programme", __name__, url_prefix="/programme")
PER_PAGE = 50
Answer = str | AnyResponse | tuple[str, int]


def _own() -> OwnPlace:
    return own_place(gazetteer(db.session()), member().officer_units, request.args.get("place"))


def _groups(session: Session) -> dict[str, str]:
    name = ProductGroup.name_vi if language() == "vi" else ProductGroup.name_en
    rows = session.execute(sa.select(ProductGroup.code, name).order_by(ProductGroup.position))
    return {code: words for code, words in rows}  # noqa: C416 - a row is not quite a pair to mypy


@blueprint.app_template_global("measure_label")
def _measure_words(measure: str) -> str:
    return measure_label(measure)


@blueprint.get("/")
@officer
def home() -> str:
    """The register of the own place in figures, each a link to the rows behind it."""
    session, own = db.session(), _own()
    return render_template(
        "programme/targets/home.html",
        board=dashboard(session, gazetteer(session), own.unit, clock.today()),
        groups=_groups(session),
        **programme_frame(own),
    )


@blueprint.get("/register")
@officer
def register() -> str:
    """Rows of the register: all, or those behind a count."""
    session, own, on = db.session(), _own(), clock.today()
    groups = _groups(session)
    question, dropped = read_question(request.args.to_dict(flat=False), groups)
    total = count_rows(session, own.unit, question, on)
    pages = Pages(page_number(request.args.get("page", "")), PER_PAGE, total)
    pairs = tuple((k, v) for k, v in request.args.items(multi=True) if k not in ("page", "lang") and v)
    address = Address(request.path, pairs)
    return render_template(
        "programme/register/register.html",
        rows=register_rows(session, own.unit, question, on, limit=PER_PAGE, offset=pages.offset),
        question=question,
        dropped=dropped,
        pages=pages,
        address=address,
        download=Address(url_for("programme.register_table"), pairs),
        groups=groups,
        **programme_frame(own),
    )


@blueprint.get("/register.csv")
@officer
def register_table() -> Response:
    """The same rows for a spreadsheet."""
    session, own, on = db.session(), _own(), clock.today()
    groups = _groups(session)
    question, _ = read_question(request.args.to_dict(flat=False), groups)
    header = (
        pgettext("one", "Sản phẩm"),
        pgettext("one", "Cơ sở"),
        gettext("Loại cơ sở"),
        gettext("Nhóm"),
        gettext("Nơi, theo giấy"),
        gettext("Nơi, hôm nay"),
        gettext("Hạng sao trên giấy"),
        gettext("Năm công nhận"),
        gettext("Số quyết định"),
        gettext("Ngày cấp"),
        gettext("Hết hạn"),
        gettext("Hiệu lực ngày %(day)s", day=on.isoformat()),
        gettext("Ngày thu hồi"),
    )
    table = register_csv(
        register_rows(session, own.unit, question, on),
        header=header,
        groups=groups,
        kind_words=kind_label,
        state_words=state_label,
    )
    response = Response(table, content_type="text/csv; charset=utf-8")
    name = f"so-ocop-{own.unit.slug.replace('@', '-')}-{on.isoformat()}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.get("/expiring")
@officer
def ending() -> str:
    """Certificates that end within 30, 90 and 180 days; those whose end is not known apart."""
    session, own = db.session(), _own()
    return render_template(
        "programme/register/ending.html",
        ending=expiring(session, own.unit, clock.today(), within=max(THRESHOLDS)),
        **programme_frame(own),
    )


@blueprint.get("/figures")
@officer
def figures() -> str:
    """Every figure provinces have published, with its source and year."""
    return render_template(
        "programme/targets/figures.html", figures=published_figures(db.session()), **programme_frame(_own())
    )


class _Found(NamedTuple):
    own: OwnPlace
    row: RegisterRow


def _product(product_id: int) -> _Found:
    session = db.session()
    names = gazetteer(session)
    units = [unit for unit_id in member().officer_units if (unit := names.province(unit_id))]
    row = own_product(session, units, product_id, clock.today())
    return _Found(own_place(names, member().officer_units, None), row)


def _product_page(found: _Found, award: FlaskForm | None = None, withdrawal: FlaskForm | None = None) -> str:
    session, today = db.session(), clock.today()
    points = awards.rule_set_on(session, today).points
    return render_template(
        "programme/register/product.html",
        ranks=tuple(points),
        points_hint=points_words(points),
        row=found.row,
        history=history(session, found.row.id, today),
        deeds=deeds(session, object_type="product", object_id=str(found.row.id)),
        groups=_groups(session),
        reasons=REASONS,
        award_form=award or AwardForm(formdata=None),
        withdraw_form=withdrawal or WithdrawForm(formdata=None),
        **programme_frame(found.own),
    )


@blueprint.get("/products/<int(max=999999999):product_id>")
@officer
def product(product_id: int) -> str:
    """A product of the own place: its certificates, who did what, and the two acts."""
    return _product_page(_product(product_id))


@blueprint.post("/products/<int(max=999999999):product_id>/award")
@officer
def award(product_id: int) -> Answer:
    """Give the product a certificate."""
    found = _product(product_id)
    form, status = AwardForm(), 400
    if form.validate_on_submit():
        stars, issued_on = form.stars.data, form.issued_on.data
        assert stars is not None and issued_on is not None
        try:
            with atomic() as session:
                given = awards.award(
                    session,
                    product_id=product_id,
                    stars=stars,
                    decision_number=form.decision_number.data or "",
                    issued_on=issued_on,
                    score=form.score.data,
                    # A certificate names the province as it was on its day.
                    unit_id=found.row.province_id if issued_on < VN34_FROM else found.row.today_province_id,
                    actor=current_actor(),
                    now=clock.now(),
                )
            flash(
                gettext("Đã cấp giấy %(stars)s sao. Sao hiện ngay ở cửa hàng.", stars=given.stars), "success"
            )
            return redirect(url_for("programme.product", product_id=product_id), 303)
        except (InvalidInput, Conflict) as refusal:
            show_at_field(form, refusal)
            status = refusal.status
    return _product_page(found, award=form), status


@blueprint.post("/products/<int(max=999999999):product_id>/withdraw")
@officer
def withdraw(product_id: int) -> Answer:
    """Take the certificate back: from this second the star is nowhere."""
    found = _product(product_id)
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
    return _product_page(found, withdrawal=form), status
