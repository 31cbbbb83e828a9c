"""A roll becomes files of stamps that all say the same, or the reason why not is given and nothing is remembered."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pypdfium2
import pytest
import sqlalchemy as sa
import zxingcpp
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.catalogue.variants import VariantFacts, change_variant
from app.core.audit import Actor, AuditEntry
from app.core.db import atomic
from app.core.errors import NotFound, Refusal
from app.core.parts import part
from app.trace.printing.sheets import MOST_IN_ONE_FILE, begin_printing, print_roll
from app.trace.setup import Trace
from app.trace.stamps.codes import encode
from app.trace.stamps.keys import KeyRing
from app.trace.stamps.models import AddressForm, StampRoll
from app.trace.stamps.rolls import Span
from tests.factories.catalogue import make_producer, make_variant
from tests.factories.trace import KEY, make_roll

LAN = Actor(None, "Lan")
OLD, NEW = "08935012345011", "08935012345028"


def begin(roll: StampRoll, span: Span, ring: KeyRing, now: dt.datetime, **other: int) -> StampRoll:
    with atomic() as session:
        return begin_printing(
            session,
            **{"producer_id": roll.producer_id, "roll_id": roll.id} | other,
            span=span,
            ring=ring,
            actor=LAN,
            now=now,
        )


@pytest.mark.parametrize(
    ("facts", "span", "code"),
    [
        ({}, Span(0, 5), "outside-roll"),
        ({}, Span(6, 5), "outside-roll"),
        ({}, Span(1, 11), "outside-roll"),
        ({"count": MOST_IN_ONE_FILE + 1}, Span(1, MOST_IN_ONE_FILE + 1), "too-many-for-one-file"),
        ({"key_id": "k0"}, Span(1, 5), "key-not-in-ring"),
        ({"key_fingerprint": "0" * 16}, Span(1, 5), "key-not-in-ring"),
    ],
)
def test_what_cannot_be_printed_says_why_and_counts_as_not_printed(
    *, app: Flask, session: Session, now: dt.datetime, facts: dict[str, Any], span: Span, code: str
) -> None:
    roll = make_roll(session, **{"count": 10, **facts})
    with pytest.raises(Refusal) as refused:
        begin(roll, span, part(Trace, app).ring, now)
    assert refused.value.code == code
    session.refresh(roll)
    assert (roll.printed_at, roll.address_form, roll.gtin) == (None, None, None)
    assert session.scalar(sa.select(AuditEntry.id).where(AuditEntry.act == "roll.printed")) is None


def test_another_producers_roll_is_not_printed(app: Flask, session: Session, now: dt.datetime) -> None:
    roll = make_roll(session)
    with pytest.raises(NotFound):
        begin(roll, Span(1, 5), part(Trace, app).ring, now, producer_id=make_producer(session).id)


def addresses(session: Session, roll: StampRoll, span: Span, ring: KeyRing) -> list[str]:
    """What a phone reads on the sheet."""
    out = io.BytesIO()
    print_roll(session, roll, span, out, ring=ring, base_url="http://localhost")
    document = pypdfium2.PdfDocument(out.getvalue())
    page = document[0].render(scale=300 / 72).to_pil()
    document.close()
    return sorted(code.text for code in zxingcpp.read_barcodes(page))


def change_gtin(roll: StampRoll, gtin: str | None, now: dt.datetime) -> None:
    with atomic() as session:
        change_variant(
            session,
            producer_id=roll.producer_id,
            variant_id=roll.variant_id,
            facts=VariantFacts(pack="Hộp 100 g", net_weight=100, price=50_000, gtin=gtin),
            actor=LAN,
            now=now,
        )


@pytest.mark.parametrize(("before", "after"), [(OLD, NEW), (OLD, None), (None, NEW)])
def test_every_sheet_of_a_roll_says_what_the_first_one_said(
    app: Flask, session: Session, now: dt.datetime, before: str | None, after: str | None
) -> None:
    ring = part(Trace, app).ring
    roll = make_roll(session, variant=make_variant(session, gtin=before), count=4)
    begin(roll, Span(1, 2), ring, now)
    first = addresses(session, roll, Span(1, 4), ring)
    change_gtin(roll, after, now)
    begin(roll, Span(3, 4), ring, now + dt.timedelta(hours=1))
    assert addresses(session, roll, Span(1, 4), ring) == first
    codes = [encode(roll.first_number + place, KEY) for place in range(4)]
    path = f"/01/{before}/21/" if before else "/t/"
    assert first == sorted(f"http://localhost{path}{code}" for code in codes)
    session.refresh(roll)
    assert roll.printed_at == now
    form = AddressForm.DIGITAL_LINK if before else AddressForm.STAMP
    assert (roll.gtin, roll.address_form) == (before, form)


def test_a_slip_mended_before_the_first_sheet_is_on_no_stamp(
    app: Flask, session: Session, now: dt.datetime
) -> None:
    ring = part(Trace, app).ring
    roll = make_roll(session, variant=make_variant(session, gtin=OLD), count=1)
    change_gtin(roll, NEW, now)
    begin(roll, Span(1, 1), ring, now)
    assert addresses(session, roll, Span(1, 1), ring) == [
        f"http://localhost/01/{NEW}/21/{encode(roll.first_number, KEY)}"
    ]


def test_the_command_line_remembers_what_it_printed(
    session: Session, runner: FlaskCliRunner, tmp_path: Any
) -> None:
    roll = make_roll(session, variant=make_variant(session, gtin=OLD), count=3)
    printed = runner.invoke(args=["stamps", "print", roll.public_id, "--out", str(tmp_path / "tem.pdf")])
    assert printed.exit_code == 0, printed.output
    session.refresh(roll)
    assert (roll.gtin, roll.address_form) == (OLD, AddressForm.DIGITAL_LINK)


def test_printing_confirms_the_key_of_a_roll_older_than_fingerprints(
    app: Flask, session: Session, now: dt.datetime
) -> None:
    roll = make_roll(session, key_fingerprint=None)
    begin(roll, Span(1, 1), part(Trace, app).ring, now)
    session.refresh(roll)
    assert roll.key_fingerprint == KEY.fingerprint
