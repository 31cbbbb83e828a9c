"""Products of a place that are withheld from sale as alcohol, or may be, and what is recorded of one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import AlcoholRecord, AlcoholRecorder, Producer, Product
from app.certification.queries import of_place
from app.geography.lookup import Province


@dataclass(frozen=True, slots=True)
class AlcoholFacts:
    """What is recorded of a product, by whom and when; `withheld`: it is not sold on line."""

    record: AlcoholRecord
    recorder: AlcoholRecorder | None
    by: str | None
    at: dt.datetime | None
    withheld: bool

    @property
    def decided(self) -> bool:
        """The programme has said what it is."""
        return self.recorder == AlcoholRecorder.PROGRAMME


@dataclass(frozen=True, slots=True)
class AlcoholRow:
    """A product that is withheld or about which the programme has decided."""

    id: int
    slug: str
    name: str
    group_code: str | None
    producer: str | None
    facts: AlcoholFacts


_FACTS = (
    Product.alcohol_record,
    Product.alcohol_recorder,
    Product.alcohol_recorded_by,
    Product.alcohol_recorded_at,
    Product.alcohol,
)


def alcohol_of(session: Session, product_id: int) -> AlcoholFacts:
    """What is recorded of a product."""
    return AlcoholFacts(*session.execute(sa.select(*_FACTS).where(Product.id == product_id)).one())


def alcohol_rows(session: Session, unit: Province) -> list[AlcoholRow]:
    """The products of a place that are withheld or decided about, by name."""
    rows = session.execute(
        sa.select(Product.id, Product.slug, Product.name, Product.group_code, Producer.name, *_FACTS)
        .outerjoin(Producer, Producer.id == Product.producer_id)
        .where(
            of_place(unit),
            sa.or_(Product.alcohol, Product.alcohol_recorder == AlcoholRecorder.PROGRAMME),
        )
        .order_by(Product.folded, Product.id)
    )
    return [_row(*row) for row in rows]


def _row(*facts: Any) -> AlcoholRow:
    product_id, slug, name, group_code, producer, *recorded = facts
    return AlcoholRow(product_id, slug, name, group_code, producer, _facts(*recorded))


def _facts(*recorded: Any) -> AlcoholFacts:
    return AlcoholFacts(*recorded)
