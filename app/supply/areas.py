"""Raw-material areas (vùng nguyên liệu): opened, changed and closed by the producer who declares them."""

from __future__ import annotations

import datetime as dt
import math
import re

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.audit import Actor, record
from app.core.errors import InvalidInput, NotFound, WrongState
from app.core.text import clean_line, slugify
from app.geography.communes import commune
from app.geography.geojson import MAX_HECTARES, AreaGeometry
from app.geography.lookup import gazetteer
from app.supply import recording
from app.supply.models import Batch, BatchArea, RawMaterialArea

LONGEST_NAME = 120
LONGEST_TEXT = 200


def open_area(
    session: Session,
    *,
    producer_id: int,
    name: str,
    province_id: str,
    commune_id: str | None = None,
    district: str | None = None,
    crop: str | None = None,
    hectares: float | None = None,
    standards: str | None = None,
    geometry: AreaGeometry | None = None,
    example: bool = False,
    actor: Actor,
    now: dt.datetime,
) -> RawMaterialArea:
    """Declare an area. Without `hectares` a drawn polygon's own measure is taken.

    Raises InvalidInput at name, province, commune, district, crop, hectares or standards.
    """
    area = RawMaterialArea(producer_id=producer_id, slug="", name="", example=example, created_at=now)
    _describe(
        session,
        area,
        name=name,
        province_id=province_id,
        commune_id=commune_id,
        district=district,
        crop=crop,
        hectares=hectares,
        standards=standards,
        geometry=geometry,
    )
    area.slug = _free_slug(session, area.name)
    session.add(area)
    session.flush()
    record(session, "area.opened", ("area", area.id), actor=actor, now=now, name=area.name)
    recording.area_opened(session, area, now=now)
    return area


def change_area(
    session: Session,
    *,
    producer_id: int,
    area_id: int,
    name: str,
    province_id: str,
    commune_id: str | None = None,
    district: str | None = None,
    crop: str | None = None,
    hectares: float | None = None,
    standards: str | None = None,
    geometry: AreaGeometry | None = None,
    actor: Actor,
    now: dt.datetime,
) -> RawMaterialArea:
    """Describe an open area anew; its address (slug) stays. The stories of its batches show the change.

    Raises NotFound, WrongState when closed, InvalidInput as `open_area`.
    """
    area = _own_open_area(session, producer_id, area_id)
    before = {"name": area.name, "hectares": area.hectares, "commune_id": area.commune_id}
    _describe(
        session,
        area,
        name=name,
        province_id=province_id,
        commune_id=commune_id,
        district=district,
        crop=crop,
        hectares=hectares,
        standards=standards,
        geometry=geometry,
    )
    session.flush()
    _renew_stories(session, area.id)
    record(session, "area.changed", ("area", area.id), actor=actor, now=now, before=before, name=area.name)
    recording.area_changed(session, area, now=now)
    return area


def close_area(
    session: Session, *, producer_id: int, area_id: int, actor: Actor, now: dt.datetime
) -> RawMaterialArea:
    """Take an area out of use: no new batch names it, the batches that did still name it.

    Raises NotFound, WrongState when already closed.
    """
    area = _own_open_area(session, producer_id, area_id)
    area.closed_at = now
    session.flush()
    record(session, "area.closed", ("area", area.id), actor=actor, now=now, name=area.name)
    recording.area_closed(session, area, now=now)
    return area


def _own_open_area(session: Session, producer_id: int, area_id: int) -> RawMaterialArea:
    area = session.scalar(
        sa.select(RawMaterialArea)
        .where(RawMaterialArea.id == area_id, RawMaterialArea.producer_id == producer_id)
        .with_for_update()
    )
    if area is None:
        raise NotFound
    if area.closed_at is not None:
        raise WrongState("area-closed", name=area.name)
    return area


def _describe(
    session: Session,
    area: RawMaterialArea,
    *,
    name: str,
    province_id: str,
    commune_id: str | None,
    district: str | None,
    crop: str | None,
    hectares: float | None,
    standards: str | None,
    geometry: AreaGeometry | None,
) -> None:
    stored_name = clean_text(name, field="name", most=LONGEST_NAME)
    if stored_name is None:
        raise InvalidInput("missing", field="name")
    area.name = stored_name
    area.province_id, area.commune_id = _placed(session, province_id, commune_id)
    area.district = clean_text(district, field="district", most=LONGEST_TEXT)
    area.crop = clean_text(crop, field="crop", most=LONGEST_TEXT)
    area.standards = clean_text(standards, field="standards", most=LONGEST_TEXT)
    area.hectares = _measured(hectares, geometry)
    area.geometry = geometry.geojson if geometry else None
    area.latitude = geometry.lat if geometry else None
    area.longitude = geometry.lon if geometry else None


def clean_text(text: str | None, *, field: str, most: int) -> str | None:
    """Text as stored: composed, trimmed, None when empty. Raises InvalidInput when longer than `most`."""
    clean = clean_line(text or "")
    if len(clean) > most:
        raise InvalidInput("too-long", field=field, most=most)
    return clean or None


def _placed(session: Session, province_id: str, commune_id: str | None) -> tuple[str, str | None]:
    if gazetteer(session).province(province_id) is None:
        raise InvalidInput("unknown-province", field="province")
    if not commune_id:
        return province_id, None
    unit = commune(session, commune_id)
    if unit is None or unit.province_id != province_id:
        raise InvalidInput("commune-not-in-province", field="commune")
    return province_id, unit.id


def _measured(hectares: float | None, geometry: AreaGeometry | None) -> float | None:
    if hectares is None:
        return geometry.hectares if geometry else None
    if not math.isfinite(hectares) or not 0 < hectares <= MAX_HECTARES:
        raise InvalidInput("hectares-out-of-range", field="hectares", most=MAX_HECTARES)
    return round(hectares, 4)


def _free_slug(session: Session, name: str) -> str:
    wanted = slugify(name) or "vung-nguyen-lieu"
    taken = set(
        session.scalars(
            sa.select(RawMaterialArea.slug).where(RawMaterialArea.slug.startswith(wanted, autoescape=True))
        )
    )
    if wanted not in taken:
        return wanted
    numbers = [int(match[1]) for slug in taken if (match := re.fullmatch(rf"{wanted}-(\d+)", slug))]
    return f"{wanted}-{max(numbers, default=1) + 1}"


def _renew_stories(session: Session, area_id: int) -> None:
    batches = sa.select(BatchArea.batch_id).where(BatchArea.area_id == area_id)
    session.execute(
        sa.update(Batch)
        .where(Batch.id.in_(batches))
        .values(version=Batch.version + 1)
        # What the stories show of it is the area's own topic.
        .execution_options(synchronize_session="fetch", changes=())
    )
