"""A place as text: as it was at the time, and what it is today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy.orm import Session

from app.geography.communes import Commune, communes_by_id, successors_of
from app.geography.lookup import District, Gazetteer, Province, gazetteer


class PlaceKey(NamedTuple):
    """What a record knows of its place: ids of units, and the text of its source where the tables know no unit.

    `province_id` shows of which time the record is: with a former province its address is that of before July 2025,
    even where `commune_id` stands only among today's.
    """

    commune_id: str | None
    province_id: str
    district: str | None = None
    commune: str | None = None


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A place for a page. The names are data and stay Vietnamese in every language.

    A page in another language joins them in its own way: `at_time`, and where `changed`, `today`.
    """

    at_time: str
    """"xã Quy Mông, huyện Trấn Yên, Yên Bái": as on the certificate or label."""
    today: str
    """"xã Quy Mông, Lào Cai"."""
    changed: bool
    """Someone who reads `at_time` would not find the place under that name today."""
    split: bool
    """The former commune was divided; `today` names its main heir."""
    province_then: Province
    province_now: Province
    commune: Commune | None
    commune_now: Commune | None
    lat: float
    lon: float

    @property
    def province_changed(self) -> bool:
        """The province bears another name today."""
        return self.province_then.short_name != self.province_now.short_name


_MOST_CACHED: Final = 20_000
_cache: WeakKeyDictionary[Gazetteer, dict[PlaceKey, PlaceView]] = WeakKeyDictionary()


def places(session: Session, keys: Sequence[PlaceKey]) -> list[PlaceView]:
    """The views of many places, in the order of `keys`, with at most two queries.

    Names of places are cached with the provinces (`gazetteer`), so a place known to this process costs no query.
    Raises KeyError for an unknown province; an unknown commune id is left out of the text.
    """
    names = gazetteer(session)
    cached = _cache.setdefault(names, {})
    views = {key: view for key in keys if (view := cached.get(key)) is not None}
    missing = {key for key in keys if key not in views}
    if missing:
        ids = {key.commune_id for key in missing if key.commune_id}
        communes = communes_by_id(session, ids)
        heirs = successors_of(session, ids)
        fresh = {
            key: _view(names, key, communes.get(key.commune_id or ""), heirs.get(key.commune_id or "", []))
            for key in missing
        }
        if len(cached) + len(fresh) > _MOST_CACHED:
            cached.clear()
        cached.update(fresh)
        views |= fresh
    return [views[key] for key in keys]


def place(
    session: Session, commune_id: str | None, province_id: str, district: str | None = None
) -> PlaceView:
    """The view of one place; for a list ask `places` once."""
    return places(session, [PlaceKey(commune_id, province_id, district)])[0]


def _view(
    names: Gazetteer, key: PlaceKey, commune: Commune | None, heirs: list[tuple[Commune, bool]]
) -> PlaceView:
    then = names.province(key.province_id)
    if then is None:
        raise KeyError(key.province_id)
    now = names.today_of(then.id)
    district = _district(names, key, commune, then)
    commune_now = heirs[0][0] if heirs else commune
    zone = district.today_label if district and commune is None else None
    first = commune_now.label if commune_now else zone
    today = f"{first}, {now.short_name}" if first else now.short_name
    at_time = _address_then(key, commune, district, then, now)
    spot = commune or then
    return PlaceView(
        at_time=at_time,
        today=today,
        changed=at_time != today if first else then.short_name != now.short_name,
        split=len(heirs) > 1,
        province_then=then,
        province_now=now,
        commune=commune,
        commune_now=commune_now,
        lat=spot.lat,
        lon=spot.lon,
    )


def _district(
    names: Gazetteer, key: PlaceKey, commune: Commune | None, province: Province
) -> District | None:
    if commune is not None and commune.district_id:
        return names.district_by_id(commune.district_id)
    return names.district(key.district, province.id) if key.district else None


def _address_then(
    key: PlaceKey, commune: Commune | None, district: District | None, then: Province, now: Province
) -> str:
    """The address as the record gives it, with kind words where the tables know the unit."""
    district_label = None if then.is_today else district.label if district else key.district
    if commune is None:
        commune_label = key.commune
    elif commune.scheme == then.scheme or (district_label is None and then.short_name == now.short_name):
        commune_label = commune.label
    else:  # today's commune in a former address: its kind then is not known
        commune_label = commune.short_name
    return ", ".join(part for part in (commune_label, district_label, then.short_name) if part)
