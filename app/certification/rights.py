"""Who may: which body recognises which rank on which day, and for which products an officer acts.

The answers are rows: `recognition_levels` says on which level the act of a rule set has a rank recognised,
`abolished_levels` which level ended and who followed (districts: to 30 June 2025), `administrative_units` to which
province a product belongs now. An officer of a province gives what the province recognises. A decision of another
level (the nation's five stars, a district's three of before July 2025) is only recorded, as that body's.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.units import acting_province
from app.catalogue.models import Product
from app.certification.models import AbolishedLevel, ProgrammeLevel, RecognitionLevel, RuleSet
from app.core.errors import InvalidInput, NotFound
from app.geography.lookup import gazetteer


def rule_set_on(session: Session, day: dt.date) -> RuleSet:
    """The criteria set in force on a day. Raises InvalidInput where there is none."""
    rules = session.scalar(
        sa.select(RuleSet).where(
            RuleSet.effective_from <= day,
            sa.or_(RuleSet.effective_until.is_(None), RuleSet.effective_until >= day),
        )
    )
    if rules is None:
        raise InvalidInput("no-rule-set", field="issued_on", day=day.isoformat())
    return rules


def recognising_level(session: Session, rules: RuleSet, stars: int, day: dt.date) -> ProgrammeLevel | None:
    """The level whose body recognises a rank on a day: the act's, or its successor once it is abolished.

    None where the act does not name the rank.
    """
    level = rules.level_of(stars)
    gone = session.get(AbolishedLevel, level) if level else None
    return gone.successor if gone is not None and day > gone.last_day else level


@dataclass(frozen=True, slots=True)
class Recognised:
    """The ranks of a level: those it recognises today, or did till `last_day` where it is no more."""

    level: ProgrammeLevel
    stars: tuple[int, ...]
    last_day: dt.date | None


def recognised_by_level(session: Session, today: dt.date) -> tuple[Recognised, ...]:
    """What each level recognises today, and what an abolished level once did; the provinces' own first."""
    gone = {row.level: row for row in session.scalars(sa.select(AbolishedLevel))}
    rules = rule_set_on(session, today)
    ranks: defaultdict[ProgrammeLevel, set[int]] = defaultdict(set)
    for stars in rules.points:
        if level := recognising_level(session, rules, stars, today):
            ranks[level].add(stars)
    for row in session.scalars(sa.select(RecognitionLevel)):
        if row.level in gone and today > gone[row.level].last_day:
            ranks[row.level].add(row.stars)
    order = (ProgrammeLevel.PROVINCE, ProgrammeLevel.NATIONAL, ProgrammeLevel.DISTRICT)
    return tuple(
        Recognised(level, tuple(sorted(ranks[level])), gone[level].last_day if level in gone else None)
        for level in order
        if level in ranks
    )


def product_of_unit(session: Session, product_id: int, unit_id: str, today: dt.date) -> Product:
    """The product an officer of this unit acts upon, locked until the transaction ends.

    The product's row is the lock of all acts upon its certificates: a first certificate has no other row that a second
    click could wait for. Raises NotAllowed (`unit-abolished`), NotFound for a product of another place.
    """
    unit = acting_province(gazetteer(session), unit_id, today)
    product = session.scalar(sa.select(Product).where(Product.id == product_id).with_for_update())
    if product is None or unit.id not in (product.today_province_id, product.province_id):
        raise NotFound("no-product", product_id=product_id)
    return product


def deciding_unit(session: Session, product: Product, level: ProgrammeLevel, day: dt.date) -> str | None:
    """The unit of that level which decided about a product on that day, None for the nation or where it is unknown."""
    places = gazetteer(session)
    if level is ProgrammeLevel.PROVINCE:
        named = (product.province_id, product.today_province_id)
        return next((i for i in named if (unit := places.province(i)) and unit.exists_on(day)), None)
    if level is ProgrammeLevel.DISTRICT and product.district:
        district = places.district(product.district, product.province_id)
        return district.id if district else None
    return None
