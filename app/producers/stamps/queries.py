"""Reads of the stamps: rolls with what became of the stamps in each of their ranges."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.catalogue.models import Product, Variant
from app.core.errors import NotFound
from app.supply.models import Batch
from app.trace.stamps.models import StampActivation, StampException, StampRoll
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
    """A roll of stamps with what became of them."""

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
    exceptions = _exceptions(session, ids)
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
            ranges=_ranges(roll, activations[roll.id], exceptions[roll.id]),
            activations=tuple(_activation(roll, *activated) for activated in activations[roll.id]),
        )
        for roll, name, pack, code, public_id in rows
    ]


Activated = tuple[StampActivation, str, str, str | None]
Excepted = tuple[StampException, str | None]


def _activations(session: Session, roll_ids: Sequence[int]) -> defaultdict[int, list[Activated]]:
    by_roll: defaultdict[int, list[Activated]] = defaultdict(list)
    rows = session.execute(
        sa.select(StampActivation, Batch.code, Batch.public_id, User.name)
        .join(Batch, Batch.id == StampActivation.batch_id)
        .outerjoin(User, User.id == StampActivation.activated_by)
        .where(StampActivation.roll_id.in_(roll_ids), StampActivation.undone_at.is_(None))
        .order_by(StampActivation.first_number)
    )
    for activation, code, public_id, name in rows:
        by_roll[activation.roll_id].append((activation, code, public_id, name))
    return by_roll


def _exceptions(session: Session, roll_ids: Sequence[int]) -> defaultdict[int, list[Excepted]]:
    by_roll: defaultdict[int, list[Excepted]] = defaultdict(list)
    rows = session.execute(
        sa.select(StampException, User.name)
        .outerjoin(User, User.id == StampException.actor_id)
        .where(StampException.roll_id.in_(roll_ids))
        .order_by(StampException.first_number)
    )
    for exception, name in rows:
        by_roll[exception.roll_id].append((exception, name))
    return by_roll


def _activation(
    roll: StampRoll, activation: StampActivation, code: str, public_id: str, who: str | None
) -> ActivationView:
    return ActivationView(
        id=activation.id,
        first=activation.first_number - roll.first_number + 1,
        last=activation.last_number - roll.first_number + 1,
        batch_code=code,
        batch_public_id=public_id,
        at=activation.activated_at,
        who=who,
        undo_until=activation.activated_at + UNDO_WINDOW,
    )


def _ranges(
    roll: StampRoll, activations: Sequence[Activated], exceptions: Sequence[Excepted]
) -> tuple[RangeView, ...]:
    """The whole roll cut into ranges: what is void wins over what is active, the rest is blank."""
    edges = {roll.first_number, roll.last_number + 1}
    for activation, *_ in activations:
        edges |= {activation.first_number, activation.last_number + 1}
    for exception, _ in exceptions:
        edges |= {exception.first_number, exception.last_number + 1}
    cuts = sorted(edges)
    pieces = [_piece(roll, start, end - 1, activations, exceptions) for start, end in pairwise(cuts)]
    return tuple(pieces)


def _piece(
    roll: StampRoll, first: int, last: int, activations: Sequence[Activated], exceptions: Sequence[Excepted]
) -> RangeView:
    inside = (first - roll.first_number + 1, last - roll.first_number + 1)
    for exception, who in exceptions:
        if exception.first_number <= first <= exception.last_number:
            return RangeView(*inside, VOID, exception.at, who, reason=exception.reason)
    for activation, code, _, who in activations:
        if activation.first_number <= first <= activation.last_number:
            return RangeView(*inside, ACTIVE, activation.activated_at, who, batch_code=code)
    return RangeView(*inside, BLANK)
