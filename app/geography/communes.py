"""Communes, asked from the database: by name, by province, and what became of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.geography.lookup import Gazetteer, gazetteer, unit_label
from app.geography.models import VN63, AdministrativeUnit, AdministrativeUnitSuccession, Scheme, UnitLevel
from app.geography.names import KINDS, query_keys


@dataclass(frozen=True, slots=True)
class Commune:
    """A xã, phường, thị trấn or đặc khu of one scheme. Degrees (WGS 84); area in km², None before July 2025."""

    id: str
    scheme: Scheme
    code: str
    kind: str
    name: str
    short_name: str
    folded: str
    district_id: str | None
    province_id: str
    lat: float
    lon: float
    area_km2: float | None

    @property
    def label(self) -> str:
        """As in an address: "xã Quy Mông"."""
        return unit_label(self.name)


_unit = aliased(AdministrativeUnit, name="unit")
_parent = aliased(AdministrativeUnit, name="parent")
_province_id = sa.func.coalesce(_parent.parent_id, _parent.id)
_COLUMNS = (
    _unit.id,
    _unit.scheme,
    _unit.code,
    _unit.kind,
    _unit.name,
    _unit.short_name,
    _unit.folded,
    sa.case((_unit.scheme == VN63, _unit.parent_id)).label("district_id"),
    _province_id.label("province_id"),
    _unit.lat,
    _unit.lon,
    _unit.area_km2,
)
_COMMUNES = (
    sa.select(*_COLUMNS).join(_parent, _parent.id == _unit.parent_id).where(_unit.level == UnitLevel.COMMUNE)
)


def _communes(session: Session, statement: sa.Select[*tuple[object, ...]]) -> list[Commune]:
    return [Commune(**row) for row in session.execute(statement).mappings()]


def commune(session: Session, commune_id: str) -> Commune | None:
    """The commune of this id, such as "VN34-04345"; None for an id of another level."""
    communes = _communes(session, _COMMUNES.where(_unit.id == commune_id))
    return communes[0] if communes else None


def communes_by_id(session: Session, ids: Collection[str]) -> dict[str, Commune]:
    """Several communes in one query."""
    return {unit.id: unit for unit in _communes(session, _COMMUNES.where(_unit.id.in_(ids)))} if ids else {}


_cache: WeakKeyDictionary[Gazetteer, dict[str, Sequence[Commune]]] = WeakKeyDictionary()


def communes_of(session: Session, province_id: str) -> Sequence[Commune]:
    """The communes of a province, today's or former, in the order of their unaccented names.

    Every checkout asks, so they are cached with the provinces (`gazetteer`).
    """
    cached = _cache.setdefault(gazetteer(session), {})
    if province_id not in cached:
        inside = sa.or_(_parent.id == province_id, _parent.parent_id == province_id)
        communes = _communes(session, _COMMUNES.where(inside).order_by(_unit.folded, _unit.id))
        if not communes:
            return ()
        cached[province_id] = tuple(communes)
    return cached[province_id]


def find_commune(
    session: Session, name: str, *, province: str, district: str | None = None
) -> Commune | None:
    """The commune of this name in a province (id), or None when there is none or more than one fits.

    In a former province its former communes are asked first, then those of the province it became, for recent records
    name these. A district narrows both: to its own communes, and to those that hold a part of them today.
    A kind word ("Thị trấn Cầu Kè") decides between communes of one name; without it a xã goes before a phường or a
    town of the same district. A district that was dissolved before June 2025 cannot narrow; the name must then be the
    only one among the former communes of the province.
    """
    places = gazetteer(session)
    readings = query_keys(name)
    keys = [key for _, key in readings]
    inside = places.district(district, province) if district else None
    former = _named(session, keys, province)
    if inside:
        former = [unit for unit in former if unit.district_id == inside.id]
    matches = _fitting(former, readings)
    now = places.today_of(province).id
    if not matches and now != province and (inside or not district):
        matches = _named(session, keys, now)
        if inside and matches:
            heirs = _heirs_of_district(session, inside.id)
            matches = [unit for unit in matches if unit.id in heirs]
        matches = _fitting(matches, readings)
    return matches[0] if len(matches) == 1 else None


def _named(session: Session, keys: Sequence[str], province_id: str) -> list[Commune]:
    inside = sa.or_(_parent.id == province_id, _parent.parent_id == province_id)
    return _communes(session, _COMMUNES.where(_unit.folded.in_(keys), inside))


def _fitting(communes: Sequence[Commune], readings: Sequence[tuple[str | None, str]]) -> list[Commune]:
    """The communes meant by the likeliest reading that fits any; more than one when the name does not decide."""
    for kind, key in readings:
        named = [unit for unit in communes if unit.folded == key and kind in (None, unit.kind)]
        if kind is None and len({unit.district_id for unit in named}) == 1:
            first = min(KINDS[UnitLevel.COMMUNE].index(unit.kind) for unit in named)
            named = [unit for unit in named if unit.kind == KINDS[UnitLevel.COMMUNE][first]]
        if named:
            return named
    return []


def _heirs_of_district(session: Session, district_id: str) -> set[str]:
    """Today's communes that hold a part of a former district, and the special zone an island district became."""
    heirs = (
        sa.select(AdministrativeUnitSuccession.new_id)
        .join(_unit, _unit.id == AdministrativeUnitSuccession.old_id)
        .where(sa.or_(_unit.parent_id == district_id, _unit.id == district_id))
    )
    return set(session.scalars(heirs))


def successors(session: Session, commune_id: str) -> list[tuple[Commune, bool]]:
    """What a former commune became: the communes that hold a part of it, the main heir (True) first.

    Empty for one of today's communes. The island districts may be asked as well.
    """
    return successors_of(session, [commune_id]).get(commune_id, [])


def successors_of(session: Session, ids: Collection[str]) -> dict[str, list[tuple[Commune, bool]]]:
    """`successors` of several communes in one query; today's communes are left out."""
    if not ids:
        return {}
    link = AdministrativeUnitSuccession
    statement = (
        sa.select(link.old_id, link.is_default, *_COLUMNS)
        .select_from(link)
        .join(_unit, _unit.id == link.new_id)
        .join(_parent, _parent.id == _unit.parent_id)
        .where(link.old_id.in_(ids))
        .order_by(link.old_id, link.is_default.desc(), _unit.id)
    )
    by_former: dict[str, list[tuple[Commune, bool]]] = {}
    for row in session.execute(statement).mappings():
        facts = dict(row)
        old_id, is_default = facts.pop("old_id"), facts.pop("is_default")
        by_former.setdefault(old_id, []).append((Commune(**facts), is_default))
    return by_former


def today(session: Session, commune_id: str) -> Commune | None:
    """Today's commune for a former one (the main heir where it was split); today's communes are their own."""
    heirs = successors(session, commune_id)
    return heirs[0][0] if heirs else commune(session, commune_id)
