"""Stamp rolls and what became of their stamps. The counter moves on, so that verbs go on after these numbers."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from app.catalogue.models import Product, Variant
from app.core import clock
from app.core.ids import public_id
from app.supply.models import Batch
from app.trace.stamps.keys import StampKey
from app.trace.stamps.models import (
    AddressForm,
    ExceptionState,
    StampActivation,
    StampCounter,
    StampException,
    StampRoll,
)
from tests.factories.catalogue import make_variant
from tests.factories.keeping import keep, number, together
from tests.factories.supply import make_batch

KEY = StampKey("k1", bytes.fromhex("5e" * 32))
"""The key of the tests' ring (STAMP_KEYS in tests/conftest.py)."""


@together
def make_roll(
    session: Session, *, variant: Variant | None = None, count: int = 100, **facts: Any
) -> StampRoll:
    """A roll of `count` stamps, not yet activated; with `printed_at` it was printed with the GTIN its variant has."""
    variant = variant or make_variant(session)
    product = session.get_one(Product, variant.product_id)
    counter = session.get_one(StampCounter, 1)
    first = counter.next_number
    facts = {"label": number(), "key_id": KEY.id, "issued_at": clock.now()} | facts
    if facts["key_id"] == KEY.id:
        facts.setdefault("key_fingerprint", KEY.fingerprint)
    if "printed_at" in facts:
        form = AddressForm.DIGITAL_LINK if variant.gtin else AddressForm.STAMP
        facts = {"gtin": variant.gtin, "address_form": form} | facts
    counter.next_number = first + count
    return keep(
        session,
        StampRoll(
            public_id=public_id(),
            producer_id=product.producer_id,
            variant_id=variant.id,
            first_number=first,
            last_number=first + count - 1,
            **facts,
        ),
    )


@together
def make_activation(
    session: Session,
    *,
    roll: StampRoll | None = None,
    batch: Batch | None = None,
    first_number: int | None = None,
    last_number: int | None = None,
    **facts: Any,
) -> StampActivation:
    """The roll, or the numbers given, stuck on a batch an hour ago."""
    if roll is None:
        variant = session.get_one(Variant, batch.variant_id) if batch else None
        roll = make_roll(session, variant=variant)
    batch = batch or make_batch(session, variant=session.get_one(Variant, roll.variant_id))
    return keep(
        session,
        StampActivation(
            roll_id=roll.id,
            batch_id=batch.id,
            first_number=first_number or roll.first_number,
            last_number=last_number or roll.last_number,
            **({"activated_at": clock.now() - dt.timedelta(hours=1)} | facts),
        ),
    )


def make_exception(
    session: Session,
    *,
    roll: StampRoll,
    state: ExceptionState = ExceptionState.VOID,
    reason: str = "In lệch",
    first_number: int | None = None,
    last_number: int | None = None,
) -> StampException:
    """The numbers given (default: the whole roll) are void."""
    return keep(
        session,
        StampException(
            roll_id=roll.id,
            state=state,
            reason=reason,
            first_number=first_number or roll.first_number,
            last_number=last_number or roll.last_number,
            at=clock.now(),
        ),
    )
