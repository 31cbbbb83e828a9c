"""Choosing a province and a commune of today without a script: the list of communes is that of the province chosen."""

from __future__ import annotations

from sqlalchemy.orm import Session
from wtforms import SelectChoice, SelectField

from app.geography.communes import communes_of
from app.geography.lookup import gazetteer
from app.listing.labels import province_label
from app.web.language import gettext

ASKS_COMMUNES = "list_communes"
"""The button that asks for the communes of the province just chosen."""


def fill_places(session: Session, province: SelectField, commune: SelectField, *, standard: str) -> None:
    """Give both fields their choices; without a province chosen it is `standard`.

    A province of before July 2025, as on older records, stays among the choices with today's name beside it.
    """
    places = gazetteer(session)
    chosen = places.province(province.data or "") or places.province(standard)
    if chosen is None:
        raise LookupError(standard)
    province.data = province.data or chosen.id
    province.choices = [SelectChoice(unit.id, unit.short_name) for unit in places.provinces()]
    if not chosen.is_today:
        then, now = places.province_then_and_now(chosen.id)
        label = province_label(then, now)
        province.choices.insert(0, SelectChoice(chosen.id, label))
    communes = communes_of(session, chosen.id)
    commune.choices = [
        SelectChoice("", gettext("chưa chọn")),
        *(SelectChoice(unit.id, unit.name) for unit in communes),
    ]
