"""Reads of the stamps: rolls with what became of the stamps in each of their ranges."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.catalogue.models import Product, Variant
from app.core.errors import NotFound
from app.supply.models import Batch
from app.trace.stamps.models import AddressForm, ExceptionState, StampActivation, StampException, StampRoll
from app.trace.stamps.rolls import UNDO_WINDOW

ACTIVE, VOID, BLANK = "active", "void", "blank"


@dataclass(frozen=True, slots=True)
class RangeView:
    """Stamps of one state, counted from 1 within the roll. `reason` of a void; `batch_code` of an activation."""

    first: int
    last: int
    state: str
    at: dt.datetime | None = None
    who: str | None = None
    batch_code: str | None = None
    reason: str | None = None

    @property
    def count(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class ActivationView:
    """An activation in force; it may be taken back until `undo_until`."""

    id: int
    first: int
    last: int
    batch_code: str
    batch_public_id: str
    at: dt.datetime
    who: str | None
    undo_until: dt.datetime


@dataclass(frozen=True, slots=True)
class RollView:
    """A roll of stamps with what became of them; `gtin` and `address_form` as printed, None before."""

    id: int
    public_id: str
    label: int
    count: int
    variant_id: int
    product_name: str
    pack: str
    batch_id: int | None
    batch_code: str | None
    batch_public_id: str | None
    issued_at: dt.datetime
    printed_at: dt.datetime | None
    gtin: str | None
    address_form: AddressForm | None
    ranges: tuple[RangeView, ...]
    activations: tuple[ActivationView, ...]

    def total(self, state: str) -> int:
        """Stamps in this state."""
        return sum(part.count for part in self.ranges if part.state == state)

    @property
    def blank(self) -> int:
        return self.total(BLANK)

    @property
    def first_blank(self) -> RangeView | None:
        """Where the next activation would begin."""
        return next((part for part in self.ranges if part.state == BLANK), None)


def own_roll_by_public_id(session: Session, producer_id: int, public_id: str) -> StampRoll:
    """The producer's roll of this public id. Raises NotFound for anybody else's."""
    roll = session.scalar(
        sa.select(StampRoll).where(StampRoll.public_id == public_id, StampRoll.producer_id == producer_id)
    )
    if roll is None:
        raise NotFound
    return roll


def roll_view(session: Session, producer_id: int, public_id: str) -> RollView:
    """One roll. Raises NotFound for anybody else's."""
    rolls = _views(session, StampRoll.public_id == public_id, StampRoll.producer_id == producer_id)
    if not rolls:
        raise NotFound
    return rolls[0]


def rolls_of(session: Session, producer_id: int) -> list[RollView]:
    """A producer's rolls, the latest first, in a fixed number of queries."""
    return _views(session, StampRoll.producer_id == producer_id)


def rolls_of_batch(session: Session, batch_id: int) -> list[RollView]:
    """The rolls issued for a batch or with stamps active on it, the latest first."""
    used = sa.select(StampActivation.roll_id).where(
        StampActivation.batch_id == batch_id, StampActivation.undone_at.is_(None)
    )
    return _views(session, sa.or_(StampRoll.batch_id == batch_id, StampRoll.id.in_(used)))


def last_label(session: Session, producer_id: int) -> int:
    """The number of the producer's latest roll, 0 before the first."""
    return (
        session.scalar(sa.select(sa.func.max(StampRoll.label)).where(StampRoll.producer_id == producer_id))
        or 0
    )


