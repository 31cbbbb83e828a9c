"""Batches (lô): opened with their quantity and the areas their material came from, and closed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.catalogue.models import Product, Variant
from app.core.audit import Actor, record
from app.core.clock import vietnam_day
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.ids import public_id
from app.core.text import clean_line
from app.supply import recording
from app.supply.areas import clean_text
from app.supply.models import Batch, MovementKind, RawMaterialArea, StockMovement

MOST_UNITS = 1_000_000
LONGEST_NOTE = 500

EARLIEST_MADE_ON = dt.date(2000, 1, 1)
"""An earlier day is a slip of the hand: what ages longest here, spirits, tea and fish sauce, is younger."""
LONGEST_SHELF_LIFE = dt.timedelta(days=20 * 365 + 5)
"""Twenty years: few labels state more than five, and aged goods that do not end bear no date at all."""

# GS1 General Specifications, AI (10): a lot has 1 to 20 characters; of its set we take those that need no escaping.
_CODE = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,19}")


def open_batch(
    session: Session,
    *,
    producer_id: int,
    variant_id: int,
    code: str,
    made_on: dt.date,
    expires_on: dt.date | None,
    quantity: int,
    area_ids: Collection[int] = (),
    note: str | None = None,
    example: bool = False,
    actor: Actor,
    now: dt.datetime,
) -> Batch:
    """Open a batch of `quantity` units (1 to 1,000,000), all on hand, in one ledger line 'made'.

    Raises NotFound when the variant or an area is not the producer's, InvalidInput at code, quantity, made_on,
    expires_on or note, Conflict at code when the producer has used it before.
    """
    code = _checked_code(code)
    _check_quantity(quantity)
    _check_days(made_on, expires_on, vietnam_day(now))
    _check_variant(session, producer_id, variant_id)
    batch = Batch(
        public_id=public_id(),
        producer_id=producer_id,
        variant_id=variant_id,
        code=code,
        made_on=made_on,
        expires_on=expires_on,
        quantity=quantity,
        on_hand=quantity,
        note=clean_text(note, field="note", most=LONGEST_NOTE),
        example=example,
        created_at=now,
        areas=_own_areas(session, producer_id, area_ids),
    )
    try:
        with session.begin_nested():
            session.add(batch)
    except IntegrityError:
        raise Conflict("batch-code-taken", field="code", given=code) from None
    session.add(
        StockMovement(batch_id=batch.id, kind=MovementKind.MADE, quantity=quantity, at=now, actor_id=actor.id)
    )
    session.flush()
    record(
        session,
        "batch.opened",
        ("batch", batch.id),
        actor=actor,
        now=now,
        code=code,
        variant_id=variant_id,
        quantity=quantity,
        made_on=made_on.isoformat(),
        expires_on=expires_on.isoformat() if expires_on else None,
        area_ids=sorted(area_ids),
    )
    recording.batch_opened(session, batch, now=now)
    return batch


def close_batch(
    session: Session, *, producer_id: int, batch_id: int, actor: Actor, now: dt.datetime
) -> Batch:
    """Sell no more of this batch; what is on hand stays in the ledger. Raises NotFound, WrongState."""
    batch = own_batch(session, producer_id, batch_id)
    batch.close()
    session.flush()
    record(
        session,
        "batch.closed",
        ("batch", batch.id),
        actor=actor,
        now=now,
        code=batch.code,
        on_hand=batch.on_hand,
    )
    recording.batch_closed(session, batch, now=now)
    return batch


def own_batch(session: Session, producer_id: int, batch_id: int) -> Batch:
    """The producer's batch, locked until the transaction ends. Raises NotFound for anybody else's."""
    batch = session.scalar(
        sa.select(Batch)
        .where(Batch.id == batch_id, Batch.producer_id == producer_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if batch is None:
        raise NotFound
    return batch


def _checked_code(code: str) -> str:
    code = clean_line(code).upper()
    if not _CODE.fullmatch(code):
        raise InvalidInput("batch-code", field="code", most=20)
    return code


def _check_quantity(quantity: int) -> None:
    if not 1 <= quantity <= MOST_UNITS:
        raise InvalidInput("quantity-out-of-range", field="quantity", least=1, most=MOST_UNITS)


def _check_days(made_on: dt.date, expires_on: dt.date | None, today: dt.date) -> None:
    if made_on > today:
        raise InvalidInput("made-in-future", field="made_on", today=today.isoformat())
    if made_on < EARLIEST_MADE_ON:
        raise InvalidInput("made-too-early", field="made_on", first=EARLIEST_MADE_ON.isoformat())
    if expires_on is None:
        return
    if expires_on < made_on:
        raise InvalidInput("expires-before-made", field="expires_on", made_on=made_on.isoformat())
    latest = made_on + LONGEST_SHELF_LIFE
    if expires_on > latest:
        raise InvalidInput("expires-too-late", field="expires_on", latest=latest.isoformat())


def _check_variant(session: Session, producer_id: int, variant_id: int) -> None:
    owner = session.scalar(
        sa.select(Product.producer_id)
        .join(Variant, Variant.product_id == Product.id)
        .where(Variant.id == variant_id, Variant.retired_at.is_(None))
    )
    if owner is None or owner != producer_id:
        raise NotFound("variant-not-found", field="variant")


def _own_areas(session: Session, producer_id: int, area_ids: Collection[int]) -> list[RawMaterialArea]:
    wanted = set(area_ids)
    if not wanted:
        return []
    areas = session.scalars(
        sa.select(RawMaterialArea)
        .where(
            RawMaterialArea.id.in_(wanted),
            RawMaterialArea.producer_id == producer_id,
            RawMaterialArea.closed_at.is_(None),
        )
        .order_by(RawMaterialArea.id)
    ).all()
    if len(areas) != len(wanted):
        raise NotFound("area-not-found", field="areas")
    return list(areas)
