"""What the acts on stamps leave in the event log: the batch, how many stamps, of which roll, at which places in it.

Never a code: whoever reads the log learns nothing that could be printed. A stamp's own events are those of its place.
The units were made known when their batch was opened, so these events observe them and add none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.events.log import record
from app.gs1.event_parts import Quantity, Transaction
from app.gs1.events import ObjectEvent
from app.gs1.vocabulary import Action, BizStep, Disposition, TransactionType
from app.supply.models import Batch
from app.supply.recording import batch_class, common_facts, of_batch
from app.trace.stamps.models import StampActivation, StampException, StampRoll

_STEPS: Mapping[str, tuple[BizStep, Disposition | None]] = {
    "stamps.issued": (BizStep.ENCODING, Disposition.ENCODED),
    "stamps.activated": (BizStep.COMMISSIONING, Disposition.ACTIVE),
    "stamps.activation-undone": (BizStep.DECOMMISSIONING, Disposition.INACTIVE),
    "stamps.voided": (BizStep.DECOMMISSIONING, None),
}


def stamps_issued(session: Session, roll: StampRoll, *, now: dt.datetime) -> None:
    """A roll was issued. One for no batch yet is in no chain until its stamps are activated."""
    if roll.batch_id is not None:
        _record(session, "stamps.issued", roll, roll.batch_id, _numbers(roll), now=now)


def stamps_activated(session: Session, roll: StampRoll, stamps: StampActivation, *, now: dt.datetime) -> None:
    """Stamps were stuck on units of a batch."""
    _record(session, "stamps.activated", roll, stamps.batch_id, _numbers(stamps), now=now)


def activation_undone(session: Session, stamps: StampActivation, *, now: dt.datetime) -> None:
    """An activation was taken back."""
    roll = session.get_one(StampRoll, stamps.roll_id)
    _record(session, "stamps.activation-undone", roll, stamps.batch_id, _numbers(stamps), now=now)


def stamps_voided(session: Session, roll: StampRoll, stamps: StampException, *, now: dt.datetime) -> None:
    """Stamps were voided. Of a roll for no batch, those count that are active on one."""
    if roll.batch_id is not None:
        _record(session, "stamps.voided", roll, roll.batch_id, _numbers(stamps), now=now)
        return
    active = sa.select(StampActivation).where(
        StampActivation.roll_id == roll.id,
        StampActivation.undone_at.is_(None),
        StampActivation.first_number <= stamps.last_number,
        StampActivation.last_number >= stamps.first_number,
    )
    in_order = active.order_by(StampActivation.batch_id, StampActivation.first_number)
    for activation in session.scalars(in_order).all():
        first = max(activation.first_number, stamps.first_number)
        last = min(activation.last_number, stamps.last_number)
        _record(session, "stamps.voided", roll, activation.batch_id, (first, last), now=now)


def _numbers(stamps: StampRoll | StampActivation | StampException) -> tuple[int, int]:
    return stamps.first_number, stamps.last_number


def _record(
    session: Session, act: str, roll: StampRoll, batch_id: int, numbers: tuple[int, int], *, now: dt.datetime
) -> None:
    batch = session.get_one(Batch, batch_id)
    step, disposition = _STEPS[act]
    first, last = (number - roll.first_number + 1 for number in numbers)
    event = ObjectEvent(
        time=now,
        action=Action.OBSERVE,
        quantities=(Quantity(batch_class(session, batch), last - first + 1),),
        biz_step=step,
        disposition=disposition,
        transactions=(Transaction(TransactionType.STAMP_ROLL, f"urn:nguon:roll:{roll.public_id}"),),
        extensions={**common_facts(batch), "firstStamp": first, "lastStamp": last},
    )
    record(session, act, [of_batch(session, batch)], event=event, now=now)
