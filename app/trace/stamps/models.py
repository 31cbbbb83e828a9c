"""Stamp rolls, activations and exceptions. A stamp itself has no row: its code is a keyed image of its number."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.changes import Touch, touches
from app.core.db import Model
from app.core.states import OneOf, one_of


class StampCounter(Model):
    """One row: the next stamp number. Numbers are global (40 bits) and never used again."""

    __tablename__ = "stamp_counter"

    id: Mapped[int] = mapped_column(primary_key=True)
    next_number: Mapped[int]


class AddressForm(StrEnum):
    """What the symbol of a stamp says: `/01/<gtin>/21/<code>` or `/t/<code>`."""

    DIGITAL_LINK = "digital-link"
    STAMP = "stamp"


class StampRoll(Model):
    """A cuộn tem: the numbers [first_number, last_number] for one variant, made under one key of the ring.

    What is printed stays: the first printing sets `printed_at`, `address_form` and `gtin` (14 digits, None for goods
    that had none), and every stamp of the roll carries these, whatever number the variant has later. `key_fingerprint`
    is that of the key's secret; None on rolls older than the column whose key was not confirmed yet.
    """

    __tablename__ = "stamp_rolls"
    __table_args__ = (
        sa.CheckConstraint("last_number >= first_number", name="range"),
        one_of("address_form", AddressForm),
        sa.CheckConstraint("(printed_at IS NULL) = (address_form IS NULL)", name="printed"),
        sa.CheckConstraint("(gtin IS NULL) = (coalesce(address_form, 'stamp') = 'stamp')", name="gtin"),
        sa.Index("ix_stamp_rolls_range", "first_number", "last_number"),
        sa.UniqueConstraint("producer_id", "label"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    label: Mapped[int]
    producer_id: Mapped[int] = mapped_column(sa.ForeignKey("producers.id"))
    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id"), index=True)
    batch_id: Mapped[int | None] = mapped_column(sa.ForeignKey("batches.id"))
    key_id: Mapped[str]
    key_fingerprint: Mapped[str | None]
    gtin: Mapped[str | None]
    address_form: Mapped[AddressForm | None] = mapped_column(OneOf(AddressForm))
    first_number: Mapped[int]
    last_number: Mapped[int]
    issued_at: Mapped[dt.datetime]
    issued_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    printed_at: Mapped[dt.datetime | None]

    @property
    def count(self) -> int:
        """How many stamps the roll has."""
        return self.last_number - self.first_number + 1


class StampActivation(Model):
    """The stamps [first_number, last_number] were stuck on units of this batch. Ranges in force never overlap."""

    __tablename__ = "stamp_activations"
    __table_args__ = (
        sa.CheckConstraint("last_number >= first_number", name="range"),
        sa.Index("ix_stamp_activations_range", "first_number", "last_number"),
        touches(Touch("stamps", "batch_id")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    roll_id: Mapped[int] = mapped_column(sa.ForeignKey("stamp_rolls.id"), index=True)
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("batches.id"), index=True)
    first_number: Mapped[int]
    last_number: Mapped[int]
    activated_at: Mapped[dt.datetime]
    activated_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    undone_at: Mapped[dt.datetime | None]
    undone_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))


class ExceptionState(StrEnum):
    """What else may be true of stamps than being active or not. Nothing leads out of it."""

    VOID = "void"


class StampException(Model):
    """The stamps [first_number, last_number] are void, and why."""

    __tablename__ = "stamp_exceptions"
    __table_args__ = (
        sa.CheckConstraint("last_number >= first_number", name="range"),
        one_of("state", ExceptionState),
        sa.Index("ix_stamp_exceptions_range", "first_number", "last_number"),
        touches(Touch("roll", "roll_id")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    roll_id: Mapped[int] = mapped_column(sa.ForeignKey("stamp_rolls.id"), index=True)
    state: Mapped[ExceptionState] = mapped_column(OneOf(ExceptionState))
    reason: Mapped[str]
    first_number: Mapped[int]
    last_number: Mapped[int]
    at: Mapped[dt.datetime]
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
