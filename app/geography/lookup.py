"""Provinces of both schemes and former districts, cached in memory: asked on every request without a query."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.core.text import exact_tokens, fold, nfc, spelling, tokens
from app.geography.models import (
    VN34,
    VN34_FROM,
    VN63,
    VN63_UNTIL,
    AdministrativeUnit,
    AdministrativeUnitSuccession,
    Scheme,
    UnitLevel,
)
from app.geography.names import KINDS, OTHER_NAMES, joined_names, name_key, query_keys, stands_in

_WORD: Final = re.compile(r"[^\W_]{4,}")  # two words of two letters, run together: "sapa"


@dataclass(frozen=True, slots=True)
class Province:
    """A province or centrally run city of one scheme. `lat` and `lon` in degrees (WGS 84)."""

    id: str
    scheme: Scheme
    code: str
    kind: str
    name: str
    short_name: str
    slug: str
    folded: str
    lat: float
    lon: float
    other_names: tuple[str, ...]

    @property
    def is_today(self) -> bool:
        return self.scheme == VN34

    def exists_on(self, day: dt.date) -> bool:
        """Whether it is a province on that day: the former ones to 30 June 2025, today's from 1 July 2025."""
        return day >= VN34_FROM if self.is_today else day <= VN63_UNTIL


@dataclass(frozen=True, slots=True)
class District:
    """A district as of June 2025; `label` as in an address ("huyện Trấn Yên")."""

    id: str
    kind: str
    name: str
    short_name: str
    folded: str
    province_id: str
    today_label: str | None
    """The special zone an island district became ("đặc khu Lý Sơn"); other districts have no heir of their own."""

    @property
    def label(self) -> str:
        return unit_label(self.name)


def unit_label(name: str) -> str:
    """A full name as it stands inside an address: "Xã Quy Mông" → "xã Quy Mông"."""
    return name[:1].lower() + name[1:]


class Gazetteer:
    """Immutable look-ups over the provinces (34 and 63) and the former districts. Get it by `gazetteer(session)`."""

    def __init__(
        self, provinces: Iterable[Province], districts: Iterable[District], heirs: Iterable[tuple[str, str]]
    ) -> None:
        self._by_id = {province.id: province for province in provinces}
        self._by_slug = {province.slug: province for province in self._by_id.values()}
        self._today = dict(heirs)
        former: defaultdict[str, list[Province]] = defaultdict(list)
        for old, new in self._today.items():
            former[new].append(self._by_id[old])
        self._former = {key: tuple(sorted(merged, key=lambda p: p.code)) for key, merged in former.items()}
        self._by_name: dict[tuple[str, str], Province] = {}
        for province in self._by_id.values():
            for key in _keys(province):
                self._by_name[province.scheme, key] = province
                self._by_slug.setdefault(key.replace(" ", "-"), province)
                self._by_slug.setdefault(key.replace(" ", ""), province)
        self._schemes = {
            scheme: tuple(
                p for p in sorted(self._by_id.values(), key=lambda p: p.folded) if p.scheme == scheme
            )
            for scheme in (VN34, VN63)
        }
        self._districts: defaultdict[tuple[str, str], list[District]] = defaultdict(list)
        self._districts_by_id = {district.id: district for district in districts}
        for district in self._districts_by_id.values():
            self._districts[district.province_id, district.folded].append(district)
        self._names = [
            (province, name, name_key(name))
            for province in self._by_id.values()
            for name in (province.short_name, *province.other_names)
        ]
        self._joined = joined_names(
            [*(name for _, name, _ in self._names), *(d.short_name for d in self._districts_by_id.values())]
        )

    def province(self, province_id: str) -> Province | None:
        """The province of this id, such as "VN34-15"."""
        return self._by_id.get(province_id)

    def provinces(self, scheme: Scheme = VN34) -> tuple[Province, ...]:
        """All of a scheme in the order of their unaccented names."""
        return self._schemes[scheme]

    @property
    def slugs(self) -> tuple[str, ...]:
        """Every slug that `province_by_slug` knows, in no order that means anything."""
        return tuple(self._by_slug)

    def province_by_slug(self, slug: str) -> Province | None:
        """By slug, today's or former: `lao-cai` is today's, `lao-cai@vn63` and `yen-bai` are former ones."""
        return self._by_slug.get(slug)

    def province_by_name(self, name: str, scheme: Scheme | None = None) -> Province | None:
        """By name: with or without kind word, accents and blanks, older spellings too; today's first."""
        for kind, key in query_keys(self.part_names(name)):
            if kind not in (None, "Tỉnh", "Thành phố"):
                continue
            for wanted in (scheme,) if scheme else (VN34, VN63):
                province = self._by_name.get((wanted, key))
                if province is not None:
                    return province
        return None

    def today_of(self, province_id: str) -> Province:
        """Today's province of a former one (every merger took whole provinces), or the same when it is today's.

        Raises KeyError for an id that is no province.
        """
        return self._by_id[self._today.get(province_id, province_id)]

    def former_of(self, province_id: str) -> tuple[Province, ...]:
        """The former provinces (1 to 3) that make up one of today's; none for an id that is not today's."""
        return self._former.get(province_id, ())

    def province_then_and_now(self, province_id: str) -> tuple[str, str]:
        """A province's name at its time and today's: ("Yên Bái", "Lào Cai"), or twice the same."""
        return self._by_id[province_id].short_name, self.today_of(province_id).short_name

    def province_terms(self, province_id: str) -> list[str]:
        """Names under which goods of this province are sought: its own, older spellings, today's."""
        then, now = self._by_id[province_id], self.today_of(province_id)
        terms = (then.short_name, *then.other_names, now.short_name, *now.other_names)
        return list(dict.fromkeys(terms))

    def part_names(self, text: str) -> str:
        """Text with names of provinces and former districts that are run together in it parted, without accents.

        "Cà phê Daklak" → "Cà phê dak lak". Texts that are searched and what is asked of them are both read so.
        """
        return _WORD.sub(lambda word: self._joined.get(spelling(fold(word[0])), word[0]), nfc(text))

    def named_in(self, text: str) -> list[Province]:
        """Provinces of both schemes whose name stands in a text, whole, with or without its accents."""
        parted = self.part_names(text)
        folded, typed = tokens(parted), exact_tokens(parted)
        if len(folded) != len(typed):  # signs outside Vietnamese that split differently without accents
            typed = folded
        key = f" {' '.join(folded)} "
        found = (
            province
            for province, name, folded_name in self._names
            if f" {folded_name} " in key and stands_in(name, folded, typed)
        )
        return list(dict.fromkeys(found))

    def district_by_id(self, district_id: str) -> District | None:
        """The former district of this id, such as "VN63-135"."""
        return self._districts_by_id.get(district_id)

    def district(self, name: str, province_id: str) -> District | None:
        """A former district by name within a former province; "Kỳ Anh" alone is the huyện, "TX Kỳ Anh" the town."""
        for kind, key in query_keys(name):
            namesakes = self._districts.get((province_id, key), ())
            for wanted in (kind,) if kind else KINDS[UnitLevel.DISTRICT]:
                for district in namesakes:
                    if district.kind == wanted:
                        return district
        return None


