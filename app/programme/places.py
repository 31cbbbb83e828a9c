"""Whose register an officer sees: the own province, of today or of before July 2025, and what it is made of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.certification.queries import RegisterRow, register_row
from app.core.errors import NotFound
from app.geography.lookup import Gazetteer, Province


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """The place a page is about: `unit`, and every unit the officer may choose (`units`)."""

    unit: Province
    units: tuple[Province, ...]
    today: Province

    @property
    def changed(self) -> bool:
        """The unit bears another name today."""
        return self.unit.short_name != self.today.short_name


def own_units(places: Gazetteer, officer_units: Sequence[str]) -> tuple[Province, ...]:
    """An officer's units: today's province with the former ones it holds, a former one alone."""
    units: dict[str, Province] = {}
    for unit_id in officer_units:
        unit = places.province(unit_id)
        if unit is not None:
            units |= {province.id: province for province in (unit, *places.former_of(unit_id))}
    return tuple(units.values())


def own_place(places: Gazetteer, officer_units: Sequence[str], slug: str | None) -> OwnPlace:
    """The unit of this slug, or the first of the officer's. Raises NotFound for somebody else's."""
    units = own_units(places, officer_units)
    for unit in units:
        if not slug or unit.slug == slug:
            return OwnPlace(unit, units, places.today_of(unit.id))
    raise NotFound


def own_product(session: Session, units: Sequence[Province], product_id: int, on: dt.date) -> RegisterRow:
    """A product of the officer's place. Raises NotFound for any other."""
    for unit in units:
        try:
            return register_row(session, unit, product_id, on)
        except NotFound:
            continue
    raise NotFound
