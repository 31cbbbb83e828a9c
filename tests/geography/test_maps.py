"""The map is light, has a dot for every commune, and always shows Hoàng Sa and Trường Sa."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.geography.lookup import gazetteer
from app.geography.maps import (
    build_map,
    map_steps,
    map_view,
    project,
    project_mini,
    read_map,
    vietnam_map,
    write_map,
)
from app.geography.territory import is_inside_vietnam


def test_the_shipped_map_is_what_the_tables_draw(data_dir: Path) -> None:
    shipped = json.loads((data_dir / "vietnam_map.json").read_text(encoding="utf-8"))
    assert shipped == json.loads(json.dumps(build_map(data_dir)))


def test_a_map_is_read_as_it_was_written(tmp_path: Path, data_dir: Path) -> None:
    for name in ("admin_units.csv", "admin_unit_successions.csv"):
        (tmp_path / name).symlink_to(data_dir / name)
    assert read_map(write_map(tmp_path)) == vietnam_map()


def test_every_commune_is_a_dot_and_the_paths_stay_light() -> None:
    drawn = vietnam_map()
    assert len(drawn.provinces) == 34
    dots = sum(shape.path.count("h0") for shape in drawn.provinces)
    assert dots + len(drawn.islands) == 3_321
    assert sum(len(shape.path) for shape in drawn.provinces) <= 22_500
    assert len(drawn.mini_path) <= 1_400
    assert all(re.fullmatch(r"M-?\d+ \d+h0(m-?\d+[ -]\d+h0)*", shape.path) for shape in drawn.provinces)


def test_hoang_sa_and_truong_sa_are_in_the_frame_with_their_names() -> None:
    left, top, width, height = (int(part) for part in vietnam_map().view_box.split())
    assert [(island.name, island.province_id) for island in vietnam_map().islands] == [
        ("Hoàng Sa", "VN34-48"),
        ("Trường Sa", "VN34-56"),
    ]
    for island in vietnam_map().islands:
        assert left + 60 < island.x < left + width - 50
        assert top < island.y < island.province_y < top + height


def test_both_archipelagos_are_dots_of_the_mini_map() -> None:
    drawn = vietnam_map()
    x = y = 0
    dots = set()
    for move in re.findall(r"[Mm](-?\d+) ?(-?\d+)h0", drawn.mini_path):
        x, y = x + int(move[0]), y + int(move[1])
        dots.add((x, y))
    for island in drawn.islands:
        assert (round(island.x / 26), round(island.y / 26)) in dots


def test_a_marker_lands_among_the_dots_of_its_province() -> None:
    x, y = project(21.7, 104.87)  # the town of Yên Bái
    shape = next(shape for shape in vietnam_map().provinces if shape.province_id == "VN34-15")
    assert abs(x - shape.x) < 60 and abs(y - shape.y) < 60
    assert project_mini(21.7, 104.87) == (round(x / 26, 1), round(y / 26, 1))


@pytest.mark.parametrize(
    ("count", "step"), [(0, 0), (1, 1), (9, 1), (10, 2), (29, 2), (30, 3), (59, 3), (60, 4), (9_999, 4)]
)
def test_steps_of_colour(count: int, step: int) -> None:
    assert map_steps(count) == step


def test_the_page_gets_names_counts_and_steps_from_north_to_south(session: Session) -> None:
    view = map_view(gazetteer(session), {"VN34-15": 62, "VN34-86": 7})
    by_slug = {province.slug: province for province in view.provinces}
    assert len(by_slug) == 34
    assert (by_slug["lao-cai"].name, by_slug["lao-cai"].count, by_slug["lao-cai"].step) == ("Lào Cai", 62, 4)
    assert (by_slug["vinh-long"].step, by_slug["ha-noi"].step) == (1, 0)
    heights = [province.shape.y for province in view.provinces]
    assert heights == sorted(heights)
    assert [(island.name, island.province_name) for island in view.islands] == [
        ("Hoàng Sa", "Đà Nẵng"),
        ("Trường Sa", "Khánh Hòa"),
    ]


@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        (21.03, 105.85),  # Hà Nội
        (23.39, 105.32),  # Lũng Cú
        (22.40, 102.14),  # A Pa Chải
        (8.60, 104.72),  # Đất Mũi
        (10.2, 103.97),  # Phú Quốc
        (8.69, 106.6),  # Côn Đảo
        (20.13, 107.73),  # Bạch Long Vĩ
        (16.5, 111.6),  # Hoàng Sa
        (8.64, 111.92),  # Trường Sa
        (11.43, 114.33),  # Song Tử Tây
    ],
)
def test_mainland_and_islands_are_inside(lat: float, lon: float) -> None:
    assert is_inside_vietnam(lat, lon)


@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        (48.85, 2.35),  # Paris
        (0.0, 0.0),  # the sea off Africa
        (105.85, 21.03),  # Hà Nội with its numbers swapped
        (17.97, 102.63),  # Vientiane
        (11.56, 104.92),  # Phnom Penh
        (22.82, 108.37),  # Nanning
        (19.2, 109.7),  # Hainan
        (14.6, 121.0),  # Manila
    ],
)
def test_elsewhere_is_outside(lat: float, lon: float) -> None:
    assert not is_inside_vietnam(lat, lon)
