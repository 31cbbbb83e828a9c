"""Rule sets, certificates as dated facts, dossiers, published figures."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.changes import Touch, touches
from app.core.db import Model
from app.core.states import OneOf, Transitions, one_of

OPEN_END = dt.date(9999, 12, 31)
OPEN_START = dt.date(1, 1, 1)


MOST_POINTS: Final = 100
"""What the three parts of every criteria set come to: A 40, B 25, C 35 (QĐ 148/QĐ-TTg), before A 35, B 25, C 40."""


class ProgrammeLevel(StrEnum):
    """The level of the body that recognises a rank."""

    DISTRICT = "district"
    PROVINCE = "province"
    NATIONAL = "national"


class RuleSet(Model):
    """A criteria set of the programme with the act it comes from and the days it holds [from, until]."""

    __tablename__ = "rule_sets"

    code: Mapped[str] = mapped_column(primary_key=True)
    act: Mapped[str]
    effective_from: Mapped[dt.date]
    effective_until: Mapped[dt.date | None]
    validity_months: Mapped[int]

    bands: Mapped[list[StarBand]] = relationship(order_by="StarBand.stars")
    levels: Mapped[list[RecognitionLevel]] = relationship()

    @property
    def points(self) -> dict[int, range]:
        """The whole points that give each certified rank, by its stars, the lowest first."""
        starts = [band.points_from for band in self.bands]
        ends = [*starts[1:], MOST_POINTS + 1]
        return {
            band.stars: range(start, end) for band, start, end in zip(self.bands, starts, ends, strict=True)
        }

    def level_of(self, stars: int) -> ProgrammeLevel | None:
        """On which level this rank is recognised by the letter of the act, None where it names none.

        `rights.recognising_level` answers for a day, when that level may have been abolished already.
        """
        return next((level.level for level in self.levels if level.stars == stars), None)


class StarBand(Model):
    """From how many points on the act of a rule set gives a rank; it ends where the next rank begins."""

    __tablename__ = "star_bands"
    __table_args__ = (
        sa.CheckConstraint("stars BETWEEN 3 AND 5", name="stars"),
        sa.CheckConstraint(f"points_from BETWEEN 0 AND {MOST_POINTS}", name="points_from"),
    )

    rule_set: Mapped[str] = mapped_column(sa.ForeignKey("rule_sets.code"), primary_key=True)
    stars: Mapped[int] = mapped_column(primary_key=True)
    points_from: Mapped[int]


class RecognitionLevel(Model):
    """On which level the act of a rule set has a rank recognised."""

    __tablename__ = "recognition_levels"
    __table_args__ = (
        sa.CheckConstraint("stars BETWEEN 3 AND 5", name="stars"),
        one_of("level", ProgrammeLevel),
    )

    rule_set: Mapped[str] = mapped_column(sa.ForeignKey("rule_sets.code"), primary_key=True)
    stars: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[ProgrammeLevel] = mapped_column(OneOf(ProgrammeLevel))


class AbolishedLevel(Model):
    """A level that no longer exists: it recognises nothing after `last_day`, `successor` does in its place."""

    __tablename__ = "abolished_levels"
    __table_args__ = (one_of("level", ProgrammeLevel), one_of("successor", ProgrammeLevel))

    level: Mapped[ProgrammeLevel] = mapped_column(OneOf(ProgrammeLevel), primary_key=True)
    last_day: Mapped[dt.date]
    successor: Mapped[ProgrammeLevel] = mapped_column(OneOf(ProgrammeLevel))
    act: Mapped[str]


class Certificate(Model):
    """A certificate (giấy chứng nhận) of a product's rank: a dated fact, never edited, only ended.

    It decides the product's standing on the days `decides_from` <= day < `decides_until`; the next certificate of
    the same product ends it there (superseded), so on any day one certificate decides. A decision decides from the
    day it is recorded, never from a day that has passed: what was said of a past day stays said.
    One recorded in error decides no day (an empty span); `believed_until` is where its span had ended till then.
    `certain_until`: surely in force to this day (None: never surely). `possible_until`: surely lapsed after this
    day (None: no known end). Both equal `valid_until` where that is known.
    `stars` None: the source gives no rank. `potential_five`: scored 90 or more, the national council not yet.
    """

    __tablename__ = "certificates"
    __table_args__ = (
        sa.CheckConstraint("stars IS NULL OR stars BETWEEN 3 AND 5", name="stars"),
        one_of("level", ProgrammeLevel),
        sa.CheckConstraint("decides_from <= decides_until", name="span"),
        sa.CheckConstraint("(withdrawn_on IS NULL) = (withdrawn_reason IS NULL)", name="withdrawal"),
        sa.CheckConstraint(
            "recorded_in_error_at IS NULL"
            " OR (recorded_in_error_reason IS NOT NULL AND believed_until IS NOT NULL"
            " AND decides_from = decides_until)",
            name="recorded_in_error",
        ),
        sa.Index("ix_certificates_deciding", "product_id", "decides_from", "decides_until"),
        touches(Touch("product", "product_id")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("products.id"))
    stars: Mapped[int | None]
    score: Mapped[int | None]
    potential_five: Mapped[bool] = mapped_column(default=False)
    level: Mapped[ProgrammeLevel | None] = mapped_column(OneOf(ProgrammeLevel))
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
    withdrawn_by_decision: Mapped[str | None]
    recorded_in_error_at: Mapped[dt.datetime | None]
    recorded_in_error_by: Mapped[str | None]
    recorded_in_error_reason: Mapped[str | None]
    believed_until: Mapped[dt.date | None]
    unit_id: Mapped[str | None] = mapped_column(sa.ForeignKey("administrative_units.id"))
    source_id: Mapped[str | None] = mapped_column(sa.ForeignKey("data_sources.id"))
    created_at: Mapped[dt.datetime]


class DossierState(StrEnum):
    """What became of an application."""

    SUBMITTED = "submitted"
    AWARDED = "awarded"


DOSSIER_TRANSITIONS: Final = Transitions(
    "dossier-state",
    first=DossierState.SUBMITTED,
    after={
        DossierState.SUBMITTED: frozenset({DossierState.AWARDED}),
        DossierState.AWARDED: frozenset({DossierState.SUBMITTED}),
    },
)


class Dossier(Model):
    """A product's application (hồ sơ): open while `closed_at` is None; a product that has only this is pending."""

    __tablename__ = "dossiers"
    __table_args__ = (
        one_of("state", DossierState),
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
    state: Mapped[DossierState] = mapped_column(OneOf(DossierState), default=DOSSIER_TRANSITIONS.first)
    opened_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    source_id: Mapped[str | None] = mapped_column(sa.ForeignKey("data_sources.id"))

    def end(self, state: DossierState, *, now: dt.datetime) -> None:
        """Close it with what came of it. Raises WrongState where the table of transitions has no such step."""
        DOSSIER_TRANSITIONS.allow(self.state, state)
        self.state, self.closed_at = state, now

    def reopen(self) -> None:
        """Open it again: the award that had ended it was recorded in error."""
        DOSSIER_TRANSITIONS.allow(self.state, DossierState.SUBMITTED)
        self.state, self.closed_at = DossierState.SUBMITTED, None


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
