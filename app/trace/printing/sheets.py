"""A roll's stamps as printable sheets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Producer, Product, Variant
from app.core.audit import Actor, record
from app.core.errors import InvalidInput, WrongState
from app.gs1.digital_link import stamp_uri
from app.supply.models import Batch
from app.trace.printing.pdf import SheetFacts, SheetReport, StampLabel, render_sheet
from app.trace.stamps.codes import encode_range
from app.trace.stamps.keys import KeyRing, StampKey
from app.trace.stamps.models import AddressForm, StampRoll
from app.trace.stamps.rolls import Span, own_roll

MOST_IN_ONE_FILE = 10_000


def begin_printing(
    session: Session,
    *,
    producer_id: int,
    roll_id: int,
    span: Span,
    ring: KeyRing,
    actor: Actor,
    now: dt.datetime,
) -> StampRoll:
    """Note that stamps of a roll are printed, before they are; the first time fixes what all of them carry.

    So no sheet can come out whose address was not remembered, and every later one carries the same, whatever GTIN the
    variant has by then. Raises NotFound, InvalidInput (outside the roll, more than MOST_IN_ONE_FILE), WrongState (the
    roll's key has left the ring or has another secret).
    """
    roll = own_roll(session, producer_id, roll_id)
    if not 1 <= span.first <= span.last <= roll.count:
        raise InvalidInput("outside-roll", field="last", least=1, most=roll.count)
    if span.count > MOST_IN_ONE_FILE:
        raise InvalidInput("too-many-for-one-file", field="last", most=MOST_IN_ONE_FILE)
    roll.key_fingerprint = key_of(roll, ring).fingerprint
    if roll.printed_at is None:
        roll.gtin = gtin_on_stamps(session, roll)
        roll.address_form = AddressForm.DIGITAL_LINK if roll.gtin else AddressForm.STAMP
        roll.printed_at = now
    record(
        session,
        "roll.printed",
        ("roll", roll.id),
        actor=actor,
        now=now,
        first=span.first,
        last=span.last,
    )
    return roll


def key_of(roll: StampRoll, ring: KeyRing) -> StampKey:
    """The key a roll's codes are made under. Raises WrongState where the ring has it no more, or another secret."""
    key = ring.get(roll.key_id)
    if key is None or not key.made(roll.key_id, roll.key_fingerprint):
        raise WrongState("key-not-in-ring", key_id=roll.key_id)
    return key


def gtin_on_stamps(session: Session, roll: StampRoll) -> str | None:
    """The GTIN that a roll's stamps carry: the one first printed; before that, what its variant has today."""
    if roll.printed_at is not None:
        return roll.gtin
    return session.scalar(sa.select(Variant.gtin).where(Variant.id == roll.variant_id))


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

    `begin_printing` comes first. Raises WrongState (the roll's key has left the ring).
    """
    key = key_of(roll, ring)
    row = session.execute(
        sa.select(Product.name, Variant.pack, Producer.name)
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
        producer=row[2],
        batch=batch.code if batch else None,
    )
    stamps = labels(roll, span, key, base_url, gtin_on_stamps(session, roll))
    return render_sheet(stamps, out, facts=facts, progress=progress)


def labels(
    roll: StampRoll, span: Span, key: StampKey, base_url: str, gtin: str | None
) -> Iterator[StampLabel]:
    """The stamps of a span, in order."""
    codes = encode_range(roll.first_number + span.first - 1, span.count, key)
    for sequence, code in enumerate(codes, start=span.first):
        yield StampLabel(sequence=sequence, code=code, uri=stamp_uri(base_url, code, gtin))
