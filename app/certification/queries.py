"""The register of a place as a programme officer reads it: counts, and the rows behind every count.

A place is a province of either scheme. What stands in a count is decided by `standing_state` in SQL on the day asked,
so a count, the list behind it and the star in the shop always agree.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.catalogue.models import Producer, Product
from app.catalogue.queries import names_hold
from app.certification.models import Certificate
from app.certification.standing import (
    FACT_COLUMNS,
    STARRED,
    CertificateFacts,
    Standing,
    decides,
    dossier_is_open,
    standing,
    standing_state,
)
from app.core.clock import end_of
from app.core.errors import NotFound
from app.geography.lookup import Province
from app.geography.places import PlaceKey, PlaceView, places

NO_CERTIFICATE: Final = "none"
NOT_KNOWN: Final = "unknown"
NO_GROUP: Final = "none"
DIMENSIONS: Final = ("stars", "standing", "group", "kind", "year", "first")
"""What the register is counted by, and the parameters of the list behind a count."""


@dataclass(frozen=True, slots=True)
class Cell:
    """So many products that are alike in all dimensions. `province_id` is the unit as in their source.

    `stars` and `year` are those of the certificate that decides on the day, `first` is the year of the product's first
    recognition, all as text; "unknown" where a certificate states none, "none" where there is no certificate.
    """

    province_id: str
    stars: str
    standing: str
    group: str
    kind: str
    year: str
    first: str
    count: int

    @property
    def starred(self) -> bool:
        """A star of these products may be drawn: in force or unconfirmed, and the rank is known."""
        return self.standing in STARRED and self.stars.isdecimal()


@dataclass(frozen=True)
class RegisterCounts:
    """A place's register on a day, counted in every dimension at once. Narrow it by `within`, read it by `by`."""

    on: dt.date
    cells: tuple[Cell, ...]

    @property
    def total(self) -> int:
        return sum(cell.count for cell in self.cells)

    def by(self, dimension: str) -> Counter[str]:
        """How many products by value of a dimension (`DIMENSIONS`, or province_id)."""
        counted: Counter[str] = Counter()
        for cell in self.cells:
            counted[getattr(cell, dimension)] += cell.count
        return counted

    def starred_by(self, dimension: str) -> Counter[str]:
        """The same, of products whose star may be drawn today."""
        counted: Counter[str] = Counter()
        for cell in self.cells:
            if cell.starred:
                counted[getattr(cell, dimension)] += cell.count
        return counted

    @property
    def starred(self) -> int:
        """Products whose star may be drawn today, in force and unconfirmed together."""
        return sum(cell.count for cell in self.cells if cell.starred)

    def within(self, province_id: str) -> RegisterCounts:
        """The part whose source names this unit."""
        return RegisterCounts(self.on, tuple(c for c in self.cells if c.province_id == province_id))


@dataclass(frozen=True, slots=True)
class Question:
    """Which rows of the register: any value of a dimension, all dimensions at once; `text` is part of names."""

    stars: tuple[str, ...] = ()
    standing: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    year: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A product of the register with its place and its standing on the day."""

    id: int
    slug: str
    name: str
    group_code: str | None
    producer_kind: str
    producer_id: int | None
    producer: str | None
    province_id: str
    today_province_id: str
    published: bool
    place: PlaceView
    standing: Standing = field(repr=False)


def of_place(unit: Province) -> sa.ColumnElement[bool]:
    """Products of a province: today's holds all that lies in it now, a former one what its sources put there."""
    column = Product.today_province_id if unit.is_today else Product.province_id
    return column == unit.id


def _dimensions(on: dt.date) -> dict[str, sa.ColumnElement[Any]]:
    c = Certificate
    return {
        "stars": _of_certificate(c.stars),
        "standing": standing_state(Product.id, on),  # type: ignore[arg-type]
        "group": sa.func.coalesce(Product.group_code, NO_GROUP),
        "kind": Product.producer_kind.expression,
        "year": _of_certificate(c.recognised_year),
        "first": _year_of_first(on),
    }


_EARLIER: Final = aliased(Certificate)


def _year_of_first(on: dt.date) -> sa.ColumnElement[str]:
    """The year of a product's first recognition. No renewal, withdrawal or correction of a later row changes it."""
    year = sa.func.coalesce(sa.cast(_EARLIER.recognised_year, sa.String), NOT_KNOWN)
    first = (
        sa.select(year)
        .where(
            _EARLIER.product_id == Product.id,
            _EARLIER.decides_from <= on,
            _EARLIER.recorded_in_error_at.is_(None),
        )
        .order_by(_EARLIER.decides_from, _EARLIER.id)
        .limit(1)
        .scalar_subquery()
    )
    return sa.func.coalesce(first, NO_CERTIFICATE)


def _of_certificate(column: Any) -> sa.ColumnElement[str]:
    return sa.case(
        (Certificate.id.is_(None), NO_CERTIFICATE),
        (column.is_(None), NOT_KNOWN),
        else_=sa.cast(column, sa.String),
    )


