"""Batches: opened, stamped, sold, closed."""

from __future__ import annotations

from flask import request
from sqlalchemy.orm import Session
from wtforms import SelectChoice

from app.accounts.access import my_producer_id, producer_member
from app.core import clock
from app.core.db import atomic, db
from app.core.errors import Conflict, InvalidInput
from app.core.numbers import whole
from app.core.parts import part
from app.producers.areas.queries import own_area_by_slug
from app.producers.batches.forms import BatchForm, MovementForm
from app.producers.batches.pages import batch_page, batches_page, new_batch_crumbs
from app.producers.batches.queries import (
    BatchView,
    batch_view,
    last_by_hand,
    own_batch_id,
    proposed_code,
    variants_to_fill,
)
from app.producers.blueprint import blueprint
from app.producers.frame import Answer, attempt, done, flash_refusals, mine, page
from app.producers.products.queries import own_variant_by_public_id
from app.producers.stamps.forms import ActivateForm, IssueForm
from app.producers.stamps.preview import PreviewStamp, preview
from app.producers.stamps.queries import RollView, last_label
from app.supply.batches import close_batch, open_batch, own_batch
from app.supply.models import Batch, StockMovement
from app.supply.queries import areas_of, stock_by_batch
from app.supply.stock import record_movement
from app.trace.setup import Trace
from app.web.language import gettext
from config import Settings


@blueprint.get("/batches")
@producer_member
def batches() -> Answer:
    """Every batch of mine with what is left of it."""
    rows = stock_by_batch(db.session(), my_producer_id(), clock.today())
    return page("batches/batches.html", "batches", page=batches_page(rows))


@blueprint.route("/batches/new", methods=["GET", "POST"])
@producer_member
def add_batch() -> Answer:
    """Open a batch."""
    session, producer_id, today = db.session(), my_producer_id(), clock.today()
    form = BatchForm(
        data={
            "variant": request.args.get("variant", ""),
            "code": proposed_code(session, producer_id, today),
            "made_on": today,
        }
    )
    opened, status = attempt(form, lambda writing: _open(writing, form))
    if opened is not None:
        return done(gettext("Đã mở lô %(code)s.", code=opened.code), ".batch", public_id=opened.public_id)
    variants = variants_to_fill(session, producer_id)
    areas = areas_of(session, producer_id)
    form.variant.choices = [
        SelectChoice("", gettext("chọn sản phẩm")),
        *(SelectChoice(variant.public_id, f"{variant.product_name}, {variant.pack}") for variant in variants),
    ]
    form.areas.choices = [SelectChoice(area.slug, f"{area.name}, {area.place.today}") for area in areas]
    return page(
        "batches/batch_new.html",
        "batches",
        crumbs=new_batch_crumbs(),
        form=form,
        variants=variants,
        areas=areas,
    ), status


def _open(session: Session, form: BatchForm) -> Batch:
    producer_id = my_producer_id()
    if not form.variant.data:
        raise InvalidInput("not-chosen", field="variant")
    if form.made_on.data is None:
        raise InvalidInput("missing", field="made_on")
    if form.quantity.data is None:
        raise InvalidInput("missing", field="quantity")
    variant = own_variant_by_public_id(session, producer_id, form.variant.data)
    areas = [own_area_by_slug(session, producer_id, slug).id for slug in form.areas.data or ()]
    return open_batch(
        session,
        variant_id=variant.id,
        code=form.code.data or "",
        made_on=form.made_on.data,
        expires_on=form.expires_on.data,
        quantity=form.quantity.data,
        area_ids=areas,
        note=form.note.data,
        **mine(),
    )


@blueprint.get("/batches/<public_id>")
@producer_member
def batch(public_id: str) -> Answer:
    """One batch: how far it has come, its stamps, its ledger, its areas."""
    return _batch_page(public_id, MovementForm(formdata=None))


def _batch_page(public_id: str, movement: MovementForm) -> str:
    session, producer_id = db.session(), my_producer_id()
    view = batch_view(
        session,
        producer_id,
        public_id,
        clock.today(),
        last_label=last_label(session, producer_id),
        whole="ledger" in request.args,
    )
    movement.after.data = str(view.by_hand)
    return page(
        "batches/batch.html",
        "batches",
        page=batch_page(view, _sheet(view.rolls[0]) if view.rolls else ()),
        movement=movement,
        issue=IssueForm(formdata=None, count=view.unstamped, seen=view.last_label),
        activate=_activate_form(view),
        now=clock.now(),
    )


def _activate_form(view: BatchView) -> ActivateForm:
    """The form, filled in with the next blank stamps, at most one for each unit that has none."""
    form = ActivateForm(formdata=None)
    roll = view.roll_to_activate
    blank = roll.first_blank if roll else None
    if blank and view.unactivated:
        form.first.data = str(blank.first)
        form.last.data = str(min(blank.last, blank.first + view.unactivated - 1))
    return form


def _sheet(roll: RollView) -> tuple[PreviewStamp, ...]:
    return preview(db.session(), roll, part(Trace).ring, part(Settings).base_url)


@blueprint.post("/batches/<public_id>/stock")
@producer_member
def record_stock(public_id: str) -> Answer:
    """Write a line of the ledger by hand."""
    form = MovementForm()
    recorded, status = attempt(form, lambda session: _record(session, public_id, form))
    if recorded is not None:
        return done(gettext("Đã ghi vào sổ kho."), ".batch", public_id=public_id)
    return _batch_page(public_id, form), status


def _record(session: Session, public_id: str, form: MovementForm) -> StockMovement:
    batch_id = own_batch_id(session, my_producer_id(), public_id)
    own_batch(session, my_producer_id(), batch_id)
    if form.quantity.data is None:
        raise InvalidInput("missing", field="quantity")
    if whole(form.after.data or "") != last_by_hand(session, batch_id):
        raise Conflict("stock-changed")
    return record_movement(
        session,
        batch_id=batch_id,
        kind=form.kind.data or "",
        quantity=form.quantity.data,
        note=form.note.data,
        **mine(),
    )


@blueprint.post("/batches/<public_id>/close")
@producer_member
@flash_refusals("portal.batch", "public_id")
def retire_batch(public_id: str) -> Answer:
    """Sell no more of it."""
    with atomic() as session:
        batch_id = own_batch_id(session, my_producer_id(), public_id)
        close_batch(session, batch_id=batch_id, **mine())
    return done(gettext("Đã đóng lô."), ".batch", public_id=public_id)