def _views(session: Session, *conditions: sa.ColumnElement[bool]) -> list[RollView]:
    rows = session.execute(
        sa.select(StampRoll, Product.name, Variant.pack, Batch.code, Batch.public_id)
        .join(Variant, Variant.id == StampRoll.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(Batch, Batch.id == StampRoll.batch_id)
        .where(*conditions)
        .order_by(StampRoll.label.desc())
    ).all()
    ids = [roll.id for roll, *_ in rows]
    activations = _activations(session, ids)
    voided = _void(session, ids)
    return [
        RollView(
            id=roll.id,
            public_id=roll.public_id,
            label=roll.label,
            count=roll.count,
            variant_id=roll.variant_id,
            product_name=name,
            pack=pack,
            batch_id=roll.batch_id,
            batch_code=code,
            batch_public_id=public_id,
            issued_at=roll.issued_at,
            printed_at=roll.printed_at,
            gtin=roll.gtin,
            address_form=roll.address_form,
            ranges=tuple(cut_into_ranges(roll, activations[roll.id], voided[roll.id])),
            activations=tuple(_activation(roll, row) for row in activations[roll.id]),
        )
        for roll, name, pack, code, public_id in rows
    ]


_Row = sa.Row[*tuple[Any, ...]]


def _activations(session: Session, roll_ids: Sequence[int]) -> defaultdict[int, list[_Row]]:
    rows = session.execute(
        sa.select(
            StampActivation.roll_id,
            StampActivation.id,
            StampActivation.first_number,
            StampActivation.last_number,
            StampActivation.activated_at.label("at"),
            Batch.code,
            Batch.public_id,
            User.name.label("who"),
        )
        .join(Batch, Batch.id == StampActivation.batch_id)
        .outerjoin(User, User.id == StampActivation.activated_by)
        .where(StampActivation.roll_id.in_(roll_ids), StampActivation.undone_at.is_(None))
        .order_by(StampActivation.first_number)
    )
    return _by_roll(rows)


def _void(session: Session, roll_ids: Sequence[int]) -> defaultdict[int, list[_Row]]:
    rows = session.execute(
        sa.select(
            StampException.roll_id,
            StampException.first_number,
            StampException.last_number,
            StampException.at,
            StampException.reason,
            User.name.label("who"),
        )
        .outerjoin(User, User.id == StampException.actor_id)
        .where(StampException.roll_id.in_(roll_ids), StampException.state == ExceptionState.VOID)
        .order_by(StampException.first_number)
    )
    return _by_roll(rows)


def _by_roll(rows: Iterable[_Row]) -> defaultdict[int, list[_Row]]:
    by_roll: defaultdict[int, list[_Row]] = defaultdict(list)
    for row in rows:
        by_roll[row.roll_id].append(row)
    return by_roll


def _activation(roll: StampRoll, row: _Row) -> ActivationView:
    return ActivationView(
        id=row.id,
        first=row.first_number - roll.first_number + 1,
        last=row.last_number - roll.first_number + 1,
        batch_code=row.code,
        batch_public_id=row.public_id,
        at=row.at,
        who=row.who,
        undo_until=row.at + UNDO_WINDOW,
    )


def cut_into_ranges(
    roll: StampRoll, activations: Sequence[_Row], voided: Sequence[_Row]
) -> Iterator[RangeView]:
    """The whole roll cut into ranges: what is void wins over what is active, the rest is blank.

    Both sides are in order and neither overlaps itself, so each is walked once.
    """
    edges = {roll.first_number, roll.last_number + 1}
    for row in (*activations, *voided):
        edges |= {row.first_number, row.last_number + 1}
    void_at, active_at = _walk(voided), _walk(activations)
    for start, end in pairwise(sorted(edges)):
        first, last = start - roll.first_number + 1, end - roll.first_number
        void, active = void_at(start), active_at(start)
        if void is not None:
            yield RangeView(first, last, VOID, void.at, void.who, reason=void.reason)
        elif active is not None:
            yield RangeView(first, last, ACTIVE, active.at, active.who, batch_code=active.code)
        else:
            yield RangeView(first, last, BLANK)


def _walk(rows: Sequence[_Row]) -> Callable[[int], _Row | None]:
    """Finds the row a number stands in; to be asked for numbers in ascending order."""
    place = 0

    def at(number: int) -> _Row | None:
        nonlocal place
        while place < len(rows) and rows[place].last_number < number:
            place += 1
        return rows[place] if place < len(rows) and rows[place].first_number <= number else None

    return at