def _keys(province: Province) -> tuple[str, ...]:
    return (province.folded, *(name_key(name) for name in province.other_names))


_cache: WeakKeyDictionary[sa.Engine, Gazetteer] = WeakKeyDictionary()


def gazetteer(session: Session) -> Gazetteer:
    """The provinces in the session's database, read at the first call of this process and cached.

    An empty database is not remembered. Other processes see what `load_units` changed when they look at the change log.
    """
    engine = session.get_bind().engine
    cached = _cache.get(engine)
    if cached is None:
        cached = _read(session)
        if cached.provinces(VN34):
            _cache[engine] = cached
    return cached


def forget(session: Session) -> None:
    """Read the provinces of this database anew at the next call, in this process."""
    forget_places(session.get_bind().engine)


def forget_places(engine: sa.Engine) -> None:
    """`forget`, without a session."""
    _cache.pop(engine, None)


def _read(session: Session) -> Gazetteer:
    units = session.execute(
        sa.select(AdministrativeUnit.__table__).where(
            AdministrativeUnit.level.in_((UnitLevel.PROVINCE, UnitLevel.DISTRICT))
        )
    ).all()
    old, new = aliased(AdministrativeUnit), aliased(AdministrativeUnit)
    heirs = session.execute(
        sa.select(old.id, old.level, new.id, new.name)
        .join(AdministrativeUnitSuccession, AdministrativeUnitSuccession.old_id == old.id)
        .join(new, AdministrativeUnitSuccession.new_id == new.id)
        .where(
            old.level.in_((UnitLevel.PROVINCE, UnitLevel.DISTRICT)), AdministrativeUnitSuccession.is_default
        )
        .order_by(old.id)
    ).all()
    zones = {old_id: unit_label(name) for old_id, level, _, name in heirs if level == UnitLevel.DISTRICT}
    return Gazetteer(
        provinces=[
            Province(
                id=unit.id,
                scheme=unit.scheme,
                code=unit.code,
                kind=unit.kind,
                name=unit.name,
                short_name=unit.short_name,
                slug=unit.slug,
                folded=unit.folded,
                lat=unit.lat,
                lon=unit.lon,
                other_names=OTHER_NAMES.get(unit.id, ()),
            )
            for unit in units
            if unit.level == UnitLevel.PROVINCE
        ],
        districts=[
            District(
                id=unit.id,
                kind=unit.kind,
                name=unit.name,
                short_name=unit.short_name,
                folded=unit.folded,
                province_id=unit.parent_id,
                today_label=zones.get(unit.id),
            )
            for unit in units
            if unit.level == UnitLevel.DISTRICT
        ],
        heirs=[(old_id, new_id) for old_id, level, new_id, _ in heirs if level == UnitLevel.PROVINCE],
    )