def register_counts(session: Session, unit: Province, on: dt.date) -> RegisterCounts:
    """Count the register of a place on a day, in one query."""
    dimensions = _dimensions(on)
    rows = (
        sa.select(Product.province_id, *(e.label(name) for name, e in dimensions.items()))
        .outerjoin(Certificate, decides(Product.id, on))  # type: ignore[arg-type]
        .where(of_place(unit))
        .subquery()
    )
    columns = list(rows.c)
    counted = session.execute(sa.select(*columns, sa.func.count()).group_by(*columns))
    return RegisterCounts(on, tuple(_cell(*row) for row in counted))


def _cell(*facts: Any) -> Cell:
    return Cell(*facts)


def producers_by_kind(session: Session, unit: Province, on: dt.date) -> dict[tuple[str, str], int]:
    """Producers with a star that may be drawn on the day, by (province as in the source, kind), in one query."""
    rows = session.execute(
        sa.select(Product.province_id, Product.producer_kind, sa.func.count(sa.distinct(Product.producer_id)))
        .join(Certificate, decides(Product.id, on))  # type: ignore[arg-type]
        .where(
            of_place(unit),
            Product.producer_id.is_not(None),
            Certificate.stars.is_not(None),
            standing_state(Product.id, on).in_(STARRED),  # type: ignore[arg-type]
        )
        .group_by(Product.province_id, Product.producer_kind)
    )
    return {(province_id, kind): count for province_id, kind, count in rows}


def _asked(unit: Province, question: Question, on: dt.date) -> list[sa.ColumnElement[bool]]:
    conditions = [of_place(unit)]
    for name, expression in _dimensions(on).items():
        values: Collection[str] = getattr(question, name)
        if values:
            conditions.append(expression.in_(values))
    return [*conditions, *names_hold(question.text, Product.folded, Producer.folded)]


def _joined(statement: sa.Select[Any], on: dt.date) -> sa.Select[Any]:
    return (
        statement.select_from(Product)
        .outerjoin(Producer, Producer.id == Product.producer_id)
        .outerjoin(Certificate, decides(Product.id, on))  # type: ignore[arg-type]
    )


def count_rows(session: Session, unit: Province, question: Question, on: dt.date) -> int:
    """How many rows of the register a question finds."""
    statement = _joined(sa.select(sa.func.count()), on).where(*_asked(unit, question, on))
    return session.scalar(statement) or 0


_ROW: Final = (
    Product.id,
    Product.slug,
    Product.name,
    Product.group_code,
    Product.producer_kind,
    Product.producer_id,
    Producer.name.label("producer"),
    Product.province_id,
    Product.today_province_id,
    Product.published_at.is_not(None).label("published"),
    Product.commune_id,
    Product.district,
    Product.commune,
)


def register_rows(
    session: Session,
    unit: Province,
    question: Question,
    on: dt.date,
    *,
    limit: int | None = None,
    offset: int = 0,
) -> list[RegisterRow]:
    """The rows a question finds, by name, in three queries however many there are."""
    statement = (
        _joined(sa.select(*_ROW, dossier_is_open(Product.id, end_of(on)), *FACT_COLUMNS), on)  # type: ignore[arg-type]
        .where(*_asked(unit, question, on))
        .order_by(Product.folded, Product.id)
        .limit(limit)
        .offset(offset)
    )
    return _read(session, session.execute(statement), on)


def rows_where(
    session: Session, on: dt.date, *conditions: sa.ColumnElement[bool], order: Sequence[Any] = ()
) -> list[RegisterRow]:
    """The rows of the register that fulfil conditions on Product and on the Certificate that decides on the day."""
    columns = (*_ROW, dossier_is_open(Product.id, end_of(on)), *FACT_COLUMNS)  # type: ignore[arg-type]
    statement = _joined(sa.select(*columns), on).where(*conditions).order_by(*order)
    return _read(session, session.execute(statement), on)


def register_row(session: Session, unit: Province, product_id: int, on: dt.date) -> RegisterRow:
    """One product of the place's register. Raises NotFound, also for a product of another place."""
    rows = rows_where(session, on, of_place(unit), Product.id == product_id)
    if not rows:
        raise NotFound
    return rows[0]


def _read(session: Session, rows: Iterable[sa.Row[Any]], on: dt.date) -> list[RegisterRow]:
    read = list(rows)
    width = len(_ROW)  # the last three hold where it is, and make the view of the place
    keys = [PlaceKey(row.commune_id, row.province_id, row.district, row.commune) for row in read]
    return [
        _row(*row[: width - 3], place, _standing(row[width + 1 :], bool(row[width]), on))
        for row, place in zip(read, places(session, keys), strict=True)
    ]


def _row(*facts: Any) -> RegisterRow:
    return RegisterRow(*facts)


def _standing(facts: tuple[Any, ...], dossier_open: bool, on: dt.date) -> Standing:
    return standing(None if facts[0] is None else CertificateFacts(*facts), dossier_open, on)
