"""Rolls of stamps: issued for a variant, activated for a batch, voided with a reason.

A roll is one row however many stamps it has. Numbers are taken from one counter and never used again. Within a roll
people count from 1; `first` and `last` here are those counts, as printed beside each stamp.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Product, Variant
from app.core import audit
from app.core.audit import Actor
from app.core.errors import Conflict, InvalidInput, NotFound, WrongState
from app.core.ids import public_id
from app.core.text import clean_line
from app.supply.models import Batch, BatchState
from app.supply.queries import units_sold
from app.trace.stamps import recording
from app.trace.stamps.codes import NUMBER_LIMIT
from app.trace.stamps.counts import live_stamps, stamps_in_use
from app.trace.stamps.keys import StampKey
from app.trace.stamps.models import ExceptionState, StampActivation, StampCounter, StampException, StampRoll

MOST_STAMPS = 1_000_000
UNDO_WINDOW = dt.timedelta(hours=24)
MOST_REASON = 300


@dataclass(frozen=True, slots=True)
class Span:
    """Stamps from `first` to `last`, both counted from 1 within a roll."""

    first: int
    last: int

    @property
    def count(self) -> int:
        return self.last - self.first + 1


def issue_roll(
    session: Session,
    *,
    producer_id: int,
    variant_id: int,
    count: int,
    batch_id: int | None = None,
    key: StampKey,
    actor: Actor,
    now: dt.datetime,
) -> StampRoll:
    """Take `count` numbers for a variant's stamps; with a batch, no more than its units still without one.

    Raises NotFound (another producer's variant or batch), InvalidInput at `count`, Conflict `key-changed`: earlier
    rolls of this key id were made under another secret, so one of the two no longer opens.
    """
    _require_variant(session, producer_id, variant_id)
    if not 1 <= count <= MOST_STAMPS:
        raise InvalidInput("count-out-of-range", field="count", least=1, most=MOST_STAMPS)
    if batch_id is not None:
        batch = _own_batch(session, producer_id, batch_id)
        if batch.variant_id != variant_id:
            raise InvalidInput("batch-of-another-variant", field="batch")
        remaining = batch.quantity - stamps_in_use(session, batch_id)
        if count > remaining:
            raise InvalidInput(
                "roll-larger-than-batch",
                field="count",
                count=count,
                room=max(remaining, 0),
                quantity=batch.quantity,
            )
    if session.scalar(sa.select(_made_under_another_secret(key))):
        raise Conflict("key-changed")
    following = session.scalar(
        sa.update(StampCounter)
        .where(StampCounter.id == 1)
        .values(next_number=StampCounter.next_number + count)
        .returning(StampCounter.next_number)
        .execution_options(synchronize_session=False)
    )
    if following is None or following > NUMBER_LIMIT:
        raise Conflict("numbers-used-up")
    label = session.scalar(
        sa.select(sa.func.max(StampRoll.label)).where(StampRoll.producer_id == producer_id)
    )
    roll = StampRoll(
        public_id=public_id(),
        label=(label or 0) + 1,
        producer_id=producer_id,
        variant_id=variant_id,
        batch_id=batch_id,
        key_id=key.id,
        key_fingerprint=key.fingerprint,
        first_number=following - count,
        last_number=following - 1,
        issued_at=now,
        issued_by=actor.id,
    )
    session.add(roll)
    session.flush()
    audit.record(
        session, "roll.issued", ("roll", roll.id), actor=actor, now=now, count=count, batch_id=batch_id
    )
    recording.stamps_issued(session, roll, now=now)
    return roll


def _made_under_another_secret(key: StampKey) -> sa.Exists:
    return sa.exists().where(StampRoll.key_id == key.id, StampRoll.key_fingerprint != key.fingerprint)


def _require_variant(session: Session, producer_id: int, variant_id: int) -> None:
    owner = session.scalar(
        sa.select(Product.producer_id)
        .join(Variant, Variant.product_id == Product.id)
        .where(Variant.id == variant_id)
    )
    if owner is None or owner != producer_id:
        raise NotFound("no-such-variant", variant_id=variant_id)


def _own_batch(session: Session, producer_id: int, batch_id: int) -> Batch:
    """The batch, locked: what is counted against it stays counted until the commit."""
    batch = session.scalar(
        sa.select(Batch).where(Batch.id == batch_id, Batch.producer_id == producer_id).with_for_update()
    )
    if batch is None:
        raise NotFound("no-such-batch", batch_id=batch_id)
    return batch


def own_roll(session: Session, producer_id: int, roll_id: int) -> StampRoll:
    """The roll, locked. Raises NotFound for another producer's as for none."""
    roll = session.scalar(
        sa.select(StampRoll)
        .where(StampRoll.id == roll_id, StampRoll.producer_id == producer_id)
        .with_for_update()
    )
    if roll is None:
        raise NotFound("no-such-roll", roll_id=roll_id)
    return roll


def _numbers(roll: StampRoll, span: Span) -> tuple[int, int]:
    """The stamp numbers of a span. Raises InvalidInput at `first` or `last`."""
    if not 1 <= span.first <= roll.count:
        raise InvalidInput("outside-roll", field="first", least=1, most=roll.count)
    if not span.first <= span.last <= roll.count:
        raise InvalidInput("outside-roll", field="last", least=span.first, most=roll.count)
    return roll.first_number + span.first - 1, roll.first_number + span.last - 1


def _active(session: Session, roll: StampRoll, first: int, last: int) -> Span | None:
    """The first active range of the roll that meets [first, last], counted from 1."""
    in_force = sa.select(StampActivation.first_number, StampActivation.last_number).where(
        StampActivation.roll_id == roll.id, StampActivation.undone_at.is_(None)
    )
    return _overlap(session, in_force, roll, first, last)


def _void(session: Session, roll: StampRoll, first: int, last: int) -> Span | None:
    """The first void range of the roll that meets [first, last], counted from 1."""
    void = sa.select(StampException.first_number, StampException.last_number).where(
        StampException.roll_id == roll.id, StampException.state == ExceptionState.VOID
    )
    return _overlap(session, void, roll, first, last)


def _overlap(
    session: Session, ranges: sa.Select[int, int], roll: StampRoll, first: int, last: int
) -> Span | None:
    start, end = ranges.selected_columns
    row = session.execute(ranges.where(start <= last, end >= first).order_by(start).limit(1)).first()
    if row is None:
        return None
    return Span(row[0] - roll.first_number + 1, row[1] - roll.first_number + 1)


def activate(
    session: Session,
    *,
    producer_id: int,
    roll_id: int,
    span: Span,
    batch_id: int,
    actor: Actor,
    now: dt.datetime,
) -> StampActivation:
    """Record that the stamps of a span are stuck on units of a batch: from now on they answer.

    Raises NotFound; InvalidInput (outside the roll, another variant's batch, more stamps than units);
    Conflict at `first` when a stamp of the span is active or void already; WrongState for a closed batch.
    """
    roll = own_roll(session, producer_id, roll_id)
    batch = _own_batch(session, producer_id, batch_id)
    if batch.variant_id != roll.variant_id or roll.batch_id not in (None, batch.id):
        raise InvalidInput("batch-of-another-variant", field="batch")
    if batch.state != BatchState.OPEN:
        raise WrongState("batch-not-open", field="batch", state=batch.state)
    first, last = _numbers(roll, span)
    if taken := _active(session, roll, first, last):
        raise Conflict("already-active", field="first", first=taken.first, last=taken.last)
    if void := _void(session, roll, first, last):
        raise Conflict("not-usable", field="first", first=void.first, last=void.last)
    remaining = batch.quantity - live_stamps(session, batch.id)
    if span.count > remaining:
        raise InvalidInput(
            "more-stamps-than-packs", field="last", room=max(remaining, 0), quantity=batch.quantity
        )
    activation = StampActivation(
        roll_id=roll.id,
        batch_id=batch.id,
        first_number=first,
        last_number=last,
        activated_at=now,
        activated_by=actor.id,
    )
    session.add(activation)
    session.flush()
    audit.record(
        session,
        "stamps.activated",
        ("roll", roll.id),
        actor=actor,
        now=now,
        first=span.first,
        last=span.last,
        batch_id=batch.id,
    )
    recording.stamps_activated(session, roll, activation, now=now)
    return activation


def undo_activation(
    session: Session, *, producer_id: int, activation_id: int, actor: Actor, now: dt.datetime
) -> StampActivation:
    """Take back an activation within UNDO_WINDOW.

    Raises NotFound; WrongState (undone already, too late, a batch that is closed, units sold since then that may carry
    these stamps: a buyer would be told that the stamp on honest goods is not activated).
    """
    activation = session.scalar(
        sa.select(StampActivation)
        .join(StampRoll, StampRoll.id == StampActivation.roll_id)
        .where(StampActivation.id == activation_id, StampRoll.producer_id == producer_id)
        .with_for_update()
    )
    if activation is None:
        raise NotFound("no-such-activation", activation_id=activation_id)
    if activation.undone_at is not None:
        raise WrongState("already-undone")
    if now - activation.activated_at > UNDO_WINDOW:
        raise WrongState("undo-window-over", hours=24)
    batch = _own_batch(session, producer_id, activation.batch_id)
    if batch.state != BatchState.OPEN:
        raise WrongState("batch-not-open", state=batch.state)
    _require_unsold(session, batch, activation)
    activation.undone_at, activation.undone_by = now, actor.id
    audit.record(
        session,
        "stamps.activation-undone",
        ("roll", activation.roll_id),
        actor=actor,
        now=now,
        activation_id=activation.id,
    )
    recording.activation_undone(session, activation, now=now)
    return activation


def _require_unsold(session: Session, batch: Batch, activation: StampActivation) -> None:
    """No more units may have been sold than keep a live stamp; what was sold before cannot carry these stamps."""
    if units_sold(session, batch.id, since=activation.activated_at) <= 0:
        return
    sold, left = units_sold(session, batch.id), live_stamps(session, batch.id, without=activation.id)
    if sold > left:
        raise WrongState("stamps-sold", sold=sold, left=left)


def void_range(
    session: Session,
    *,
    producer_id: int,
    roll_id: int,
    span: Span,
    reason: str,
    actor: Actor,
    now: dt.datetime,
) -> StampException:
    """Void the stamps of a span for good: spoiled, misprinted, lost at the bench. An active stamp may be voided.

    Raises NotFound, InvalidInput (outside the roll; reason of 3 to 300 letters), Conflict (void already).
    """
    roll = own_roll(session, producer_id, roll_id)
    reason = clean_line(reason)
    if not 3 <= len(reason) <= MOST_REASON:
        raise InvalidInput("reason-length", field="reason", least=3, most=MOST_REASON)
    first, last = _numbers(roll, span)
    if taken := _void(session, roll, first, last):
        raise Conflict("already-void", field="first", first=taken.first, last=taken.last)
    exception = StampException(
        roll_id=roll.id,
        state=ExceptionState.VOID,
        reason=reason,
        first_number=first,
        last_number=last,
        at=now,
        actor_id=actor.id,
    )
    session.add(exception)
    audit.record(
        session,
        "stamps.voided",
        ("roll", roll.id),
        actor=actor,
        now=now,
        first=span.first,
        last=span.last,
        reason=reason,
    )
    recording.stamps_voided(session, roll, exception, now=now)
    return exception
