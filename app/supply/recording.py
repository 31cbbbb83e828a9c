"""What the acts of supply leave in the event log: areas, batches and stock in the words of EPCIS.

Events name parties, areas and batches by number, never a person, a contact or a text somebody typed: the log is for
good, names are not. A lot of goods with a GTIN is its GS1 Digital Link; everything else has an address of our own. No
address holds the site's host, so that a change of domain changes no event.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Variant
from app.events.log import Subject, has_chain, open_chain, record
from app.events.models import SubjectKind
from app.events.verification import SubjectTable
from app.gs1.event_parts import Quantity
from app.gs1.events import Event, ExtensionValue, ObjectEvent, TransformationEvent
from app.gs1.vocabulary import Action, BizStep, Disposition
from app.supply.models import Batch, MovementKind, RawMaterialArea

Facts = dict[str, ExtensionValue]

AREAS = SubjectTable(SubjectKind.AREA, RawMaterialArea.id, RawMaterialArea.slug)
BATCHES = SubjectTable(SubjectKind.BATCH, Batch.id, Batch.public_id)

# Sales and their cancellations are no events, so that nobody's purchase stands in a log that others read.
_MOVEMENTS: Mapping[str, tuple[Action, BizStep, Disposition | None]] = {
    MovementKind.RETURNED: (Action.OBSERVE, BizStep.RECEIVING, Disposition.RETURNED),
    MovementKind.SPOILED: (Action.DELETE, BizStep.REMOVING, Disposition.DAMAGED),
    MovementKind.ADJUSTED: (Action.OBSERVE, BizStep.CYCLE_COUNTING, None),
}


# --- areas ------------------------------------------------------------------------------------------------


def area_opened(session: Session, area: RawMaterialArea, *, now: dt.datetime) -> None:
    """An area was declared: the first event of its chain."""
    record(session, "area.opened", [Subject(SubjectKind.AREA, area.id)], event=_declared(area, now), now=now)


def area_changed(session: Session, area: RawMaterialArea, *, now: dt.datetime) -> None:
    """An area was described anew."""
    event = _area_event(area, now, Action.OBSERVE, BizStep.OTHER, Disposition.ACTIVE)
    record(session, "area.changed", [_of_area(area)], event=event, now=now)


def area_closed(session: Session, area: RawMaterialArea, *, now: dt.datetime) -> None:
    """An area was taken out of use."""
    event = _area_event(area, now, Action.DELETE, BizStep.DECOMMISSIONING, Disposition.INACTIVE)
    record(session, "area.closed", [_of_area(area)], event=event, now=now)


def _of_area(area: RawMaterialArea) -> Subject:
    return Subject(SubjectKind.AREA, area.id, lambda: _declared(area, area.created_at))


def _declared(area: RawMaterialArea, time: dt.datetime) -> Event:
    return _area_event(area, time, Action.ADD, BizStep.COMMISSIONING, Disposition.ACTIVE)


def _area_event(
    area: RawMaterialArea, time: dt.datetime, action: Action, step: BizStep, disposition: Disposition
) -> Event:
    facts = {"producer": _producer(area.producer_id), "province": area.province_id}
    if area.commune_id is not None:
        facts["commune"] = area.commune_id
    if area.hectares is not None:
        facts["hectares"] = f"{area.hectares:.4f}"
    return ObjectEvent(
        time=time,
        action=action,
        epcs=(_area(area.id),),
        biz_step=step,
        disposition=disposition,
        biz_location=_area(area.id),
        extensions=facts,
    )


# --- batches ----------------------------------------------------------------------------------------------


def batch_opened(session: Session, batch: Batch, *, now: dt.datetime) -> None:
    """A batch was made, of material from its areas: the first event of its chain, and one in the chain of each."""
    subjects = [Subject(SubjectKind.BATCH, batch.id), *map(_of_area, batch.areas)]
    record(session, "batch.opened", subjects, event=_made(session, batch, now), now=now)


def batch_closed(session: Session, batch: Batch, *, now: dt.datetime) -> None:
    """No more of a batch is sold; what is left is its quantity."""
    event = ObjectEvent(
        time=now,
        action=Action.OBSERVE,
        quantities=(Quantity(batch_class(session, batch), batch.on_hand),),
        biz_step=BizStep.STORING,
        disposition=Disposition.NON_SELLABLE_OTHER,
        extensions=common_facts(batch),
    )
    record(session, "batch.closed", [of_batch(session, batch)], event=event, now=now)


def stock_moved(session: Session, batch: Batch, kind: MovementKind, change: int, *, now: dt.datetime) -> None:
    """Packs came back, were spoiled, or were counted anew: then the quantity is what was counted."""
    action, step, disposition = _MOVEMENTS[kind]
    quantity = batch.on_hand if kind is MovementKind.ADJUSTED else abs(change)
    event = ObjectEvent(
        time=now,
        action=action,
        quantities=(Quantity(batch_class(session, batch), quantity),),
        biz_step=step,
        disposition=disposition,
        extensions={**common_facts(batch), "change": change},
    )
    record(session, f"stock.{kind}", [of_batch(session, batch)], event=event, now=now)


def of_batch(session: Session, batch: Batch) -> Subject:
    """A batch as the subject of an event."""
    return Subject(SubjectKind.BATCH, batch.id, lambda: _made(session, batch, batch.created_at))


def batch_class(session: Session, batch: Batch) -> str:
    """The class of a batch's units."""
    gtin = session.scalar(sa.select(Variant.gtin).where(Variant.id == batch.variant_id))
    return f"https://id.gs1.org/01/{gtin}/10/{batch.code}" if gtin else f"urn:nguon:batch:{batch.public_id}"


