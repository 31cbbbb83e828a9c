"""Stamps: rolls issued, printed, activated, voided."""

from __future__ import annotations

from flask import request, url_for
from sqlalchemy.orm import Session
from wtforms import SelectChoice

from app.accounts.access import my_producer_id, producer_member
from app.core import clock
from app.core.db import atomic, db
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.numbers import whole
from app.core.parts import part
from app.producers.batches.queries import own_batch_id
from app.producers.blueprint import blueprint
from app.producers.frame import Answer, attempt, done, flash_refusals, mine, page
from app.producers.stamps.forms import ActivateForm, IssueForm, VoidForm
from app.producers.stamps.pages import count_hint, new_roll_crumbs, roll_page, rolls_page
from app.producers.stamps.places import code_in_picture, stamp_place
from app.producers.stamps.queries import (
    RollView,
    last_label,
    own_roll_by_public_id,
    roll_view,
    rolls_of,
)
from app.supply.batches import own_batch
from app.supply.models import BatchState
from app.supply.queries import BatchStock, stock_by_batch
from app.trace.setup import Trace
from app.trace.stamps.counts import stamps_in_use
from app.trace.stamps.models import StampActivation, StampException, StampRoll
from app.trace.stamps.rolls import Span, activate, issue_roll, undo_activation, void_range
from app.web.language import gettext
from app.web.pagination import Address


@blueprint.get("/stamps")
@producer_member
def stamps() -> Answer:
    """Every roll of mine."""
    return page("stamps/stamps.html", "stamps", page=rolls_page(rolls_of(db.session(), my_producer_id())))


@blueprint.route("/stamps/new", methods=["GET", "POST"])
@producer_member
def issue_stamps() -> Answer:
    """Issue a roll for a batch."""
    session, producer_id = db.session(), my_producer_id()
    form = IssueForm(
        data={"batch": request.args.get("batch", ""), "seen": str(last_label(session, producer_id))}
    )
    issued, status = attempt(form, lambda writing: _issue(writing, form))
    if issued is not None:
        return done(
            gettext("Đã cấp cuộn tem số %(n)s. In rồi kích hoạt sau khi dán.", n=issued.label),
            ".roll",
            public_id=issued.public_id,
        )
    batches = [
        batch
        for batch in stock_by_batch(session, producer_id, clock.today())
        if batch.state == BatchState.OPEN
    ]
    form.batch.choices = [
        SelectChoice("", gettext("chọn lô")),
        *(SelectChoice(batch.public_id, _batch_choice(batch)) for batch in batches),
    ]
    chosen = next((batch for batch in batches if batch.public_id == form.batch.data), None)
    unstamped = max(chosen.quantity - stamps_in_use(session, chosen.id), 0) if chosen else None
    if not form.is_submitted() and unstamped:
        form.count.data = unstamped
    form.seen.data = str(last_label(session, producer_id))
    return page(
        "stamps/stamps_new.html",
        "stamps",
        crumbs=new_roll_crumbs(),
        form=form,
        batches=batches,
        count_hint=count_hint(unstamped),
    ), status


def _batch_choice(batch: BatchStock) -> str:
    return f"{batch.code}, {batch.product_name}, {batch.pack}"


def _issue(session: Session, form: IssueForm) -> StampRoll:
    producer_id = my_producer_id()
    if not form.batch.data:
        raise InvalidInput("not-chosen", field="batch")
    if form.count.data is None:
        raise InvalidInput("missing", field="count")
    # The batch is locked first, so that a second click waits and then sees the roll of the first.
    batch = own_batch(session, producer_id, own_batch_id(session, producer_id, form.batch.data))
    if whole(form.seen.data or "") != last_label(session, producer_id):
        raise Conflict("rolls-changed")
    return issue_roll(
        session,
        variant_id=batch.variant_id,
        batch_id=batch.id,
        count=form.count.data,
        key=part(Trace).ring.issuing,
        **mine(),
    )


@blueprint.get("/stamps/<public_id>")
@producer_member
def roll(public_id: str) -> Answer:
    """One roll with its ranges."""
    view = roll_view(db.session(), my_producer_id(), public_id)
    return _roll_page(view, ActivateForm(formdata=None), VoidForm(formdata=None))


