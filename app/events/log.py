"""The event log: what the acts of the site did to areas and batches, recorded like the audit, in the act's transaction.

Each area and each batch has a chain of its own; an event on several stands in each. There is no row that every writer
writes: two acts meet only where they are about the same area or batch. There the second waits for the first, and
UNIQUE(subject, sequence) judges.

Events are built and hashed inside the transaction, because their facts are the ones it has locked. That costs 0.06 ms
of a transaction; the two or three statements that store the event take some ten times as long.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.events.chain import BEFORE_THE_FIRST, link_of
from app.events.models import EventLink, RecordedEvent, SubjectKind
from app.gs1.event_hash import event_hash
from app.gs1.events import Event, canonical_json

CHAIN_OPENED = "chain.opened"
"""The act of an event that begins the chain of something older than the log."""
DECLARED_ERROR = "errorDeclaration"


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """The area or batch an event is about.

    `opening` builds the event with which the chain begins if its subject was there before the log; None where the
    recorded event is itself the beginning.
    """

    kind: SubjectKind
    id: int
    opening: Callable[[], Event] | None = field(default=None, compare=False)


def record(
    session: Session, act: str, subjects: Iterable[Subject], *, event: Event, now: dt.datetime
) -> RecordedEvent:
    """Record that `act` (verb.past, such as 'batch.opened') happened as `event` says, in the chain of each subject.

    On PostgreSQL it waits while another transaction writes to one of these chains, as long as for a locked row.
    Raises EventError where the facts make no event.
    """
    chains = sorted(subjects)  # in one order, so that two acts never wait for each other in a circle
    for subject in chains:
        _open_if_older(session, subject, now)
    recorded = _store(session, act, event, now)
    for subject in chains:
        _append(session, subject, recorded)
    return recorded


def open_chain(session: Session, subject: Subject, *, now: dt.datetime) -> None:
    """Begin the chain of something older than the log, if it has none yet, with one event marked as opening."""
    _open_if_older(session, subject, now)


def has_chain(kind: SubjectKind, subject_id: InstrumentedAttribute[int]) -> sa.ColumnElement[bool]:
    """The condition that events of this subject were recorded."""
    return sa.exists().where(EventLink.subject_kind == kind, EventLink.subject_id == subject_id)


def _open_if_older(session: Session, subject: Subject, now: dt.datetime) -> None:
    _lock(session, subject)
    if subject.opening is None or _last(session, subject) is not None:
        return
    event = subject.opening()
    marked = replace(event, extensions={**event.extensions, "opening": "true"})
    _append(session, subject, _store(session, CHAIN_OPENED, marked, now))


def _lock(session: Session, subject: Subject) -> None:
    """Let no other transaction write to this chain before the present one ends; SQLite has one writer anyway."""
    if session.connection().dialect.name == "postgresql":
        key = sa.func.hashtextextended(f"events:{subject.kind}:{subject.id}", 0)
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def _store(session: Session, act: str, event: Event, now: dt.datetime) -> RecordedEvent:
    body = replace(event, extensions={**event.extensions, "act": act}).as_json()
    error = body.pop(DECLARED_ERROR, None)
    recorded = RecordedEvent(
        event_type=event.type,
        act=act,
        event_time=dt.datetime.fromisoformat(body["eventTime"]),
        record_time=now,
        body=canonical_json(body),
        hash=event_hash(body),
        error_declaration=canonical_json(error) if error else None,
    )
    session.add(recorded)
    session.flush()
    return recorded


def _append(session: Session, subject: Subject, recorded: RecordedEvent) -> None:
    last = _last(session, subject)
    sequence, previous = (last.sequence, last.link) if last else (0, BEFORE_THE_FIRST)
    session.execute(
        sa.insert(EventLink).values(
            subject_kind=subject.kind,
            subject_id=subject.id,
            sequence=sequence + 1,
            event_id=recorded.id,
            link=link_of(previous, recorded.hash, recorded.record_time, recorded.error_declaration),
        )
    )


def _last(session: Session, subject: Subject) -> sa.Row[int, str] | None:
    return session.execute(
        sa.select(EventLink.sequence, EventLink.link)
        .where(EventLink.subject_kind == subject.kind, EventLink.subject_id == subject.id)
        .order_by(EventLink.sequence.desc())
        .limit(1)
    ).first()
