"""The dashboard's figures: the register counted, set against targets, beside what provinces have published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from app.catalogue.models import PRODUCER_KINDS
from app.certification.expiring import Expiring, expiring
from app.certification.queries import (
    NO_CERTIFICATE,
    NOT_KNOWN,
    RegisterCounts,
    producers_by_kind,
    register_counts,
)
from app.certification.standing import StandingState
from app.geography.lookup import Gazetteer, Province
from app.targets.figures import (
    Figure,
    Register,
    StarSplit,
    Target,
    published_figures,
    star_splits,
    targets,
)

NEAR: Final = 180
RANKS: Final = ("5", "4", "3")
TOTALS: Final = (
    "products_total",
    "products_certified_3_to_5star",
    "products_valid_3_to_5star",
    "certified_3star_up_total_target",
    "products_registered_for_standardisation",
)
"""The measure that says most of a province's whole, in the order of preference."""


@dataclass(frozen=True, slots=True)
class CountLine:
    """A value of a dimension, how many products have it, and that as a share of the longest line (0 to 1)."""

    value: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class TargetsOf:
    """The targets of one province as its sources name it."""

    province: Province
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Dashboard:
    """All figures of the dashboard. `lines` by dimension; `published` one figure a province, `splits` those by rank."""

    counts: RegisterCounts
    lines: Mapping[str, tuple[CountLine, ...]]
    targets: tuple[TargetsOf, ...]
    published: tuple[Figure, ...]
    splits: tuple[StarSplit, ...]
    expiring: Expiring


def dashboard(session: Session, places: Gazetteer, unit: Province, on: dt.date) -> Dashboard:
    """Count, compare and list for one unit on one day, in a fixed number of queries."""
    counts = register_counts(session, unit, on)
    producers = producers_by_kind(session, unit, on)
    figures = published_figures(session)
    parts = [unit] if not unit.is_today else [unit, *places.former_of(unit.id)]
    compared = [TargetsOf(part, tuple(_targets(figures, part, counts, producers))) for part in parts]
    return Dashboard(
        counts=counts,
        lines={
            "stars": _lines(counts, "stars", (*RANKS, NOT_KNOWN, NO_CERTIFICATE)),
            "standing": _lines(counts, "standing", tuple(StandingState)),
            "group": _lines(counts, "group"),
            "kind": _lines(counts, "kind", PRODUCER_KINDS),
            "year": _lines(counts, "year", sorted(counts.by("year"))),
        },
        targets=tuple(province for province in compared if province.targets),
        published=_published(figures),
        splits=tuple(star_splits(figures)),
        expiring=expiring(session, unit, on, within=NEAR),
    )


def _targets(
    figures: Sequence[Figure],
    province: Province,
    counts: RegisterCounts,
    producers: Mapping[tuple[str, str], int],
) -> list[Target]:
    own = {kind: count for (province_id, kind), count in producers.items() if province_id == province.id}
    return targets(figures, Register(province.id, counts.within(province.id), own))


def _lines(
    counts: RegisterCounts, dimension: str, order: Sequence[str] | None = None
) -> tuple[CountLine, ...]:
    """The values that occur, in the order given or the fullest first."""
    counted = counts.by(dimension)
    longest = max(counted.values(), default=0)
    values = [value for value, _ in counted.most_common()] if order is None else order
    return tuple(
        CountLine(value, counted[value], counted[value] / longest) for value in values if counted[value]
    )


def _published(figures: Sequence[Figure]) -> tuple[Figure, ...]:
    by_province: dict[str, dict[str, Figure]] = {}
    for figure in figures:
        by_province.setdefault(figure.province_id, {})[figure.measure] = figure
    return tuple(
        next(published[measure] for measure in TOTALS if measure in published)
        for published in by_province.values()
        if any(measure in published for measure in TOTALS)
    )
