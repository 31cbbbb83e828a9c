"""The province an officer acts for, while it is one."""

from __future__ import annotations

import datetime as dt

from app.core.errors import NotAllowed, NotFound
from app.geography.lookup import Gazetteer, Province
from app.geography.models import VN63_UNTIL


def acting_province(places: Gazetteer, unit_id: str, today: dt.date) -> Province:
    """The province of an officer. Raises NotAllowed (`unit-abolished`) once it is a province no more, NotFound."""
    province = places.province(unit_id)
    if province is None:
        raise NotFound
    if not province.exists_on(today):
        raise NotAllowed(
            "unit-abolished",
            field="unit",
            name=province.short_name,
            successor=places.today_of(province.id).short_name,
            until=VN63_UNTIL.isoformat(),
        )
    return province
