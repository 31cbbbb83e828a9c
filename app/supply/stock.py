"""Stock: a ledger per batch whose lines sum to what is on hand, taken earliest expiry first.

`batches.on_hand` moves only by conditional UPDATE together with a ledger line, so the database judges every race, on
SQLite and PostgreSQL alike. Rows are touched in the order of their ids, so two buyers can wait for each other but
never in a circle.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Variant
from app.core.audit import Actor, record
from app.core.changes import note_change
from app.core.clock import vietnam_day
from app.core.errors import Busy, Conflict, InvalidInput
from app.core.states import known
from app.supply import recording
from app.supply.areas import words
from app.supply.batches import MOST_UNITS, own_batch
from app.supply.models import (
    BY_HAND,
    Batch,
    BatchState,
    MovementKind,
    StockMovement,
)

TRIES = 8
LONGEST_NOTE = 200


class OutOfStock(Conflict):
    """Fewer packs of a variant can be sold than wanted; nothing was taken."""

    code = "out-of-stock"

    def __init__(self, variant_id: int, wanted: int, available: int) -> None:
        self.variant_id, self.wanted, self.available = variant_id, wanted, available
        super().__init__(wanted=wanted, available=available)


@dataclass(frozen=True, slots=True)
class Allocation:
    """So many packs of a variant from this batch."""

    variant_id: int
    batch_id: int
    batch_code: str
    quantity: int


class _PictureChanged(Exception):  # noqa: N818 - inside this file only: someone was faster, look again
    pass


_BATCH = Batch.__table__.c  # without the ORM: pages ask these many times


def may_be_sold(on: dt.date) -> sa.ColumnElement[bool]:
    """The condition under which packs of a batch may be sold on that Vietnam day; the day of expiry still counts."""
    return sa.and_(
        _BATCH.state == BatchState.OPEN,
        _BATCH.on_hand > 0,
        sa.or_(_BATCH.expires_on.is_(None), _BATCH.expires_on >= on),
    )


def fefo() -> tuple[sa.ColumnElement[Any], ...]:
    """The order in which batches leave: first expired first out; those without a date of expiry last."""
    return (_BATCH.expires_on.is_(None), _BATCH.expires_on.asc(), _BATCH.id.asc())


def allocate_stock(
    session: Session,
    demands: Mapping[int, int],
    *,
    reference: str,
    now: dt.datetime,
    actor: Actor | None = None,
) -> list[Allocation]:
    """Take packs for a sale: `demands` is packs (1 or more) by variant id, summed over the whole cart.

    Returns the allocations by variant in the order of the batches' expiry. Raises OutOfStock for the first variant
    that falls short, Busy when the picture kept changing; either way nothing was taken.
    """
    if any(quantity < 1 for quantity in demands.values()):
        raise InvalidInput("quantity-out-of-range", field="quantity", least=1)
    for _ in range(TRIES):
        chosen = _choose(session, demands, vietnam_day(now))
        try:
            # A lone UPDATE has happened or has not; only several need to be taken back together.
            with session.begin_nested() if len(chosen) > 1 else nullcontext():
                for allocation in sorted(chosen, key=lambda one: one.batch_id):
                    _take(session, allocation, reference=reference, now=now, actor=actor)
        except _PictureChanged:
            continue
        _forget_on_hand(session, [one.batch_id for one in chosen])
        return chosen
    raise Busy


def restock(
    session: Session,
    allocations: Iterable[Allocation],
    *,
    reference: str,
    now: dt.datetime,
    actor: Actor | None = None,
) -> None:
    """Return sold packs to their batches (a cancelled order), whatever state those are in now.

    A batch never holds more than were made: packs that were counted back by hand before are not counted twice.
    """
    given = sorted(allocations, key=lambda one: one.batch_id)
    for one in given:
        batch = session.execute(
            sa.select(Batch.quantity, Batch.on_hand).where(Batch.id == one.batch_id).with_for_update()
        ).one()
        packs = min(one.quantity, batch.quantity - batch.on_hand)
        if packs < 1:
            continue
        _move(session, packs, Batch.id == one.batch_id)
        session.add(
            _line(one.batch_id, MovementKind.RETURNED, packs, reference=reference, now=now, actor=actor)
        )
    session.flush()
    _forget_on_hand(session, [one.batch_id for one in given])


def record_movement(
    session: Session,
    *,
    producer_id: int,
    batch_id: int,
    kind: str,
    quantity: int,
    note: str | None = None,
    reference: str | None = None,
    actor: Actor,
    now: dt.datetime,
) -> StockMovement:
    """Write a line by hand: 'spoiled' takes `quantity` packs out, 'returned' brings them in, 'adjusted' is a signed
    correction after counting.

    Raises NotFound, InvalidInput at kind, quantity or note; a batch never holds less than 0 or more than were made.
    """
    batch = own_batch(session, producer_id, batch_id)
    chosen = _by_hand(kind)
    change = _signed(chosen, quantity)
    possible = sa.and_(Batch.on_hand + change >= 0, Batch.on_hand + change <= Batch.quantity)
    if not _move(session, change, Batch.id == batch_id, possible):
        raise InvalidInput(
            "more-than-on-hand" if change < 0 else "more-than-made",
            field="quantity",
            on_hand=batch.on_hand,
            made=batch.quantity,
        )
    line = _line(batch_id, chosen, change, reference=reference, now=now, actor=actor)
    line.note = words(note, field="note", most=LONGEST_NOTE)
    session.add(line)
    session.flush()
    _forget_on_hand(session, [batch_id])
    record(
        session, f"stock.{kind}", ("batch", batch_id), actor=actor, now=now, quantity=change, note=line.note
    )
    recording.stock_moved(session, batch, chosen, change, now=now)
    return line


def _by_hand(kind: str) -> MovementKind:
    chosen = known(MovementKind, kind)
    if chosen is None or chosen not in BY_HAND:
        raise InvalidInput("movement-kind", field="kind")
    return chosen


def _signed(kind: MovementKind, quantity: int) -> int:
    if not 1 <= (abs(quantity) if kind is MovementKind.ADJUSTED else quantity) <= MOST_UNITS:
        raise InvalidInput("quantity-out-of-range", field="quantity", least=1, most=MOST_UNITS)
    return -quantity if kind is MovementKind.SPOILED else quantity


def _choose(session: Session, demands: Mapping[int, int], on: dt.date) -> list[Allocation]:
    rows = (
        session.connection()
        .execute(
            sa.select(Batch.variant_id, Batch.id, Batch.code, Batch.on_hand)
            .where(Batch.variant_id.in_(demands), may_be_sold(on))
            .order_by(*fefo())
        )
        .all()
    )
    chosen: list[Allocation] = []
    for variant_id, wanted in sorted(demands.items()):
        missing = wanted
        for batch in (row for row in rows if row.variant_id == variant_id):
            packs = min(missing, batch.on_hand)
            if packs:
                chosen.append(Allocation(variant_id, batch.id, batch.code, packs))
                missing -= packs
        if missing:
            raise OutOfStock(variant_id, wanted, wanted - missing)
    return chosen


def _take(
    session: Session, allocation: Allocation, *, reference: str, now: dt.datetime, actor: Actor | None
) -> None:
    enough = sa.and_(Batch.on_hand >= allocation.quantity, may_be_sold(vietnam_day(now)))
    if not _move(session, -allocation.quantity, Batch.id == allocation.batch_id, enough):
        raise _PictureChanged
    session.add(
        _line(
            allocation.batch_id,
            MovementKind.SOLD,
            -allocation.quantity,
            reference=reference,
            now=now,
            actor=actor,
        )
    )


_PRODUCT = sa.select(Variant.product_id).where(Variant.id == Batch.variant_id).scalar_subquery()


def _move(session: Session, quantity: int, *where: sa.ColumnElement[bool]) -> bool:
    """Change what is on hand of a batch where the condition still holds, and say whether it did.

    A sale changes what only the product's own page shows, the units that are left. A batch that is emptied or filled
    again changes whether it can be bought, and which batch comes next, so everything that shows the product.
    """
    moved = session.execute(
        sa.update(Batch)
        .where(*where)
        .values(on_hand=Batch.on_hand + quantity)
        .returning(_PRODUCT, Batch.on_hand)
        .execution_options(synchronize_session=False, changes=())
    ).one_or_none()
    if moved is None:
        return False
    product_id, left = moved
    note_change(session, "stock", product_id)
    if left in (0, quantity):
        note_change(session, "product", product_id)
    return True


def _line(
    batch_id: int,
    kind: MovementKind,
    quantity: int,
    *,
    reference: str | None,
    now: dt.datetime,
    actor: Actor | None,
) -> StockMovement:
    return StockMovement(
        batch_id=batch_id,
        kind=kind,
        quantity=quantity,
        at=now,
        reference=reference,
        actor_id=actor.id if actor else None,
    )


def _forget_on_hand(session: Session, batch_ids: Collection[int]) -> None:
    """Batches already loaded in this session are read again: the database counted, not Python."""
    wanted = set(batch_ids)
    for thing in session.identity_map.values():
        if isinstance(thing, Batch) and thing.id in wanted:
            session.expire(thing, ["on_hand"])
