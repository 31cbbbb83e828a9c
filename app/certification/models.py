"""Rule sets, certificates as dated facts, dossiers, published figures."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.changes import Touch, touches
from app.core.db import Model

OPEN_END = dt.date(9999, 12, 31)
OPEN_START = dt.date(1, 1, 1)


class RuleSet(Model):
    """A criteria set of the programme with the act it comes from and the days it holds [from, until]."""

    __tablename__ = "rule_sets"

    code: Mapped[str] = mapped_column(primary_key=True)
    act: Mapped[str]
    effective_from: Mapped[dt.date]
    effective_until: Mapped[dt.date | None]
    validity_months: Mapped[int]


class Certificate(Model):
    """A certificate (giấy chứng nhận) of a product's rank: a dated fact, never edited, only ended.

    It decides the product's standing on the days `decides_from` <= day < `decides_until`; the next certificate of
    the same product ends it there (superseded), so on any day one certificate decides.
    `certain_until`: surely in force to this day (None: never surely). `possible_until`: surely lapsed after this
    day (None: no known end). Both equal `valid_until` where that is known.
    `stars` None: the source gives no rank. `potential_five`: scored 90 or more, the national council not yet.
    """

    __tablename__ = "certificates"
    __table_args__ = (
        sa.CheckConstraint("stars IS NULL OR stars BETWEEN 3 AND 5", name="stars"),
        sa.CheckConstraint("decides_from <= decides_until", name="span"),
        sa.CheckConstraint("(withdrawn_on IS NULL) = (withdrawn_reason IS NULL)", name="withdrawal"),
        sa.Index("ix_certificates_deciding", "product_id", "decides_from", "decides_until"),
        touches(Touch("product", "product_id")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("products.id"))
    stars: Mapped[int | None]
    score: Mapped[int | None]
    potential_five: Mapped[bool] = mapped_column(default=False)
    level: Mapped[str | None]
    decision_number: Mapped[str | None]
    rule_set: Mapped[str | None] = mapped_column(sa.ForeignKey("rule_sets.code"))
    issued_on: Mapped[dt.date | None]
    recognised_year: Mapped[int | None]
    valid_until: Mapped[dt.date | None]
    certain_until: Mapped[dt.date | None]
    possible_until: Mapped[dt.date | None]
    decides_from: Mapped[dt.date] = mapped_column(default=OPEN_START)
    decides_until: Mapped[dt.date] = mapped_column(default=OPEN_END)
    lapsed_by_source: Mapped[bool] = mapped_column(default=False)
    withdrawn_on: Mapped[dt.date | None]
    withdrawn_reason: Mapped[str | None]
    withdrawn_note: Mapped[str | None]
    unit_id: Mapped[str | None] = mapped_column(sa.ForeignKey("administrative_units.id"))
    source_id: Mapped[str | None] = mapped_column(sa.ForeignKey("data_sources.id"))
    created_at: Mapped[dt.datetime]


class Dossier(Model):
    """A product's application (hồ sơ): open while `closed_at` is None; a product that has only this is pending."""

    __tablename__ = "dossiers"
    __table_args__ = (
        sa.CheckConstraint("state IN ('submitted','awarded','refused','withdrawn')", name="state"),
        sa.Index(
            "uq_dossiers_open",
            "product_id",
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
        touches(Touch("product", "product_id")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("products.id"))
    state: Mapped[str] = mapped_column(default="submitted")
    opened_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    source_id: Mapped[str | None] = mapped_column(sa.ForeignKey("data_sources.id"))


class CertificateReminder(Model):
    """A reminder already sent for a certificate at a threshold (180, 90, 30, 0 days), so that it is sent once."""

    __tablename__ = "certificate_reminders"
    __table_args__ = (sa.UniqueConstraint("certificate_id", "days_before"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(sa.ForeignKey("certificates.id"))
    days_before: Mapped[int]
    at: Mapped[dt.datetime]


class PublishedFigure(Model):
    """A figure or target a province has published: shown as published, beside what the register holds."""

    __tablename__ = "published_figures"
    __table_args__ = (sa.UniqueConstraint("province_id", "year", "measure"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    province_id: Mapped[str] = mapped_column(sa.ForeignKey("administrative_units.id"), index=True)
    place: Mapped[str]
    year: Mapped[str]
    measure: Mapped[str]
    value_text: Mapped[str]
    value: Mapped[int | None]
    relation: Mapped[str]
    percent: Mapped[bool] = mapped_column(default=False)
    source_id: Mapped[str] = mapped_column(sa.ForeignKey("data_sources.id"))
