"""Targets and figures that provinces have published, and what the register has reached of each.

A published figure is never mixed with a count: it stands beside it, with its source and year. A target whose measure
the register does not hold stays unmeasured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import DataSource
from app.certification.models import PublishedFigure
from app.certification.queries import RegisterCounts
from app.certification.standing import STARRED, StandingState


@dataclass(frozen=True, slots=True)
class Figure:
    """A published figure: `value_text` as its source writes it, `value` where that is a number, `relation` one of
    "", ">=", ">", "~"."""

    province_id: str
    place: str
    year: str
    measure: str
    value_text: str
    value: int | None
    relation: str
    percent: bool
    source_id: str
    source_title: str
    source_address: str

    @property
    def is_target(self) -> bool:
        return "target" in self.measure


@dataclass(frozen=True, slots=True)
class Reached:
    """What the register holds of a measure: `part`, and for a share the `whole` it is part of.

    `in_force` is the part that is surely so, `rows` the dimensions of the register that show the rows behind it.
    """

    part: int
    whole: int | None = None
    in_force: int | None = None
    rows: Mapping[str, Sequence[str]] | None = None

    @property
    def percent(self) -> float | None:
        """Of a hundred; None for a plain count, or of nothing."""
        return None if not self.whole else 100 * self.part / self.whole


@dataclass(frozen=True, slots=True)
class Target:
    """A target and what was reached of it; `reached` None: nobody has measured it here."""

    figure: Figure
    reached: Reached | None

    @property
    def value(self) -> float | None:
        """Reached, in the target's own unit (products, producers, or percent)."""
        if self.reached is None:
            return None
        return self.reached.percent if self.figure.percent else self.reached.part

    @property
    def share(self) -> float | None:
        """Reached as a part of the scale the bar is drawn on: of the target, or of 100 %."""
        if self.value is None or not self.figure.value:
            return None
        return self.value / (100 if self.figure.percent else self.figure.value)

    @property
    def mark(self) -> float:
        """Where on that scale the target stands."""
        return (self.figure.value or 0) / 100 if self.figure.percent else 1.0

    @property
    def met(self) -> bool:
        return self.value is not None and self.figure.value is not None and self.value >= self.figure.value


@dataclass(frozen=True)
class Register:
    """What the measures read: the counts of one province as its sources name it, and its producers by kind."""

    province_id: str
    counts: RegisterCounts
    producers: Mapping[str, int]


Measure = Callable[[Register, Figure], Reached]
STARRED_ROWS: Final = {"standing": STARRED, "stars": ("5", "4", "3")}


def _three_stars_up(register: Register, figure: Figure) -> Reached:
    sure = sum(c.count for c in register.counts.cells if c.starred and c.standing == StandingState.IN_FORCE)
    return Reached(register.counts.starred, in_force=sure, rows=STARRED_ROWS)


def _five_stars(register: Register, figure: Figure) -> Reached:
    five = [c for c in register.counts.cells if c.starred and c.stars == "5"]
    return Reached(
        sum(c.count for c in five),
        in_force=sum(c.count for c in five if c.standing == StandingState.IN_FORCE),
        rows={**STARRED_ROWS, "stars": ("5",)},
    )


def _five_stars_share(register: Register, figure: Figure) -> Reached:
    five = _five_stars(register, figure)
    return Reached(five.part, register.counts.starred, five.in_force, five.rows)


def _new_products(register: Register, figure: Figure) -> Reached:
    return Reached(register.counts.by("first")[figure.year], rows={"first": (figure.year,)})


def _share_of_producers(*kinds: str) -> Measure:
    def measure(register: Register, figure: Figure) -> Reached:
        part = sum(register.producers.get(kind, 0) for kind in kinds)
        return Reached(part, sum(register.producers.values()), rows={**STARRED_ROWS, "kind": kinds})

    return measure


MEASURES: Final[Mapping[str, Measure]] = {
    "target_products_3star_up": _three_stars_up,
    "certified_3star_up_total_target": _three_stars_up,
    "five_star_target": _five_stars,
    "target_5star_pct_of_products": _five_stars_share,
    "new_products_target": _new_products,
    "target_entities_cooperative_pct": _share_of_producers("cooperative"),
    "target_entities_enterprise_company_household_pct": _share_of_producers(
        "private_enterprise", "company", "household_business"
    ),
}
"""The targets whose measure the register holds."""


def published_figures(session: Session) -> list[Figure]:
    """Every figure and target provinces have published, in the order of place, year and source."""
    rows = session.execute(
        sa.select(
            PublishedFigure.province_id,
            PublishedFigure.place,
            PublishedFigure.year,
            PublishedFigure.measure,
            PublishedFigure.value_text,
            PublishedFigure.value,
            PublishedFigure.relation,
            PublishedFigure.percent,
            PublishedFigure.source_id,
            DataSource.title,
            DataSource.address,
        )
        .join(DataSource, DataSource.id == PublishedFigure.source_id)
        .order_by(PublishedFigure.source_id, PublishedFigure.id)
    )
    return [Figure(*row) for row in rows]


def targets(figures: Sequence[Figure], register: Register) -> list[Target]:
    """The province's targets with what its register has reached; the measured ones first."""
    own = [
        f for f in figures if f.is_target and f.province_id == register.province_id and f.value is not None
    ]
    own_targets = [
        Target(figure, MEASURES[figure.measure](register, figure) if figure.measure in MEASURES else None)
        for figure in own
    ]
    return sorted(own_targets, key=lambda target: target.reached is None)


@dataclass(frozen=True, slots=True)
class StarSplit:
    """A province's published total by rank; only a source that gives the ranks makes one."""

    province_id: str
    place: str
    year: str
    five: int
    potential: int
    four: int
    three: int
    source_title: str

    @property
    def total(self) -> int:
        return self.five + self.potential + self.four + self.three


def star_splits(figures: Sequence[Figure]) -> list[StarSplit]:
    """Published totals by rank, one for each province and year that has them."""
    by_place: dict[tuple[str, str], dict[str, Figure]] = {}
    for figure in figures:
        by_place.setdefault((figure.province_id, figure.year), {})[figure.measure] = figure
    return [
        StarSplit(
            province_id=measures["products_3star"].province_id,
            place=measures["products_3star"].place,
            year=measures["products_3star"].year,
            five=_value(measures, "products_5star"),
            potential=_value(measures, "products_potential_5star"),
            four=_value(measures, "products_4star"),
            three=_value(measures, "products_3star"),
            source_title=measures["products_3star"].source_title,
        )
        for measures in by_place.values()
        if "products_3star" in measures
    ]


def _value(measures: Mapping[str, Figure], measure: str) -> int:
    return (measures[measure].value or 0) if measure in measures else 0
