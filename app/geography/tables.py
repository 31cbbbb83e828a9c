"""The shipped tables of units and successions, read from CSV and checked row by row."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from app.core.errors import InvalidInput
from app.core.states import known
from app.core.text import slugify
from app.geography.models import VN34, VN34_FROM, VN63, VN63_UNTIL, Scheme, UnitLevel, unit_id
from app.geography.names import name_key, split_name

UNITS_FILE: Final = "admin_units.csv"
SUCCESSIONS_FILE: Final = "admin_unit_successions.csv"
UNIT_COLUMNS: Final = ("scheme", "code", "level", "name", "parent_code", "lat", "lon", "area_km2")
SUCCESSION_COLUMNS: Final = ("level", "old_code", "new_code", "is_default")
LEVELS: Final = {UnitLevel.PROVINCE: 2, UnitLevel.DISTRICT: 3, UnitLevel.COMMUNE: 5}
"""Digits of a code at each level."""
_PARENT_LEVEL: Final = {
    (VN34, UnitLevel.COMMUNE): UnitLevel.PROVINCE,
    (VN63, UnitLevel.COMMUNE): UnitLevel.DISTRICT,
    (VN63, UnitLevel.DISTRICT): UnitLevel.PROVINCE,
}
_VALIDITY: Final[dict[Scheme, tuple[dt.date | None, dt.date | None]]] = {
    VN63: (None, VN63_UNTIL),
    VN34: (VN34_FROM, None),
}
_LATITUDES: Final = (6.0, 24.0)
_LONGITUDES: Final = (102.0, 118.0)

UnitRow = dict[str, Any]
SuccessionRow = dict[str, Any]


class BadRow(InvalidInput):
    """A row of a shipped table cannot be taken: `file`, `line` (the header is 1), `column`, `reason` in English."""

    code = "bad-row"

    def __init__(self, file: str, line: int, column: str, reason: str) -> None:
        super().__init__(file=file, line=line, column=column, reason=reason)

    def __str__(self) -> str:
        return "{file}, line {line}, column {column}: {reason}".format(**self.facts)


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, restkey="+")
        if tuple(reader.fieldnames or ()) != columns:
            raise BadRow(
                path.name, 1, ",".join(columns), f"the header reads {','.join(reader.fieldnames or ())}"
            )
        for row in reader:
            if "+" in row or None in row.values():
                raise BadRow(path.name, reader.line_num, columns[-1], f"there are not {len(columns)} columns")
            yield reader.line_num, row


class _UnitReader:
    """Reads the units; provinces come before their districts and communes, whatever the order of the file."""

    def __init__(self, path: Path) -> None:
        self.file = path.name
        self.lines = list(_rows(path, UNIT_COLUMNS))
        self.units: dict[str, UnitRow] = {}

    def read(self) -> dict[str, UnitRow]:
        for line, row in self.lines:
            if known(UnitLevel, row["level"]) is None:
                raise BadRow(self.file, line, "level", f"{row['level']!r} is none of {', '.join(LEVELS)}")
        for level in LEVELS:
            for line, row in self.lines:
                if row["level"] == level:
                    self._add(line, row)
        _give_slugs(self.units)
        return self.units

    def _add(self, line: int, row: dict[str, str]) -> None:
        scheme, code, level = known(Scheme, row["scheme"]), row["code"], UnitLevel(row["level"])
        if scheme is None:
            raise BadRow(self.file, line, "scheme", f"{row['scheme']!r} is neither VN63 nor VN34")
        if len(code) != LEVELS[level] or not (code.isascii() and code.isdigit()):
            raise BadRow(self.file, line, "code", f"{code!r} is not of {LEVELS[level]} digits")
        key = unit_id(scheme, code)
        if key in self.units:
            raise BadRow(self.file, line, "code", f"{key} stands twice")
        names = split_name(row["name"], level)
        if names is None:
            raise BadRow(
                self.file, line, "name", f"{row['name']!r} does not begin with the kind of a {level}"
            )
        kind, short_name = names
        valid_from, valid_until = _VALIDITY[scheme]
        self.units[key] = {
            "id": key,
            "scheme": scheme,
            "code": code,
            "level": level,
            "kind": kind,
            "name": row["name"],
            "short_name": short_name,
            "slug": None,
            "folded": name_key(short_name),
            "parent_id": self._parent(line, row),
            "lat": self._number(line, row, "lat", *_LATITUDES),
            "lon": self._number(line, row, "lon", *_LONGITUDES),
            "area_km2": self._number(line, row, "area_km2", 0.01, 50_000) if row["area_km2"] else None,
            "valid_from": valid_from,
            "valid_until": valid_until,
        }

    def _parent(self, line: int, row: dict[str, str]) -> str | None:
        scheme, level, code = Scheme(row["scheme"]), UnitLevel(row["level"]), row["parent_code"]
        wanted = _PARENT_LEVEL.get((scheme, level))
        if wanted is None and level == UnitLevel.PROVINCE and not code:
            return None
        key = unit_id(scheme, code)
        if wanted is None or key not in self.units or self.units[key]["level"] != wanted:
            raise BadRow(self.file, line, "parent_code", f"{code!r} is no {wanted or 'parent'} of {scheme}")
        return key

    def _number(self, line: int, row: dict[str, str], column: str, least: float, most: float) -> float:
        try:
            value = float(row[column])
        except ValueError:
            raise BadRow(self.file, line, column, f"{row[column]!r} is not a number") from None
        if not least <= value <= most:
            raise BadRow(self.file, line, column, f"{value} is not between {least} and {most}")
        return value


def _give_slugs(units: dict[str, UnitRow]) -> None:
    provinces = [unit for unit in units.values() if unit["level"] == UnitLevel.PROVINCE]
    today = {slugify(unit["short_name"]) for unit in provinces if unit["scheme"] == VN34}
    for unit in provinces:
        slug = slugify(unit["short_name"])
        unit["slug"] = f"{slug}@vn63" if unit["scheme"] == VN63 and slug in today else slug


def read_units(data_dir: Path) -> dict[str, UnitRow]:
    """Every unit by its id, parents before children, as rows of `administrative_units`. Raises BadRow."""
    return _UnitReader(data_dir / UNITS_FILE).read()


def read_successions(data_dir: Path, units: dict[str, UnitRow]) -> dict[tuple[str, str], SuccessionRow]:
    """Every succession by (old id, new id), checked against `units`.

    Raises BadRow; also where a former province or commune has no main heir, or more than one.
    """
    path = data_dir / SUCCESSIONS_FILE
    successions: dict[tuple[str, str], SuccessionRow] = {}
    heirs: Counter[str] = Counter()
    last = 1
    for last, row in _rows(path, SUCCESSION_COLUMNS):
        old, new = unit_id(VN63, row["old_code"]), unit_id(VN34, row["new_code"])
        for column, key in (("old_code", old), ("new_code", new)):
            if key not in units:
                raise BadRow(path.name, last, column, f"there is no unit {key}")
        if units[old]["level"] != row["level"]:
            raise BadRow(path.name, last, "level", f"{old} is a {units[old]['level']}")
        if row["is_default"] not in ("0", "1"):
            raise BadRow(path.name, last, "is_default", f"{row['is_default']!r} is neither 0 nor 1")
        if (old, new) in successions:
            raise BadRow(path.name, last, "new_code", f"{old} to {new} stands twice")
        is_default = row["is_default"] == "1"
        heirs[old] += is_default
        if heirs[old] > 1:
            raise BadRow(path.name, last, "is_default", f"{old} has a second main heir")
        successions[old, new] = {"old_id": old, "new_id": new, "is_default": is_default}
    for key, unit in units.items():
        needs_heir = unit["scheme"] == VN63 and unit["level"] != UnitLevel.DISTRICT
        if (needs_heir or key in heirs) and heirs[key] != 1:
            raise BadRow(path.name, last, "old_code", f"{key} has no main heir")
    return successions
