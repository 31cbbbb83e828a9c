"""The map of Việt Nam drawn from the points of today's communes: one path of dots a province, islands by name.

`build_map` and `write_map` make `data/vietnam_map.json` from the shipped tables; the application only reads it.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from app.geography.lookup import Gazetteer
from app.geography.models import VN34, UnitLevel
from app.geography.tables import UnitRow, read_units
from app.geography.territory import envelope_rings

MAP_FILE: Final = Path(__file__).parents[2] / "data" / "vietnam_map.json"

# Equirectangular: 60 units a degree of latitude; a degree of longitude is 0.96 of it, the cosine at 16° N.
_SCALE: Final = 60.0
_SQUEEZE: Final = 0.96
_NORTH: Final = 23.55
_WEST: Final = 101.944
VIEW_BOX: Final = "-20 0 800 916"
_MINI_CELL: Final = 26.0
MINI_VIEW_BOX: Final = "-0.5 -0.5 29 36"

ISLANDS: Final = ("VN34-20333", "VN34-22736")
"""Đặc khu Hoàng Sa and Đặc khu Trường Sa: always in the frame, with their names."""
_STEPS: Final = (1, 10, 30, 60)

_LABELS: Final[Mapping[str, tuple[int, int, str, bool]]] = {
    # Province: x, y, anchor, and whether it is left out on a narrow screen. Tuned by eye, clear of the dots.
    "VN34-15": (127, 31, "end", False),  # Lào Cai
    "VN34-19": (267, 30, "start", False),  # Thái Nguyên
    "VN34-22": (352, 160, "start", False),  # Quảng Ninh
    "VN34-25": (134, 179, "end", False),  # Phú Thọ
    "VN34-38": (157, 225, "end", True),  # Thanh Hóa
    "VN34-40": (137, 289, "end", True),  # Nghệ An
    "VN34-42": (272, 318, "start", True),  # Hà Tĩnh
    "VN34-44": (330, 376, "start", True),  # Quảng Trị
    "VN34-46": (357, 409, "start", True),  # Huế
    "VN34-48": (304, 492, "end", False),  # Đà Nẵng
    "VN34-51": (319, 547, "end", True),  # Quảng Ngãi
    "VN34-52": (446, 566, "start", True),  # Gia Lai
    "VN34-66": (453, 640, "start", True),  # Đắk Lắk
    "VN34-56": (440, 715, "start", True),  # Khánh Hòa
    "VN34-91": (111, 767, "end", False),  # An Giang
    "VN34-86": (299, 872, "start", False),  # Vĩnh Long
    "VN34-96": (150, 893, "end", True),  # Cà Mau
}
_ISLAND_NAME_BELOW: Final = 46
_ISLAND_PROVINCE_BELOW: Final = 72


@dataclass(frozen=True, slots=True)
class MapLabel:
    """Where a province's name and count stand; `minor` ones are left out on narrow screens."""

    x: int
    y: int
    anchor: str
    minor: bool


@dataclass(frozen=True, slots=True)
class ProvinceShape:
    """One province: `path` is an SVG path of zero-length strokes, a dot a commune; (`x`, `y`) their middle."""

    province_id: str
    path: str
    x: int
    y: int
    label: MapLabel | None


@dataclass(frozen=True, slots=True)
class IslandShape:
    """A special zone far at sea: its point, and where its name and its province's name stand (centred)."""

    unit_id: str
    name: str
    province_id: str
    x: int
    y: int
    name_y: int
    province_y: int


@dataclass(frozen=True, slots=True)
class VietnamMap:
    """The drawn map. Paths want `stroke-linecap: round`; the mini map is a grid of dots one unit apart."""

    view_box: str
    provinces: tuple[ProvinceShape, ...]
    islands: tuple[IslandShape, ...]
    mini_view_box: str
    mini_path: str
    envelope: tuple[tuple[tuple[float, float], ...], ...]


@dataclass(frozen=True, slots=True)
class ProvinceOnMap:
    """A province as the home page draws it: its shape, how many goods, and the step of its colour."""

    slug: str
    name: str
    count: int
    step: int
    shape: ProvinceShape


@dataclass(frozen=True, slots=True)
class IslandOnMap:
    """A special zone with the label beside it."""

    name: str
    province_name: str
    province_slug: str
    shape: IslandShape


@dataclass(frozen=True, slots=True)
class MapView:
    """The map of one page: north to south, so that the keyboard walks it as the eye does."""

    view_box: str
    provinces: tuple[ProvinceOnMap, ...]
    islands: tuple[IslandOnMap, ...]


def project(lat: float, lon: float) -> tuple[float, float]:
    """Degrees (WGS 84) to the units of the large map, x to the east and y to the south, to one decimal."""
    return round((lon - _WEST) * _SCALE * _SQUEEZE, 1), round((_NORTH - lat) * _SCALE, 1)


def project_mini(lat: float, lon: float) -> tuple[float, float]:
    """Degrees (WGS 84) to the units of the mini map, to one decimal: where its marker stands."""
    x, y = project(lat, lon)
    return round(x / _MINI_CELL, 1), round(y / _MINI_CELL, 1)


def map_steps(count: int) -> int:
    """The colour step of a province with so many goods: 0 none, 1 from 1, 2 from 10, 3 from 30, 4 from 60."""
    return sum(count >= least for least in _STEPS)