def _roll_page(view: RollView, activating: ActivateForm, voiding: VoidForm) -> str:
    blank = view.first_blank
    if not activating.is_submitted() and blank:
        activating.first.data, activating.last.data = str(blank.first), str(blank.last)
    if view.batch_id is None:
        batches = stock_by_batch(db.session(), my_producer_id(), clock.today())
        activating.batch.choices = [
            SelectChoice(batch.public_id, batch.code)
            for batch in batches
            if batch.state == BatchState.OPEN and batch.variant_id == view.variant_id
        ]
    return page(
        "stamps/roll.html",
        "stamps",
        page=roll_page(view, clock.now(), _address(view)),
        activate=activating,
        void=voiding,
    )


def _address(view: RollView) -> Address:
    path = url_for("portal.roll", public_id=view.public_id)
    return Address(
        path, tuple((name, request.args[name]) for name in ("page", "acts") if name in request.args)
    )


@blueprint.post("/stamps/<public_id>/activate")
@producer_member
def activate_stamps(public_id: str) -> Answer:
    """The stamps of a range are stuck on goods: from now on they answer."""
    form = ActivateForm()
    activation, status = attempt(
        form, lambda session: _activate(session, public_id, form), read=lambda: _read_pictures(form)
    )
    view = roll_view(db.session(), my_producer_id(), public_id)
    if activation is None:
        return _roll_page(view, form, VoidForm(formdata=None)), status
    count = activation.last_number - activation.first_number + 1
    message = gettext("Đã kích hoạt %(n)s tem.", n=count)
    if form.origin.data == "batch" and view.batch_public_id:
        return done(message, ".batch", public_id=view.batch_public_id)
    return done(message, ".roll", public_id=public_id)


def _activate(session: Session, public_id: str, form: ActivateForm) -> StampActivation:
    producer_id = my_producer_id()
    own = own_roll_by_public_id(session, producer_id, public_id)
    batch_id = own.batch_id
    if batch_id is None or form.batch.data:
        batch_id = own_batch_id(session, producer_id, form.batch.data or "")
    return activate(session, roll_id=own.id, span=_span(own, form), batch_id=batch_id, **mine())


def _read_pictures(form: ActivateForm | VoidForm) -> None:
    """Write the codes of the pictures sent into the fields left empty, as if they had been typed."""
    for name in ("first", "last"):
        picture = request.files.get(f"{name}_picture")
        if picture and picture.filename and not (form[name].data or "").strip():
            form[name].data = code_in_picture(picture.stream, field=name)


def _span(own: StampRoll, form: ActivateForm | VoidForm) -> Span:
    ring = part(Trace).ring
    first, last = (
        stamp_place(form[field].data or "", roll=own, ring=ring, field=field) for field in ("first", "last")
    )
    return Span(first, last)


@blueprint.post("/stamps/<public_id>/void")
@producer_member
def void_stamps(public_id: str) -> Answer:
    """Void the stamps of a range for good."""
    form = VoidForm()
    voided, status = attempt(
        form, lambda session: _void(session, public_id, form), read=lambda: _read_pictures(form)
    )
    if voided is not None:
        message = gettext("Đã hủy %(n)s tem.", n=voided.last_number - voided.first_number + 1)
        return done(message, ".roll", public_id=public_id)
    view = roll_view(db.session(), my_producer_id(), public_id)
    return _roll_page(view, ActivateForm(formdata=None), form), status


def _void(session: Session, public_id: str, form: VoidForm) -> StampException:
    own = own_roll_by_public_id(session, my_producer_id(), public_id)
    return void_range(session, roll_id=own.id, span=_span(own, form), reason=form.reason.data or "", **mine())


@blueprint.post("/stamps/<public_id>/activations/<int:activation_id>/undo")
@producer_member
@flash_refusals("portal.roll", "public_id")
def undo_stamps(public_id: str, activation_id: int) -> Answer:
    """Take an activation back while that is still allowed."""
    with atomic() as session:
        own = own_roll_by_public_id(session, my_producer_id(), public_id)
        undone = undo_activation(session, activation_id=activation_id, **mine())
        if undone.roll_id != own.id:
            raise NotFound
    return done(gettext("Đã hoàn lại. Các tem này chưa kích hoạt."), ".roll", public_id=public_id)