def common_facts(batch: Batch) -> Facts:
    """What every event of a batch says beside its own facts: whose it is, and its number here."""
    return {"producer": _producer(batch.producer_id), "batch": f"urn:nguon:batch:{batch.public_id}"}


def _made(session: Session, batch: Batch, time: dt.datetime) -> Event:
    units = Quantity(batch_class(session, batch), batch.quantity)
    lot: Facts = {"cbvmda:lotNumber": batch.code, "nguon:madeOn": batch.made_on.isoformat()}
    if batch.expires_on is not None:
        lot["cbvmda:itemExpirationDate"] = batch.expires_on.isoformat()
    step, disposition = BizStep.CREATING_CLASS_INSTANCE, Disposition.ACTIVE
    facts = common_facts(batch)
    if not batch.areas:
        return ObjectEvent(
            time=time,
            action=Action.ADD,
            quantities=(units,),
            biz_step=step,
            disposition=disposition,
            ilmd=lot,
            extensions=facts,
        )
    return TransformationEvent(
        time=time,
        input_quantities=tuple(Quantity(_area(area.id)) for area in batch.areas),  # unmeasured so far
        output_quantities=(units,),
        biz_step=step,
        disposition=disposition,
        ilmd=lot,
        extensions=facts,
    )


def _area(area_id: int) -> str:
    return f"urn:nguon:area:{area_id}"


def _producer(producer_id: int) -> str:
    return f"urn:nguon:producer:{producer_id}"


# --- what is older than the log ---------------------------------------------------------------------------


def open_chains(session: Session, *, now: dt.datetime, most: int) -> int:
    """Begin the chains of at most so many areas and batches that have none. Returns how many; 0 when all have one."""
    areas = session.scalars(
        sa.select(RawMaterialArea)
        .where(~has_chain(SubjectKind.AREA, RawMaterialArea.id))
        .order_by(RawMaterialArea.id)
        .limit(most)
    ).all()
    batches = session.scalars(
        sa.select(Batch)
        .where(~has_chain(SubjectKind.BATCH, Batch.id))
        .order_by(Batch.id)
        .limit(most - len(areas))
    ).all()
    for subject in [*map(_of_area, areas), *(of_batch(session, batch) for batch in batches)]:
        open_chain(session, subject, now=now)
    return len(areas) + len(batches)