def map_view(places: Gazetteer, counts: Mapping[str, int]) -> MapView:
    """The map with `counts` of goods by today's province id; a province not named there has none."""
    drawn = vietnam_map()
    return MapView(
        view_box=drawn.view_box,
        provinces=tuple(_on_map(places, shape, counts) for shape in drawn.provinces),
        islands=tuple(_island_on_map(places, shape) for shape in drawn.islands),
    )


def _on_map(places: Gazetteer, shape: ProvinceShape, counts: Mapping[str, int]) -> ProvinceOnMap:
    province = places.today_of(shape.province_id)
    count = counts.get(province.id, 0)
    return ProvinceOnMap(province.slug, province.short_name, count, map_steps(count), shape)


def _island_on_map(places: Gazetteer, shape: IslandShape) -> IslandOnMap:
    province = places.today_of(shape.province_id)
    return IslandOnMap(shape.name, province.short_name, province.slug, shape)


@cache
def vietnam_map() -> VietnamMap:
    """The shipped map, read once."""
    return read_map(MAP_FILE)


def read_map(path: Path) -> VietnamMap:
    """The map as `write_map` wrote it."""
    facts = json.loads(path.read_text(encoding="utf-8"))
    return VietnamMap(
        view_box=facts["view_box"],
        provinces=tuple(
            ProvinceShape(**{**shape, "label": MapLabel(**shape["label"]) if shape["label"] else None})
            for shape in facts["provinces"]
        ),
        islands=tuple(IslandShape(**shape) for shape in facts["islands"]),
        mini_view_box=facts["mini_view_box"],
        mini_path=facts["mini_path"],
        envelope=tuple(tuple((lon, lat) for lon, lat in ring) for ring in facts["envelope"]),
    )


def write_map(data_dir: Path) -> Path:
    """Draw the map from the tables in `data_dir` and write it beside them; answers the path of the file."""
    path = data_dir / MAP_FILE.name
    path.write_text(
        json.dumps(build_map(data_dir), ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8"
    )
    return path


def build_map(data_dir: Path) -> dict[str, Any]:
    """The map as JSON, drawn from the tables in `data_dir`. The same tables always make the same map."""
    units = read_units(data_dir)
    communes: defaultdict[str, list[UnitRow]] = defaultdict(list)
    for unit in units.values():
        if unit["scheme"] == VN34 and unit["level"] == UnitLevel.COMMUNE and unit["id"] not in ISLANDS:
            communes[unit["parent_id"]].append(unit)
    shapes = [_province_shape(key, [_point(unit) for unit in inside]) for key, inside in communes.items()]
    today = [unit for unit in units.values() if unit["scheme"] == VN34 and unit["level"] == UnitLevel.COMMUNE]
    return {
        "view_box": VIEW_BOX,
        "provinces": sorted(shapes, key=lambda shape: (shape["y"], shape["x"])),
        "islands": [_island_shape(units[key]) for key in ISLANDS],
        "mini_view_box": MINI_VIEW_BOX,
        "mini_path": _mini_path(today),
        "envelope": envelope_rings(
            [(u["lon"], u["lat"]) for u in units.values() if u["level"] == UnitLevel.COMMUNE]
        ),
    }


def _point(unit: UnitRow) -> tuple[int, int]:
    x, y = project(unit["lat"], unit["lon"])
    return round(x), round(y)


def _province_shape(province_id: str, points: list[tuple[int, int]]) -> dict[str, Any]:
    label = _LABELS.get(province_id)
    return {
        "province_id": province_id,
        "path": dot_path(_near_order(points)),
        "x": round(sum(x for x, _ in points) / len(points)),
        "y": round(sum(y for _, y in points) / len(points)),
        "label": dict(zip(("x", "y", "anchor", "minor"), label, strict=True)) if label else None,
    }


def _island_shape(unit: UnitRow) -> dict[str, Any]:
    x, y = _point(unit)
    return {
        "unit_id": unit["id"],
        "name": unit["short_name"],
        "province_id": unit["parent_id"],
        "x": x,
        "y": y,
        "name_y": y + _ISLAND_NAME_BELOW,
        "province_y": y + _ISLAND_PROVINCE_BELOW,
    }


def _near_order(points: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """From the north-west corner always to the nearest point left: short moves make a short path."""
    left = sorted(points)
    ordered = [left.pop(0)]
    while left:
        closest = min(left, key=partial(math.dist, ordered[-1]))
        left.remove(closest)
        ordered.append(closest)
    return ordered


def _mini_path(communes: Iterable[UnitRow]) -> str:
    """A dot for each cell of the grid in which a commune lies, row by row; both archipelagos are among them."""
    cells = {(round(x / _MINI_CELL), round(y / _MINI_CELL)) for x, y in map(_point, communes)}
    return dot_path(sorted(cells, key=lambda cell: (cell[1], cell[0])))


def dot_path(points: list[tuple[int, int]]) -> str:
    """An SVG path that puts a dot at each point: relative moves with strokes of no length.

    >>> dot_path([(209, 31), (212, 36), (217, 33)])
    'M209 31h0m3 5h0m5-3h0'
    """
    moves = [f"M{points[0][0]} {points[0][1]}h0"]
    for (x0, y0), (x, y) in pairwise(points):
        dx, dy = x - x0, y - y0
        moves.append(f"m{dx}{dy}h0" if dy < 0 else f"m{dx} {dy}h0")
    return "".join(moves)
