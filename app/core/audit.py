"""Who did what to which object, when. Written in the same transaction as the act."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.db import Model


@dataclass(frozen=True)
class Actor:
    """Who acts: a person by id, or a machine by name ('loader', 'job', 'cli') with id None."""

    id: int | None
    label: str


class AuditEntry(Model):
    """One act. Entries are never changed or deleted by the application."""

    __tablename__ = "audit_entries"
    __table_args__ = (sa.Index("ix_audit_entries_object", "object_type", "object_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None]
    actor_label: Mapped[str]
    act: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)


def record(
    session: Session,
    act: str,
    subject: tuple[str, object],
    *,
    actor: Actor,
    now: dt.datetime,
    **facts: Any,
) -> AuditEntry:
    """Note that `actor` did `act` (verb.past, such as 'certificate.withdrawn') to `subject` (type, id)."""
    kind, object_id = subject
    entry = AuditEntry(
        at=now,
        actor_id=actor.id,
        actor_label=actor.label,
        act=act,
        object_type=kind,
        object_id=str(object_id),
        facts=facts,
    )
    session.add(entry)
    return entry
