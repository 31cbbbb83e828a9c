"""Proof that no recorded event was changed, taken out, put in or moved: every chain is computed again from its parts.

Rows are read in one stream, so memory does not grow with the log. What this cannot see: events cut off at a chain's
end together with their links (see app/events/chain.py), and what the one form of the event hash hides, such as the
host of a GS1 address.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.events.chain import BEFORE_THE_FIRST, link_of
from app.events.models import EventLink, RecordedEvent, SubjectKind
from app.gs1.event_hash import event_hash
from app.gs1.events import canonical_json
from app.gs1.vocabulary import EXTENSION_PREFIX

ACT = f"{EXTENSION_PREFIX}:act"
ROWS_AT_ONCE = 500
# Members the event hash leaves out; nothing we record has them in its body, so nobody can add them unseen.
_NOT_HASHED = {"@context", "comment", "errorDeclaration", "eventID", "rdfs:comment", "recordTime"}


class Fault(StrEnum):
    """What is wrong with a chain."""

    NO_CHAIN = "no-chain"
    NO_SUBJECT = "no-subject"
    MISSING_LINK = "missing-link"
    BODY = "body"
    COLUMNS = "columns"
    LINK = "link"
    NOT_IN_A_CHAIN = "not-in-a-chain"


@dataclass(frozen=True, slots=True)
class SubjectTable:
    """Where the subjects of a kind stand: their ids, and the name by which people know them."""

    kind: SubjectKind
    id: InstrumentedAttribute[int]
    name: InstrumentedAttribute[str]


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What became of one chain: `links` are proven; `fault` is what is wrong with the next one, if anything is."""

    kind: SubjectKind
    name: str
    links: int
    fault: Fault | None

    @property
    def broken_at(self) -> int:
        """The sequence of the first link that does not hold."""
        return self.links + 1


def verify_chains(session: Session, table: SubjectTable, *, name: str | None = None) -> Iterator[ChainReport]:
    """Prove the chain of every subject of a table, or of the one called `name`."""
    rows = session.execute(_rows_of(table, name).execution_options(yield_per=ROWS_AT_ONCE))
    for (_, subject_name), chain in groupby(rows, key=lambda row: (row.subject, row.name)):
        links, fault = _prove(chain)
        yield ChainReport(table.kind, subject_name, links, fault)


def verify_strays(session: Session, tables: Iterable[SubjectTable]) -> Iterator[tuple[Fault, str]]:
    """Chains whose subject is gone, and events that stand in no chain: what a change elsewhere leaves behind."""
    for table in tables:
        gone = (
            sa.select(EventLink.subject_id)
            .where(EventLink.subject_kind == table.kind)
            .where(~sa.exists().where(table.id == EventLink.subject_id))
            .distinct()
        )
        for subject_id in session.scalars(gone.execution_options(yield_per=ROWS_AT_ONCE)):
            yield Fault.NO_SUBJECT, f"{table.kind} {subject_id}"
    loose = sa.select(RecordedEvent.hash).where(~sa.exists().where(EventLink.event_id == RecordedEvent.id))
    for event_id in session.scalars(loose.execution_options(yield_per=ROWS_AT_ONCE)):
        yield Fault.NOT_IN_A_CHAIN, event_id


def _rows_of(table: SubjectTable, name: str | None) -> sa.Select[*tuple[Any, ...]]:
    links = sa.and_(EventLink.subject_kind == table.kind, EventLink.subject_id == table.id)
    rows = (
        sa.select(
            table.id.label("subject"),
            table.name.label("name"),
            EventLink.sequence,
            EventLink.link,
            RecordedEvent.event_type,
            RecordedEvent.act,
            RecordedEvent.event_time,
            RecordedEvent.record_time,
            RecordedEvent.body,
            RecordedEvent.hash,
            RecordedEvent.error_declaration,
        )
        .outerjoin(EventLink, links)
        .outerjoin(RecordedEvent, RecordedEvent.id == EventLink.event_id)
        .order_by(table.id, EventLink.sequence)
    )
    return rows if name is None else rows.where(table.name == name)


def _prove(chain: Iterable[sa.Row[Any]]) -> tuple[int, Fault | None]:
    """How many links hold, and what is wrong with the next."""
    proven, previous = 0, BEFORE_THE_FIRST
    for row in chain:
        fault = _fault(row, proven + 1, previous)
        if fault is not None:
            return proven, fault
        proven, previous = row.sequence, row.link
    return proven, None


def _fault(row: sa.Row[Any], sequence: int, previous: str) -> Fault | None:
    if row.sequence is None:
        return Fault.NO_CHAIN
    if row.sequence != sequence:
        return Fault.MISSING_LINK
    stated = _stated(row.body)
    if stated is None or stated.hash != row.hash:
        return Fault.BODY
    if link_of(previous, row.hash, row.record_time, row.error_declaration) != row.link:
        return Fault.LINK
    if (stated.type, stated.act, stated.time) != (row.event_type, row.act, row.event_time):
        return Fault.COLUMNS
    return None


class _Stated(NamedTuple):
    """What a body states of itself."""

    hash: str
    type: str
    act: str
    time: dt.datetime


def _stated(text: str | None) -> _Stated | None:
    """None for a body that is not written as we write them: as one canonical text, all of which the hash covers."""
    try:
        body = json.loads(text or "", object_pairs_hook=_all_hashed)
        if canonical_json(body) != text:
            return None
        time = dt.datetime.fromisoformat(body["eventTime"])
        return _Stated(event_hash(body), body["type"], body[ACT], time)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):  # no event any more
        return None


def _all_hashed(members: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in members]
    if len(set(names)) < len(names) or not _NOT_HASHED.isdisjoint(names):
        raise ValueError(names)
    return dict(members)
