"""A producer who does what producers do, one act a transaction, for tests of what the acts leave in the event log."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Product, Variant
from app.core.audit import Actor
from app.core.db import atomic
from app.events.models import EventLink, RecordedEvent, SubjectKind
from app.events.verification import ChainReport, verify_chains
from app.supply.areas import change_area, close_area, open_area
from app.supply.batches import close_batch, open_batch
from app.supply.models import Batch, RawMaterialArea
from app.supply.recording import AREAS, BATCHES
from app.supply.stock import record_movement
from app.trace.stamps.models import StampActivation, StampException, StampRoll
from app.trace.stamps.rolls import Span, activate, issue_roll, undo_activation, void_range
from tests.factories.catalogue import make_variant
from tests.factories.places import LAO_CAI, VAN_CHAN
from tests.factories.trace import KEY

BAY = Actor(None, "Nguyễn Văn Bảy")


@dataclass
class Farm:
    """One producer's hands. `now` is the moment of the next act."""

    producer_id: int
    variant_id: int
    now: dt.datetime

    @classmethod
    def of(cls, session: Session, now: dt.datetime, variant: Variant | None = None) -> Farm:
        variant = variant or make_variant(session)
        producer_id = session.get_one(Product, variant.product_id).producer_id
        assert producer_id is not None
        return cls(producer_id, variant.id, now)

    def _context(self) -> dict[str, Any]:
        self.now += dt.timedelta(seconds=1)
        return {"producer_id": self.producer_id, "actor": BAY, "now": self.now}

    def open_area(self, name: str = "Đồi chè", **facts: Any) -> RawMaterialArea:
        facts = {"province_id": LAO_CAI, "commune_id": VAN_CHAN, "hectares": 3.5, **facts}
        with atomic() as session:
            return open_area(session, name=name, **facts, **self._context())

    def change_area(self, area_id: int, name: str = "Đồi chè", **facts: Any) -> RawMaterialArea:
        facts = {"province_id": LAO_CAI, "commune_id": None, "hectares": 4.25, **facts}
        with atomic() as session:
            return change_area(session, area_id=area_id, name=name, **facts, **self._context())

    def close_area(self, area_id: int) -> RawMaterialArea:
        with atomic() as session:
            return close_area(session, area_id=area_id, **self._context())

    def open_batch(self, code: str = "SG-01", *area_ids: int, **facts: Any) -> Batch:
        days = {"made_on": dt.date(2026, 11, 20), "expires_on": dt.date(2027, 11, 20)}
        facts = {**days, "quantity": 86, **facts}
        with atomic() as session:
            return open_batch(
                session,
                variant_id=self.variant_id,
                code=code,
                area_ids=area_ids,
                **facts,
                **self._context(),
            )

    def close_batch(self, batch_id: int) -> Batch:
        with atomic() as session:
            return close_batch(session, batch_id=batch_id, **self._context())

    def move(self, batch_id: int, kind: str, quantity: int, note: str | None = None) -> None:
        with atomic() as session:
            record_movement(
                session,
                batch_id=batch_id,
                kind=kind,
                quantity=quantity,
                note=note,
                **self._context(),
            )

    def issue(self, batch_id: int | None, count: int = 40) -> StampRoll:
        with atomic() as session:
            return issue_roll(
                session,
                variant_id=self.variant_id,
                count=count,
                batch_id=batch_id,
                key=KEY,
                **self._context(),
            )

    def activate(self, roll_id: int, batch_id: int, first: int, last: int) -> StampActivation:
        with atomic() as session:
            return activate(
                session,
                roll_id=roll_id,
                span=Span(first, last),
                batch_id=batch_id,
                **self._context(),
            )

    def undo(self, activation_id: int) -> None:
        with atomic() as session:
            undo_activation(session, activation_id=activation_id, **self._context())

    def void(self, roll_id: int, first: int, last: int, reason: str = "in lệch") -> StampException:
        with atomic() as session:
            return void_range(
                session, roll_id=roll_id, span=Span(first, last), reason=reason, **self._context()
            )


def chain(session: Session, kind: SubjectKind, subject_id: int) -> list[RecordedEvent]:
    """The events of a subject in the order of its chain."""
    session.rollback()
    return list(
        session.scalars(
            sa.select(RecordedEvent)
            .join(EventLink, EventLink.event_id == RecordedEvent.id)
            .where(EventLink.subject_kind == kind, EventLink.subject_id == subject_id)
            .order_by(EventLink.sequence)
        )
    )


def acts(session: Session, kind: SubjectKind, subject_id: int) -> list[str]:
    """What was done to a subject, by its chain."""
    return [event.act for event in chain(session, kind, subject_id)]


def body(event: RecordedEvent) -> dict[str, Any]:
    """The event itself."""
    stated: dict[str, Any] = json.loads(event.body)
    return stated


def reports(session: Session) -> list[ChainReport]:
    """The report of every chain."""
    session.rollback()
    return [report for table in (AREAS, BATCHES) for report in verify_chains(session, table)]
