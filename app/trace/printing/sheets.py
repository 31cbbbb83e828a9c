"""A roll's stamps as printable sheets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Producer, Product, Variant
from app.core.errors import InvalidInput, WrongState
from app.gs1.digital_link import stamp_uri
from app.supply.models import Batch
from app.trace.printing.pdf import SheetFacts, SheetReport, StampLabel, render_sheet
from app.trace.stamps.codes import encode_range
from app.trace.stamps.keys import KeyRing, StampKey
from app.trace.stamps.models import StampRoll
from app.trace.stamps.rolls import Span

MOST_IN_ONE_FILE = 10_000


def print_roll(
    session: Session,
    roll: StampRoll,
    span: Span,
    out: BinaryIO,
    *,
    ring: KeyRing,
    base_url: str,
    progress: Callable[[int], None] | None = None,
) -> SheetReport:
    """Write the PDF of a span of a roll to `out`; every symbol is decoded as drawn before it is released.

    Raises InvalidInput (outside the roll, more than MOST_IN_ONE_FILE), WrongState (the roll's key has left the ring).
    """
    if not 1 <= span.first <= span.last <= roll.count:
        raise InvalidInput("outside-roll", field="last", least=1, most=roll.count)
    if span.count > MOST_IN_ONE_FILE:
        raise InvalidInput("too-many-for-one-file", field="last", most=MOST_IN_ONE_FILE)
    key = ring.get(roll.key_id)
    if key is None:
        raise WrongState("key-not-in-ring", key_id=roll.key_id)
    row = session.execute(
        sa.select(Product.name, Variant.pack, Variant.gtin, Producer.name)
        .join(Variant, Variant.product_id == Product.id)
        .join(Producer, Producer.id == Product.producer_id)
        .where(Variant.id == roll.variant_id)
    ).one()
    batch = session.get(Batch, roll.batch_id) if roll.batch_id else None
    facts = SheetFacts(
        roll=str(roll.label),
        first=span.first,
        last=span.last,
        product=f"{row[0]}, {row[1]}",
        producer=row[3],
        batch=batch.code if batch else None,
    )
    return render_sheet(labels(roll, span, key, base_url, row[2]), out, facts=facts, progress=progress)


def labels(
    roll: StampRoll, span: Span, key: StampKey, base_url: str, gtin: str | None
) -> Iterator[StampLabel]:
    """The stamps of a span, in order."""
    codes = encode_range(roll.first_number + span.first - 1, span.count, key)
    for sequence, code in enumerate(codes, start=span.first):
        yield StampLabel(sequence=sequence, code=code, uri=stamp_uri(base_url, code, gtin))


def mark_printed(roll: StampRoll, now: dt.datetime) -> None:
    """Remember the first printing."""
    roll.printed_at = roll.printed_at or now
