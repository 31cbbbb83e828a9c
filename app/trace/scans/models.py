"""What reports know of scans, folded from the journal, and how far it has been folded."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model


class ScanDay(Model):
    """Scans folded from the journal for reports: scans of a batch's stamps on a Vietnam day ('' = place unknown)."""

    __tablename__ = "scan_days"
    __table_args__ = (sa.UniqueConstraint("batch_id", "day", "province_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("batches.id"))
    day: Mapped[dt.date]
    province_id: Mapped[str] = mapped_column(default="")
    scans: Mapped[int]


class ScanCursor(Model):
    """How far the journal has been folded."""

    __tablename__ = "scan_cursors"

    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[str]
