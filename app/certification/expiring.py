"""Certificates of a place that end soon, or may."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Product
from app.certification.models import Certificate
from app.certification.queries import RegisterRow, of_place, rows_where
from app.certification.standing import STARRED, standing_state
from app.geography.lookup import Province


@dataclass(frozen=True)
class Expiring:
    """What ends soon. `soon` has a known last day within the days asked, nearest first.

    `undated` has none: of some only the year of the end is known (`ending_year`), which has begun or begins within
    those days, the nearest first; of the last not even that. Only their producers know the day.
    """

    soon: tuple[RegisterRow, ...]
    undated: tuple[RegisterRow, ...]


def expiring(session: Session, unit: Province, on: dt.date, *, within: int) -> Expiring:
    """Certificates of a place that end within so many days, and those that may but whose last day nobody knows."""
    horizon = on + dt.timedelta(days=within)
    rows = rows_where(
        session,
        on,
        of_place(unit),
        standing_state(Product.id, on).in_(STARRED),  # type: ignore[arg-type]
        # The last day that is sure: of a known end the end itself, of a year the last day of the year before.
        sa.or_(Certificate.certain_until.is_(None), Certificate.certain_until <= horizon),
        order=(
            Certificate.possible_until.is_(None),
            Certificate.possible_until,
            Product.folded,
            Product.id,
        ),
    )
    return Expiring(
        soon=tuple(row for row in rows if row.standing.days_left is not None),
        undated=tuple(row for row in rows if row.standing.days_left is None),
    )
