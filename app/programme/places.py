"""Whose register an officer sees: the own province with the former ones it holds, while it is a province."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.accounts.units import acting_province
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


def units_in_office(places: Gazetteer, officer_units: Sequence[str], on: dt.date) -> tuple[Province, ...]:
    """An officer's provinces that are provinces on the day.

    Raises NotAllowed (`unit-abolished`) for an officer of none but former ones: their successor acts.
    """
    known = [unit for unit_id in officer_units if (unit := places.province(unit_id))]
    in_office = tuple(unit for unit in known if unit.exists_on(on))
    if known and not in_office:
        acting_province(places, known[0].id, on)
    return in_office


def own_units(places: Gazetteer, officer_units: Sequence[str], on: dt.date) -> tuple[Province, ...]:
    """Every unit whose register an officer keeps: today's province, and the former ones it holds."""
    units: dict[str, Province] = {}
    for unit in units_in_office(places, officer_units, on):
        units |= {province.id: province for province in (unit, *places.former_of(unit.id))}
    return tuple(units.values())


def own_place(places: Gazetteer, officer_units: Sequence[str], slug: str | None, on: dt.date) -> OwnPlace:
    """The unit of this slug, or the first of the officer's. Raises NotFound for somebody else's, NotAllowed."""
    units = own_units(places, officer_units, on)
    for unit in units:
        if not slug or unit.slug == slug:
            return OwnPlace(unit, units, places.today_of(unit.id))
    raise NotFound


def own_product(
    session: Session, in_office: Sequence[Province], product_id: int, on: dt.date
) -> tuple[Province, RegisterRow]:
    """A product of one of the officer's provinces, and which one that is. Raises NotFound for any other."""
    for unit in in_office:
        try:
            return unit, register_row(session, unit, product_id, on)
        except NotFound:
            continue
    raise NotFound
