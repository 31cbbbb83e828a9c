"""The portal of trade-promotion staff: fairs, their goods and order, and what is printed for the booths."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app.accounts.access import current_actor, promotion_staff
from app.catalogue.queries import published_product
from app.core import clock
from app.core.db import atomic, db
from app.core.errors import Conflict, InvalidInput
from app.core.parts import part
from app.listing.filters import Filters
from app.listing.products import Listing, list_products
from app.listing.search import SearchBackend
from app.promotion import selection, showcases
from app.promotion.queries import all_fairs, showcase_of
from app.staff.codes import picture_code
from app.staff.forms import fair_form
from app.staff.frame import page
from app.staff.pages import change_fair_page, fair_page, fairs_page, new_fair_page
from app.staff.print_pages import cards_page, catalogue_page
from app.web.canonical import absolute
from app.web.language import gettext
from app.web.messages import message_for, show_at_field

blueprint = Blueprint("staff", __name__, url_prefix="/staff")
LONGEST_Q = 120
Answer = str | AnyResponse | tuple[str, int]


@blueprint.get("/")
@promotion_staff
def home() -> str:
    """Every fair, the latest first."""
    return page("fairs.html", page=fairs_page(all_fairs(db.session(), clock.today())))


@blueprint.get("/showcases/new")
@promotion_staff
def new_fair() -> str:
    """The form of a new fair."""
    return page("fair_form.html", page=new_fair_page(), form=fair_form())


@blueprint.post("/showcases")
@promotion_staff
def make_fair() -> Answer:
    """Make a fair that nobody sees yet."""
    form = fair_form()
    if form.validate_on_submit():
        try:
            with atomic() as session:
                showcase = showcases.make_showcase(
                    session, **form.facts(), actor=current_actor(), now=clock.now()
                )
            flash(gettext("Đã mở phiên chợ. Giờ chọn món cho phiên."), "success")
            return redirect(url_for("staff.fair", showcase_id=showcase.id), 303)
        except showcases.AlreadyMade as refusal:
            if "id" in refusal.facts:
                flash(message_for(refusal), "info")
                return redirect(url_for("staff.fair", showcase_id=refusal.facts["id"]), 303)
            show_at_field(form, refusal)
        except InvalidInput as refusal:
            show_at_field(form, refusal)
    return page("fair_form.html", page=new_fair_page(), form=form), 400


@blueprint.get("/showcases/<int(max=999999999):showcase_id>/change")
@promotion_staff
def edit_fair(showcase_id: int) -> str:
    """The form of what a fair says of itself."""
    fair = showcase_of(db.session(), showcase_id, clock.today()).fair
    form = fair_form(
        data={
            "name": fair.name,
            "place": fair.place,
            "province_id": fair.province_id or "",
            "starts_on": fair.starts_on,
            "ends_on": fair.ends_on,
            "introduction": fair.introduction,
        }
    )
    return page("fair_form.html", page=change_fair_page(fair), form=form)


@blueprint.post("/showcases/<int(max=999999999):showcase_id>/change")
@promotion_staff
def change_fair(showcase_id: int) -> Answer:
    """Change what a fair says of itself."""
    fair = showcase_of(db.session(), showcase_id, clock.today()).fair
    form = fair_form()
    if form.validate_on_submit():
        try:
            with atomic() as session:
                showcases.change_showcase(
                    session, showcase_id, **form.facts(), actor=current_actor(), now=clock.now()
                )
            flash(gettext("Đã lưu."), "success")
            return redirect(url_for("staff.fair", showcase_id=showcase_id), 303)
        except InvalidInput as refusal:
            show_at_field(form, refusal)
    return page("fair_form.html", page=change_fair_page(fair), form=form), 400


@blueprint.get("/showcases/<int(max=999999999):showcase_id>")
@promotion_staff
def fair(showcase_id: int) -> str:
    """One fair: its goods in their order, and the search for more."""
    return _fair_page(showcase_id)


def _fair_page(showcase_id: int, problem: str = "") -> str:
    session, today = db.session(), clock.today()
    showcase = showcase_of(session, showcase_id, today)
    query = " ".join(request.values.get("q", "").split())[:LONGEST_Q]
    found: Listing | None = None
    if query:
        found = list_products(session, part(SearchBackend), Filters(q=query), on=today)
    return page("fair.html", page=fair_page(showcase, query, found), refusal=problem)


def _act(showcase_id: int, verb: Callable[[Session], object], done: str = "", part: str = "goods") -> Answer:
    """Do one thing to a fair and come back to its page; a refusal is shown there, with its status."""
    try:
        with atomic() as session:
            verb(session)
    except (InvalidInput, Conflict) as refusal:
        return _fair_page(showcase_id, message_for(refusal)), refusal.status
    if done:
        flash(done, "success")
    q = request.form.get("q") or None
    return redirect(url_for("staff.fair", showcase_id=showcase_id, q=q, _anchor=part), 303)


def _product_id() -> int:
    raw = request.form.get("product_id", "")
    if not raw.isascii() or not raw.isdecimal() or len(raw) > 12:
        raise InvalidInput("unknown-product", field="product_id")
    return int(raw)


@blueprint.post("/showcases/<int(max=999999999):showcase_id>/items")
@promotion_staff
def add_item(showcase_id: int) -> Answer:
    """Choose a product."""

    def verb(session: Session) -> object:
        note = request.form.get("note", "")
        return selection.add_item(
            session,
            showcase_id,
            product_id=_product_id(),
            note=note,
            actor=current_actor(),
            now=clock.now(),
        )

    return _act(
        showcase_id, verb, gettext("Đã thêm vào phiên chợ."), "search" if request.form.get("q") else "goods"
    )


@blueprint.post("/showcases/<int(max=999999999):showcase_id>/items/change")
@promotion_staff
def change_item(showcase_id: int) -> Answer:
    """Move a product up or down, say something else of it, or take it out: the button pressed decides."""
    actor, now, act = current_actor(), clock.now(), request.form.get("act", "")

    def verb(session: Session) -> None:
        product_id = _product_id()
        if act in ("up", "down"):
            selection.move_item(
                session, showcase_id, product_id=product_id, up=act == "up", actor=actor, now=now
            )
        elif act == "remove":
            selection.remove_item(session, showcase_id, product_id=product_id, actor=actor, now=now)
        elif act == "note":
            note = request.form.get("note", "")
            selection.note_item(session, showcase_id, product_id=product_id, note=note, actor=actor, now=now)
        else:
            raise InvalidInput("unknown-act", field="act")

    part = "goods" if act == "remove" else f"item-{request.form.get('product_id', '')}"
    return _act(showcase_id, verb, gettext("Đã bỏ món này.") if act == "remove" else "", part)


@blueprint.post("/showcases/<int(max=999999999):showcase_id>/order")
@promotion_staff
def order(showcase_id: int) -> Answer:
    """Put the goods in the order of a rule."""
    rule = request.form.get("rule", "")

    def verb(session: Session) -> None:
        selection.order_items(session, showcase_id, rule=rule, actor=current_actor(), now=clock.now())

    return _act(showcase_id, verb, gettext("Đã xếp lại."))


@blueprint.post("/showcases/<int(max=999999999):showcase_id>/publish")
@promotion_staff
def publish(showcase_id: int) -> Answer:
    """Let people see it."""
    return _act(
        showcase_id,
        lambda session: showcases.publish(session, showcase_id, actor=current_actor(), now=clock.now()),
        gettext("Đã công bố: ai cũng xem được."),
    )


@blueprint.post("/showcases/<int(max=999999999):showcase_id>/hide")
@promotion_staff
def hide(showcase_id: int) -> Answer:
    """Hide it; what was chosen stays."""
    return _act(
        showcase_id,
        lambda session: showcases.unpublish(session, showcase_id, actor=current_actor(), now=clock.now()),
        gettext("Đã gỡ xuống: chỉ mình bạn xem được."),
    )


@blueprint.get("/showcases/<int(max=999999999):showcase_id>/cards")
@promotion_staff
def cards(showcase_id: int) -> str:
    """Booth cards, four A6 on a sheet of A4."""
    showcase = showcase_of(db.session(), showcase_id, clock.today())
    return render_template("staff/cards.html", page=cards_page(showcase))


@blueprint.get("/showcases/<int(max=999999999):showcase_id>/catalogue")
@promotion_staff
def catalogue(showcase_id: int) -> str:
    """The goods on paper, with what people ask at a booth."""
    showcase = showcase_of(db.session(), showcase_id, clock.today())
    return render_template("staff/catalogue.html", page=catalogue_page(showcase))


@blueprint.get("/codes/<slug>.png")
@promotion_staff
def code(slug: str) -> Response:
    """The picture code of a product's page."""
    product = published_product(db.session(), slug)
    response = Response(
        picture_code(absolute(url_for("shop.product", slug=product.slug))), content_type="image/png"
    )
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
