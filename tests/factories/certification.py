"""Certificates, dossiers, published figures."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from app.catalogue.models import DataSource, Product
from app.certification.models import Certificate, Dossier, PublishedFigure
from app.core import clock
from tests.factories.catalogue import make_product, make_source
from tests.factories.keeping import keep, together
from tests.factories.places import VINH_LONG


@together
def make_certificate(
    session: Session,
    *,
    product: Product | None = None,
    stars: int | None = 4,
    valid_until: dt.date | None = None,
    recognised_year: int | None = None,
    **facts: Any,
) -> Certificate:
    """A certificate that decides always. In force for another year by default.

    With `recognised_year` and no `valid_until` the bounds are those of a certificate whose year alone is known.
    `lapsed`: pass a day of the past as `valid_until`; `withdrawn`: pass `withdrawn_on` and `withdrawn_reason`.
    """
    product = product or make_product(session)
    if valid_until is None and recognised_year is None:
        valid_until = clock.today() + dt.timedelta(days=365)
    if valid_until is not None:
        bounds = (valid_until, valid_until)
    else:
        assert recognised_year is not None
        bounds = (dt.date(recognised_year + 2, 12, 31), dt.date(recognised_year + 3, 12, 31))
    facts.setdefault("certain_until", bounds[0])
    facts.setdefault("possible_until", bounds[1])
    facts.setdefault("unit_id", product.province_id)
    facts.setdefault("created_at", clock.now())
    return keep(
        session,
        Certificate(
            product_id=product.id,
            stars=stars,
            valid_until=valid_until,
            recognised_year=recognised_year or (valid_until.year - 3 if valid_until else None),
            **facts,
        ),
    )


@together
def make_dossier(session: Session, *, product: Product | None = None, **facts: Any) -> Dossier:
    """An open dossier."""
    product = product or make_product(session)
    return keep(session, Dossier(product_id=product.id, **({"opened_at": clock.now()} | facts)))


@together
def make_figure(
    session: Session,
    *,
    province_id: str = VINH_LONG,
    measure: str = "products_total",
    value: int | None = 100,
    source: DataSource | None = None,
    **facts: Any,
) -> PublishedFigure:
    """A figure a province has published."""
    source = source or make_source(session)
    facts = {"place": "Vĩnh Long", "year": "2025", "value_text": str(value), "relation": "eq"} | facts
    return keep(
        session,
        PublishedFigure(province_id=province_id, measure=measure, value=value, source_id=source.id, **facts),
    )
