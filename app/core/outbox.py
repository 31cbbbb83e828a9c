"""Effects outside the database leave through this table, after the commit that asked for them.

The row is what counts; the job queue only wakes the consumer. A worker takes a row under a lease, does the effect
and marks it done; a killed worker's lease runs out and the next sweep takes the row again. Effects are therefore done
at least once, and each handler makes that harmless (a mail carries its row's id as Message-ID). Attempts are counted
when a row is taken, so that a row which kills its worker is given up like any other; and a sweep has a budget for each
kind, so that a mail server that hangs keeps no other effect waiting.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import clock
from app.core.db import Model, atomic

LEASE = dt.timedelta(minutes=2)
RETRY_LADDER = tuple(dt.timedelta(seconds=s) for s in (10, 60, 300, 1800, 7200, 21600, 43200))
BUDGET_MESSAGES = 500
"""How many messages of one kind a sweep does."""
BUDGET_SECONDS = 20.0
"""After so many seconds on one kind a sweep begins no more of it."""
KEPT_DONE = dt.timedelta(days=30)
"""How long a message stays after it was done; those given up stay for a person to see."""
_FORGOTTEN_AT_ONCE = 1_000
Handler = Callable[["OutboxMessage"], None]
_handlers: dict[str, Handler] = {}
log = structlog.get_logger()


def _index(name: str, *columns: str, where: str) -> sa.Index:
    """An index of the few rows that are asked for, on either engine."""
    return sa.Index(name, *columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


class OutboxMessage(Model):
    """One effect to be done: `kind` names the handler, `payload` its facts."""

    __tablename__ = "outbox"
    __table_args__ = (
        _index("ix_outbox_open", "due_at", "id", where="done_at IS NULL AND gave_up_at IS NULL"),
        _index("ix_outbox_given_up", "kind", where="gave_up_at IS NOT NULL"),
        _index("ix_outbox_done", "done_at", where="done_at IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    created_at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime]
    leased_until: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[dt.datetime | None]
    gave_up_at: Mapped[dt.datetime | None]
    last_error: Mapped[str | None]


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that does effects of this kind."""

    def register(function: Handler) -> Handler:
        _handlers[kind] = function
        return function

    return register


def send_later(
    session: Session, kind: str, payload: dict[str, Any], *, now: dt.datetime, due: dt.datetime | None = None
) -> OutboxMessage:
    """Queue an effect in the present transaction."""
    message = OutboxMessage(kind=kind, payload=payload, created_at=now, due_at=due or now)
    session.add(message)
    session.info["wake"] = True
    return message


_OPEN = sa.and_(OutboxMessage.done_at.is_(None), OutboxMessage.gave_up_at.is_(None))


def _claim(now: dt.datetime, spent: Collection[str] = ()) -> OutboxMessage | None:
    """Take the next message that is due, of a kind that has not `spent` its budget."""
    due = (
        sa.select(OutboxMessage)
        .where(
            _OPEN,
            OutboxMessage.due_at <= now,
            sa.or_(OutboxMessage.leased_until.is_(None), OutboxMessage.leased_until < now),
            OutboxMessage.kind.not_in(spent),
        )
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    with atomic() as session:
        while message := session.scalar(due):
            if message.attempts <= len(RETRY_LADDER):
                message.leased_until = now + LEASE
                message.attempts += 1
                return message
            # Nobody settled the last attempt: whoever made it is dead, and not for the first time.
            message.gave_up_at = now
            message.last_error = (
                message.last_error or f"the worker died {message.attempts} times while doing it"
            )
            log.error("outbox.gave_up", kind=message.kind, id=message.id, error=message.last_error)
            session.flush()
    return None


def _settle(message_id: int, error: Exception | None) -> None:
    with atomic() as session:
        message = session.get_one(OutboxMessage, message_id)
        moment = clock.now()
        message.leased_until = None
        if error is None:
            message.done_at, message.last_error = moment, None
            return
        message.last_error = f"{type(error).__name__}: {error}"[:500]
        if message.attempts > len(RETRY_LADDER):
            message.gave_up_at = moment
        else:
            message.due_at = moment + RETRY_LADDER[message.attempts - 1]


def sweep(go_on: Callable[[], bool] = lambda: True) -> int:
    """Do what is due, as long as `go_on` says so before each message. Returns how many effects were tried."""
    tried: Counter[str] = Counter()
    seconds: defaultdict[str, float] = defaultdict(float)
    while go_on():
        spent = [kind for kind in tried if tried[kind] >= BUDGET_MESSAGES or seconds[kind] >= BUDGET_SECONDS]
        message = _claim(clock.now(), spent)
        if message is None:
            break
        began = clock.timer()
        error: Exception | None = None
        try:
            _handlers[message.kind](message)
        except Exception as caught:  # noqa: BLE001 - any error is stored with the row and tried again
            error = caught
            # Why stands in the row: a mail server's refusal names the person.
            log.warning("outbox.failed", kind=message.kind, id=message.id, error=type(caught).__name__)
        _settle(message.id, error)
        tried[message.kind] += 1
        seconds[message.kind] += clock.timer() - began
    return tried.total()


def forget_done(now: dt.datetime) -> int:
    """Delete what was done longer than KEPT_DONE ago, a little at a time. Returns how many messages."""
    old = (
        sa.select(OutboxMessage.id)
        .where(OutboxMessage.done_at < now - KEPT_DONE)
        .order_by(OutboxMessage.done_at)
        .limit(_FORGOTTEN_AT_ONCE)
    )
    total = 0
    while True:
        with atomic() as session:
            ids = session.scalars(old).all()
            session.execute(sa.delete(OutboxMessage).where(OutboxMessage.id.in_(ids)))
        total += len(ids)
        if len(ids) < _FORGOTTEN_AT_ONCE:
            return total


@dataclass(frozen=True, slots=True)
class Backlog:
    """What stands in the outbox: due and not done, failed at least once and to be tried again, given up."""

    waiting: int = 0
    failing: int = 0
    given_up: int = 0
    oldest_seconds: int = 0
    """For how long the oldest that is not done has been due or, where it failed, has been there."""


def backlog_by_kind(session: Session, now: dt.datetime) -> dict[str, Backlog]:
    """The backlog of every kind that has one."""
    failed = OutboxMessage.last_error.is_not(None)
    since = sa.case((failed, OutboxMessage.created_at), else_=OutboxMessage.due_at)
    late = sa.or_(failed, OutboxMessage.due_at <= now)
    counts = session.execute(
        sa.select(
            OutboxMessage.kind,
            sa.func.count().filter(OutboxMessage.due_at <= now),
            sa.func.count().filter(failed),
            sa.func.min(since).filter(late),
        )
        .where(_OPEN)
        .group_by(OutboxMessage.kind)
    )
    found = {
        kind: Backlog(waiting, failing, 0, int((now - oldest).total_seconds()) if oldest else 0)
        for kind, waiting, failing, oldest in counts
    }
    given_up = session.execute(
        sa.select(OutboxMessage.kind, sa.func.count())
        .where(OutboxMessage.gave_up_at.is_not(None))
        .group_by(OutboxMessage.kind)
    )
    for kind, count in given_up:
        found[kind] = Backlog(**{**asdict(found.get(kind, Backlog())), "given_up": count})
    return found


def backlog(session: Session, now: dt.datetime) -> dict[str, int]:
    """What waits and what was given up, of all kinds together."""
    kinds = backlog_by_kind(session, now).values()
    return {name: sum(getattr(kind, name) for kind in kinds) for name in ("waiting", "failing", "given_up")}
