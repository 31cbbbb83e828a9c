"""Raw-material areas, batches and their stock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.catalogue.models import Producer, Product, Variant
from app.core import clock
from app.core.ids import public_id
from app.core.text import slugify
from app.supply.models import Batch, BatchArea, MovementKind, RawMaterialArea, StockMovement
from tests.factories.catalogue import make_producer, make_variant
from tests.factories.keeping import keep, number, together


@together
def make_area(
    session: Session,
    *,
    producer: Producer | None = None,
    name: str = "Vùng chè Suối Giàng",
    **facts: Any,
) -> RawMaterialArea:
    """An area known by its name and middle."""
    producer = producer or make_producer(session)
    facts = {
        "slug": f"{slugify(name)}-{number()}",
        "province_id": producer.province_id,
        "crop": "Chè Shan tuyết",
        "hectares": 12.5,
        "latitude": 21.622185,
        "longitude": 104.600491,
        "created_at": clock.now(),
    } | facts
    return keep(session, RawMaterialArea(producer_id=producer.id, name=name, **facts))


@together
def make_batch(
    session: Session,
    *,
    variant: Variant | None = None,
    quantity: int = 100,
    on_hand: int | None = None,
    made_on: dt.date | None = None,
    areas: Sequence[RawMaterialArea] = (),
    **facts: Any,
) -> Batch:
    """An open batch made ten days ago, good for a year, with the ledger line of its making.

    With `on_hand` below `quantity` a second line records the rest as spoiled.
    """
    variant = variant or make_variant(session)
    product = session.get_one(Product, variant.product_id)
    made_on = made_on or clock.today() - dt.timedelta(days=10)
    on_hand = quantity if on_hand is None else on_hand
    facts = {
        "code": f"L{number()}",
        "expires_on": made_on + dt.timedelta(days=365),
        "created_at": clock.now(),
    } | facts
    batch = keep(
        session,
        Batch(
            public_id=public_id(),
            producer_id=product.producer_id,
            variant_id=variant.id,
            made_on=made_on,
            quantity=quantity,
            on_hand=on_hand,
            **facts,
        ),
    )
    _move(session, batch, MovementKind.MADE, quantity)
    if on_hand != quantity:
        _move(session, batch, MovementKind.SPOILED, on_hand - quantity)
    for area in areas:
        keep(session, BatchArea(batch_id=batch.id, area_id=area.id))
    return batch


def _move(session: Session, batch: Batch, kind: MovementKind, quantity: int) -> StockMovement:
    return keep(session, StockMovement(batch_id=batch.id, kind=kind, quantity=quantity, at=clock.now()))
