"""Showcases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.catalogue.models import Product
from app.core import clock
from app.core.text import slugify
from app.promotion.models import Showcase, ShowcaseItem
from tests.factories.keeping import keep, number, together


@together
def make_showcase(
    session: Session,
    *,
    name: str = "Phiên chợ OCOP Tây Bắc",
    products: Sequence[Product] = (),
    published: bool = True,
    **facts: Any,
) -> Showcase:
    """A fair that begins in a week and lasts three days, with these products in this order."""
    starts = clock.today() + dt.timedelta(days=7)
    facts = {
        "slug": f"{slugify(name)}-{number()}",
        "place": "Nhà văn hóa tỉnh",
        "starts_on": starts,
        "ends_on": starts + dt.timedelta(days=2),
        "published_at": clock.now() if published else None,
        "created_at": clock.now(),
    } | facts
    showcase = keep(session, Showcase(name=name, **facts))
    for position, product in enumerate(products, start=1):
        keep(session, ShowcaseItem(showcase_id=showcase.id, product_id=product.id, position=position))
    return showcase
