"""The product an officer's page is about, and the province for which the officer acts upon it."""

from __future__ import annotations

from dataclasses import dataclass

from app.accounts.access import member
from app.certification.queries import RegisterRow
from app.core import clock
from app.core.db import db
from app.geography.lookup import gazetteer
from app.programme.places import OwnPlace, own_place, own_product, units_in_office


@dataclass(frozen=True, slots=True)
class OwnProduct:
    """A product of the officer's place, that place, and the province the officer acts for."""

    own: OwnPlace
    row: RegisterRow
    officer_unit: str


def find_own_product(product_id: int) -> OwnProduct:
    """The product of the officer who asks. Raises NotFound for one of another place, NotAllowed as `own_place`."""
    session, today, officer_units = db.session(), clock.today(), member().officer_units
    places = gazetteer(session)
    unit, row = own_product(session, units_in_office(places, officer_units, today), product_id, today)
    return OwnProduct(own_place(places, officer_units, None, today), row, unit.id)
