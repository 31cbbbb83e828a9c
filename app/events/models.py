"""Events as they were recorded, and their places in the chains of areas and batches. Rows are only ever added."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model
from app.core.states import OneOf, one_of


class SubjectKind(StrEnum):
    """What a chain of events is about."""

    AREA = "area"
    BATCH = "batch"


class RecordedEvent(Model):
    """An EPCIS 2.0 event: `body` is its canonical JSON without eventID, recordTime and errorDeclaration.

    `hash` is the CBV 2.0 hash of the body and serves as eventID; it is not unique, for the declaration that an event
    was wrong repeats the event (EPCIS 2.0 section 7.4.1.2) and differs in `error_declaration` alone. The type, the act
    and the time stand in the body too, and in columns of their own to be asked for.
    """

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_type: Mapped[str]
    act: Mapped[str]
    event_time: Mapped[dt.datetime]
    record_time: Mapped[dt.datetime]
    body: Mapped[str]
    hash: Mapped[str] = mapped_column(index=True)
    error_declaration: Mapped[str | None]


class EventLink(Model):
    """An event's place in the chain of one subject: the first has sequence 1; `link` as `chain.link_of` makes it."""

    __tablename__ = "event_links"
    __table_args__ = (
        sa.UniqueConstraint("subject_kind", "subject_id", "sequence"),
        one_of("subject_kind", SubjectKind),
        sa.CheckConstraint("sequence > 0", name="sequence"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_kind: Mapped[SubjectKind] = mapped_column(OneOf(SubjectKind))
    subject_id: Mapped[int]
    sequence: Mapped[int]
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("events.id"), index=True)
    link: Mapped[str]
