"""Effects outside the database leave through this table, after the commit that asked for them.

The row is what counts; the job queue only wakes the consumer. A worker takes a row under a lease, does the effect
and marks it done; a killed worker's lease runs out and the next sweep takes the row again. Effects are therefore done
at least once, and each handler makes that harmless (a mail carries its row's id as Message-ID).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import clock
from app.core.db import Model, atomic

LEASE = dt.timedelta(minutes=2)
RETRY_LADDER = tuple(dt.timedelta(seconds=s) for s in (10, 60, 300, 1800, 7200, 21600, 43200))
Handler = Callable[["OutboxMessage"], None]
_handlers: dict[str, Handler] = {}
log = structlog.get_logger()


class OutboxMessage(Model):
    """One effect to be done: `kind` names the handler, `payload` its facts."""

    __tablename__ = "outbox"
    __table_args__ = (sa.Index("ix_outbox_due", "done_at", "due_at"),)

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


def _claim(now: dt.datetime) -> OutboxMessage | None:
    with atomic() as session:
        due = (
            sa.select(OutboxMessage.id)
            .where(
                OutboxMessage.done_at.is_(None),
                OutboxMessage.gave_up_at.is_(None),
                OutboxMessage.due_at <= now,
                sa.or_(OutboxMessage.leased_until.is_(None), OutboxMessage.leased_until < now),
            )
            .order_by(OutboxMessage.due_at, OutboxMessage.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        message_id = session.scalar(due)
        if message_id is None:
            return None
        message = session.get_one(OutboxMessage, message_id)
        message.leased_until = now + LEASE
        message.attempts += 1
    return message


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


def sweep(limit: int = 500) -> int:
    """Do what is due. Returns how many effects were tried."""
    tried = 0
    while tried < limit:
        message = _claim(clock.now())
        if message is None:
            break
        tried += 1
        error: Exception | None = None
        try:
            _handlers[message.kind](message)
        except Exception as caught:  # noqa: BLE001 - any error is stored with the row and tried again
            error = caught
            # Why stands in the row: a mail server's refusal names the person.
            log.warning("outbox.failed", kind=message.kind, id=message.id, error=type(caught).__name__)
        _settle(message.id, error)
    return tried


def backlog(session: Session, now: dt.datetime) -> dict[str, int]:
    """What waits and what was given up, for the readiness page and the metrics."""
    waiting = session.scalar(
        sa.select(sa.func.count())
        .select_from(OutboxMessage)
        .where(
            OutboxMessage.done_at.is_(None), OutboxMessage.gave_up_at.is_(None), OutboxMessage.due_at <= now
        )
    )
    given_up = session.scalar(
        sa.select(sa.func.count()).select_from(OutboxMessage).where(OutboxMessage.gave_up_at.is_not(None))
    )
    return {"waiting": waiting or 0, "given_up": given_up or 0}
