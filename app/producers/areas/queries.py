"""Reads of the areas, and the shape of an area as a small picture."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.errors import InvalidInput, NotFound
from app.core.text import fold
from app.geography.maps import project_mini, vietnam_map
from app.supply.models import Batch, BatchArea, RawMaterialArea
from app.supply.queries import AreaFacts, areas_of

_BOX_WIDTH, _BOX_HEIGHT, _MARGIN = 320.0, 200.0, 14.0


@dataclass(frozen=True, slots=True)
class Outline:
    """A drawn area as an SVG: `path` in a box of 320 × 200, north up; a point has a `dot` instead."""

    path: str
    dot: tuple[float, float] | None
    view_box: str = f"0 0 {_BOX_WIDTH:g} {_BOX_HEIGHT:g}"


@dataclass(frozen=True, slots=True)
class OnMap:
    """Where a place stands on the small map of the country: its dots, and x, y in their frame."""

    dots: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An area in the list; `batches` name it."""

    facts: AreaFacts
    outline: Outline | None
    batches: int


def on_map(lat: float, lon: float) -> OnMap:
    """A place (degrees, WGS 84) on the small map."""
    x, y = project_mini(lat, lon)
    return OnMap(vietnam_map().mini_path, x, y)


def areas_in_list(session: Session, producer_id: int) -> list[AreaRow]:
    """A producer's areas, those in use first."""
    areas = areas_of(session, producer_id, closed=True)
    rows = session.execute(
        sa.select(BatchArea.area_id, sa.func.count())
        .join(Batch, Batch.id == BatchArea.batch_id)
        .where(Batch.producer_id == producer_id)
        .group_by(BatchArea.area_id)
    )
    counts = {row[0]: row[1] for row in rows}
    listed = [AreaRow(area, outline(area.geometry), counts.get(area.id, 0)) for area in areas]
    return sorted(listed, key=lambda row: row.facts.closed)


def own_area_by_slug(session: Session, producer_id: int, slug: str) -> RawMaterialArea:
    """The producer's area at this address. Raises NotFound for anybody else's."""
    area = session.scalar(
        sa.select(RawMaterialArea).where(
            RawMaterialArea.slug == slug, RawMaterialArea.producer_id == producer_id
        )
    )
    if area is None:
        raise NotFound
    return area


def require_new_area_name(session: Session, producer_id: int, name: str, *, but: int | None = None) -> None:
    """Two areas in use under one name are one area entered twice. Raises InvalidInput at name."""
    names = session.execute(
        sa.select(RawMaterialArea.id, RawMaterialArea.name).where(
            RawMaterialArea.producer_id == producer_id, RawMaterialArea.closed_at.is_(None)
        )
    )
    if any(fold(known) == fold(name) and area_id != but for area_id, known in names):
        raise InvalidInput("area-exists", field="name")


def outline(geometry: dict[str, Any] | None) -> Outline | None:
    """The picture of a checked GeoJSON geometry; None where there is none."""
    if not geometry:
        return None
    if geometry["type"] == "Point":
        return Outline("", (_BOX_WIDTH / 2, _BOX_HEIGHT / 2))
    rings = list(_rings(geometry))
    squeeze = math.cos(math.radians(rings[0][0][1]))
    flat = [[(lon * squeeze, -lat) for lon, lat in ring] for ring in rings]
    xs = [x for ring in flat for x, _ in ring]
    ys = [y for ring in flat for _, y in ring]
    wide, high = max(xs) - min(xs), max(ys) - min(ys)
    scale = min((_BOX_WIDTH - 2 * _MARGIN) / (wide or 1e-9), (_BOX_HEIGHT - 2 * _MARGIN) / (high or 1e-9))
    left = (_BOX_WIDTH - wide * scale) / 2 - min(xs) * scale
    top = (_BOX_HEIGHT - high * scale) / 2 - min(ys) * scale
    drawn = (
        "M" + "L".join(f"{x * scale + left:.1f} {y * scale + top:.1f}" for x, y in ring[:-1]) + "Z"
        for ring in flat
    )
    return Outline("".join(drawn), None)


def _rings(geometry: dict[str, Any]) -> Iterator[list[list[float]]]:
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    for polygon in polygons:
        yield from polygon
