"""What was committed, by topic, so that every process knows at once which of its cached answers still hold.

A table of which people see something states the topics that a change of a row touches: ``touches(Touch("product"))``.
A transaction writes the topics it touched as one row of `changes`, last before its commit; nobody updates a shared row,
so writers never wait for each other. Every process reads, on every request, the rows committed since it looked last
(`ChangeLog.look`), so a fact is shown by all of them from the moment it is committed.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import (
    InstanceState,
    Mapped,
    ORMExecuteState,
    Session,
    SessionTransaction,
    UOWTransaction,
    mapped_column,
)

from app.core import clock
from app.core.db import Model, atomic
from app.core.jobs import periodic
from app.core.reading import Reader

EVERYTHING: Final = "all"
"""The topic of a change that may be seen on any page."""
MOST_TOPICS: Final = 200
"""A transaction that touches more has touched everything."""
RETENTION: Final = dt.timedelta(hours=2)
FORGOTTEN_AFTER: Final = dt.timedelta(hours=1)
"""A process that has not looked for so long forgets what it cached, well before the rows it missed are deleted."""
_MOST_REMEMBERED: Final = 50_000


class Change(Model):
    """One committed transaction that people can see: the topics it touched, with spaces between.

    `xid` is the transaction's number on PostgreSQL, where ids are not given in the order of the commits.
    """

    __tablename__ = "changes"
    __table_args__ = ({"sqlite_autoincrement": True},)  # the id of a deleted row must not come again

    id: Mapped[int] = mapped_column(primary_key=True)
    topics: Mapped[str]
    at: Mapped[dt.datetime]
    xid: Mapped[int | None] = mapped_column(index=True)


# --- what a transaction touches --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Touch:
    """A change of a row touches the topic of this kind and of the id that its attribute `by` holds.

    `by` may name a relationship: then the topics of what was added to it or taken from it. With `through`
    ("variants.product_id") the id stands in that column of the row that `by` names.
    """

    kind: str
    by: str | None = "id"
    through: str | None = None


ANYTHING: Final = Touch(EVERYTHING, by=None)


def touches(*what: Touch) -> dict[str, Any]:
    """What to put into `__table_args__` of a table that people see something of."""
    return {"info": {"touches": what}}


_Noted = tuple[str, str | None, object]


def note_change(session: Session, kind: str, value: object = None, *, through: str | None = None) -> None:
    """Note that this transaction touches a topic; for statements, and for what is stored outside the database."""
    noted: set[_Noted] = session.info.setdefault("changes", set())
    noted.add((kind, through, value))


@event.listens_for(Session, "after_flush")
def _note_objects(session: Session, context: UOWTransaction) -> None:
    changed = [instance for instance in session.dirty if session.is_modified(instance)]
    for instance in (*session.new, *session.deleted, *changed):
        state: InstanceState[Any] = sa.inspect(instance)
        for touch in state.mapper.local_table.info.get("touches", ()):  # type: ignore[attr-defined]
            if touch.by is None:
                note_change(session, touch.kind)
            elif touch.by in state.mapper.relationships:
                for item in filter(None, state.attrs[touch.by].history.sum()):
                    note_change(session, touch.kind, item.id, through=touch.through)
            else:
                _note_values(session, state, touch, is_new=instance in session.new)


def _note_values(session: Session, state: InstanceState[Any], touch: Touch, *, is_new: bool) -> None:
    """Note what a column held and what it holds; where SQLAlchemy never read what it held, everything changed."""
    assert touch.by is not None
    history = state.attrs[touch.by].history
    values = history.sum()
    if not is_new and (not values or (history.added and not history.deleted)):
        note_change(session, EVERYTHING)
    for value in values:
        if value is not None:
            note_change(session, touch.kind, value, through=touch.through)


@event.listens_for(Session, "do_orm_execute")
def _note_statements(state: ORMExecuteState) -> None:
    """A statement names what it touches, ``.execution_options(changes=())`` where that is noted otherwise."""
    if state.is_insert or state.is_update or state.is_delete:
        table = getattr(state.statement, "table", None)
        if table is not None and "touches" in table.info:
            for topic in state.execution_options.get("changes", (EVERYTHING,)):
                note_change(state.session, *topic.split(":", 1))


@event.listens_for(Session, "before_commit")
def _write_down(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()
    topics = _topics(session, session.info.pop("changes", ()))
    if topics:
        written = EVERYTHING if len(topics) > MOST_TOPICS else " ".join(sorted(topics))
        session.execute(sa.insert(Change).values(topics=written, at=clock.now()))


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:  # what a savepoint took back is noted all the same: too much is harmless
        session.info.pop("changes", None)


def _topics(session: Session, noted: Collection[_Noted]) -> set[str]:
    topics = {_topic(kind, value) for kind, through, value in noted if through is None}
    for through in {through for _, through, _ in noted if through is not None}:
        asked = [(kind, value) for kind, by, value in noted if by == through]
        owners = _owners(session, through, {value for _, value in asked})
        topics |= {_topic(kind, owners[value]) for kind, value in asked if value in owners}
    return topics


def _topic(kind: str, value: object) -> str:
    return kind if value is None else f"{kind}:{value}"


def _owners(session: Session, through: str, ids: Collection[object]) -> dict[object, object]:
    table_name, column = through.split(".")
    table = Model.metadata.tables[table_name]
    rows = session.execute(sa.select(table.c.id, table.c[column]).where(table.c.id.in_(ids)))
    return {row[0]: row[1] for row in rows}


@periodic("changes.pruned", dt.timedelta(minutes=10))
def prune() -> None:
    """Delete the rows that every process has seen, or is too late to see."""
    with atomic() as session:
        session.execute(sa.delete(Change).where(Change.at < clock.now() - RETENTION))


# --- what a process knows of it --------------------------------------------------------------------------------

Position = int | str
"""How far a process has looked: the last id on SQLite, the snapshot of its last look on PostgreSQL."""
Follower = Callable[[Collection[str]], Iterable[str]]
"""Called with the topics that changed, before anything cached is served again; returns the topics that follow."""


@dataclass(frozen=True, slots=True)
class _Questions:
    """How an engine is asked where the changes end, and for those after a position: id, topics, new position."""

    end: str
    unseen: str
    position: str


_SQLITE: Final = _Questions(
    "SELECT coalesce(max(id), 0) FROM changes", "FROM changes WHERE id > :seen", position="id"
)
# A row is unseen if its transaction had not ended in the snapshot of the last look: ids alone would miss the one that
# took its id before another and committed after it. No number from `xmax` on is one of this server's transactions: such
# rows were restored from another server's backup.
_POSTGRES: Final = _Questions(
    "SELECT pg_current_snapshot()::text",
    """FROM changes WHERE xid >= pg_snapshot_xmin(%(seen)s::pg_snapshot)::text::bigint
    AND xid < pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    AND NOT pg_visible_in_snapshot(xid::text::xid8, %(seen)s::pg_snapshot)""",
    position="pg_current_snapshot()::text",
)


class Basis:
    """What a cached answer depends on: its topics, and the moment up to which none of them is known to have changed.

    Without topics it depends on everything.
    """

    __slots__ = ("moment", "topics")

    def __init__(self, moment: int, topics: Iterable[str]) -> None:
        self.moment = moment
        self.topics = tuple(topics)


class ChangeLog:
    """What changed since this process began, by topic, in moments of its own: a moment is a look that found something.

    Safe across threads: after a look, everything committed before it is applied, by whichever thread.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        questions = _SQLITE if reader.sqlite else _POSTGRES
        self._end = questions.end
        self._since = f"SELECT id, topics, {questions.position} {questions.unseen} ORDER BY id"
        self.unseen = f"EXISTS (SELECT 1 {questions.unseen})"
        """SQL, with `known()` as its parameter `seen`: whether a look would find something."""
        self.lock = threading.RLock()
        self.position: Position | None = None
        self.moment = 0
        self._looked_at = clock.now()
        self._floor = 0
        self._last: dict[str, int] = {}
        self._followers: list[Follower] = []

    def follow(self, follower: Follower) -> None:
        """Have this function called for every look that finds something."""
        self._followers.append(follower)

    def look(self) -> None:
        """Apply what was committed since the last look."""
        while True:
            position = self.known()
            rows = self._reader.rows(self._since, {"seen": position})
            self._looked_at = clock.now()
            if not rows:
                return
            with self.lock:
                if (
                    self.position == position
                ):  # else another thread was faster: look again, from where it left
                    self._announce({topic for _, topics, _ in rows for topic in topics.split()})
                    self.position = rows[-1][2]
                    return

    def known(self) -> Position:
        """Up to where changes are applied. What happened while nobody looked for long is taken for everything."""
        if self.position is None or clock.now() - self._looked_at > FORGOTTEN_AFTER:
            self.forget()
        assert self.position is not None
        return self.position

    def forget(self) -> None:
        """Take everything for changed, and the present for the beginning."""
        with self.lock:
            end = self._reader.rows(self._end)[0][0]
            self._announce({EVERYTHING})
            self.position, self._looked_at = end, clock.now()

    def holds(self, basis: Basis) -> bool:
        """Whether nothing that this answer depends on has changed, as far as this process has looked."""
        # Read in this order; `_announce` writes in the other.
        moment, last, floor = self.moment, self._last, self._floor
        if basis.moment == moment:
            return True
        if basis.moment < floor or not basis.topics:
            return False
        if any(last.get(topic, 0) > basis.moment for topic in basis.topics):
            return False
        basis.moment = moment
        return True

    def _announce(self, topics: set[str]) -> None:
        moment = self.moment + 1
        topics = topics.union(*(follower(topics) for follower in self._followers))
        if EVERYTHING in topics or len(self._last) > _MOST_REMEMBERED:
            self._floor, self._last = moment, {}
        for topic in topics:
            kind = topic.partition(":")[0]
            self._last[topic] = self._last[kind] = moment
        self.moment = moment
