"""Drawn plates: complete, stable, small, and choosing what a Vietnamese name means."""

from __future__ import annotations

import gzip
import itertools
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from flask import Flask

from app.catalogue.plate_choice import INKS_OF, PHRASES, SEEDS, choose, landscape_of, motif_of_name
from app.catalogue.plates import (
    INKS,
    LANDSCAPES,
    MOTIFS,
    overprint,
    plate_for,
    plate_svg,
    plate_url,
    register_plates,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def site() -> Flask:
    flask_app = Flask("app", root_path=str(ROOT / "app"), static_folder=None)
    register_plates(flask_app)
    return flask_app


def test_there_are_27_motifs_5_landscapes_and_7_inks() -> None:
    assert (len(MOTIFS), len(LANDSCAPES), len(INKS)) == (27, 5, 7)


@pytest.mark.parametrize("motif", sorted(MOTIFS))
def test_every_motif_is_a_clean_picture_on_every_landscape_in_every_ink(motif: str) -> None:
    for landscape, ink in itertools.product(LANDSCAPES, INKS):
        svg = plate_svg(motif, landscape, ink, 5)
        ET.fromstring(svg)
        assert "{" not in svg and "~" not in svg, "a placeholder was left in the drawing"
        assert "style" not in svg and "class=" not in svg and "href" not in svg
        assert len(gzip.compress(svg.encode())) < 3_000


def test_the_sixteen_seeds_give_sixteen_pictures() -> None:
    assert len({plate_svg("tea-sprig", "hills", "leaf", seed) for seed in range(SEEDS)}) == SEEDS


def test_overprinting_is_exact_over_bare_paper() -> None:
    attributes = overprint("#808080", "#ff8000")
    assert attributes == 'fill="#000000" fill-opacity="0.50"'
    assert overprint("#ffffff", "#f6f4ef").endswith('fill-opacity="0.01"')


def test_a_plate_is_served_as_an_image_for_ever(site: Flask) -> None:
    client = site.test_client()
    plain = client.get("/plates/tea-sprig-hills-leaf-0.svg")
    packed = client.get("/plates/tea-sprig-hills-leaf-0.svg", headers={"Accept-Encoding": "gzip"})
    assert plain.mimetype == "image/svg+xml"
    assert "immutable" in plain.headers["Cache-Control"]
    assert gzip.decompress(packed.data) == plain.data


@pytest.mark.parametrize(
    "name",
    [
        "tea-sprig-hills-leaf-16",
        "tea-sprig-hills-leaf--1",
        "tea-hills-leaf-0",
        "x",
        "tea-sprig-sea-leaf-0",
        "a" * 400,
    ],
)
def test_an_unknown_plate_is_not_found(site: Flask, name: str) -> None:
    assert site.test_client().get(f"/plates/{name}.svg").status_code == 404


def test_every_word_leads_to_a_motif_that_is_drawn_in_inks_that_exist() -> None:
    assert set(PHRASES) == set(MOTIFS) == set(INKS_OF)
    assert {ink for inks in INKS_OF.values() for ink in inks} == set(INKS)


@pytest.mark.parametrize(
    ("name", "motif"),
    [
        ("Mật ong Bana Bee", "honey"),
        ("Chè đinh Tân Cương", "tea-sprig"),
        ("Trà Bát tiên Bảo Hưng", "tea-pot"),
        ("Trà hoa vàng Ba Chẽ", "flower"),
        ("Cà phê Khe Sanh", "coffee"),
        ("Nước mắm Phú Quốc Khải Hoàn 43 độ đạm", "sauce-jar"),
        ("Rượu men lá Bằng Phúc", "bottle"),
        ("Gạo tím Huyền Hội", "rice"),
        ("Miến đao xã Quy Mông", "noodles"),
        ("Măng nứa khô nấu ngay", "bamboo-shoot"),
        ("Măng cụt Tân Quy", "fruit"),
        ("Chăn bông tơ tằm tự dệt", "textile"),
        ("Tinh dầu quế", "cinnamon"),
        ("Du lịch cộng đồng Đá Bia", "stilt-house"),
        ("Trứng vịt biển Đồng Rui", "eggs"),
        ("Khô cá khoai xẻ", "dried-fish"),
        ("Cá tra phi lê", "dried-fish"),
        ("Dừa sáp sợi (VICOSAP)", "coconut"),
        ("Dứa Đồng Giao", "fruit"),
        ("Bánh dừa nướng Quý Thu", "cake"),
        ("Bánh tét 3 màu", "wrapped-cake"),
        ("Tỏi Lý Sơn DORI", "spice"),
        ("Cao cà gai leo An Xuân", "medicine-jar"),
        ("Bộ ấm chén gốm sứ chim én hoa sen", "ceramics"),
        ("Đèn bàn mây tre", "wicker"),
        ("Bưởi hữu cơ Linh Dũng", "fruit"),
        ("Tinh bột nghệ nếp đỏ Bắc Kạn", "roots"),
        ("Đông trùng hạ thảo Sapa", "herb"),
        ("Nước khoáng thiên nhiên Quang Hanh Fresh", "water"),
        ("MẬT ONG RỪNG", "honey"),
        ("Abcxyz", None),
    ],
)
def test_the_first_known_word_of_a_name_decides(name: str, motif: str | None) -> None:
    assert motif_of_name(name) == motif


def test_a_silent_name_falls_back_on_the_set_then_on_the_group() -> None:
    def motif(group: str | None, product_set: int | None) -> str:
        return choose("Vô danh", group=group, product_set=product_set, province_name=None, slug="v").motif

    assert motif("food", 13) == "coffee"
    assert motif("tourism", None) == "stilt-house"
    assert motif("food", 99) == "rice"
    assert motif(None, None) == "rice"


def test_the_landscape_is_where_it_is_made() -> None:
    assert landscape_of("sauce-jar", "Kiên Giang", 0) == "coast"
    assert landscape_of("rice", "Đồng Tháp", 0) == "delta"
    assert {landscape_of("tea-sprig", "tỉnh Lào Cai", pick) for pick in range(4)} == {"terraces", "hills"}
    assert landscape_of("textile", "Lào Cai", 0) == "workshop"
    assert landscape_of("rice", None, 0) == "hills"


def test_the_same_product_always_gets_the_same_plate_and_two_teas_differ(site: Flask) -> None:
    first = plate_for("Chè đinh Tân Cương", "food", None, "Thái Nguyên", "che-dinh-tan-cuong")
    assert first == plate_for("Chè đinh Tân Cương", "food", None, "Thái Nguyên", "che-dinh-tan-cuong")
    assert first != plate_for("Chè đinh Tân Cương", "food", None, "Thái Nguyên", "che-tom-non")
    assert site.test_client().get(first).status_code == 200


def test_templates_can_name_a_plate(site: Flask) -> None:
    with site.test_request_context():
        assert plate_url("honey", "hills", "gold", 3) == "/plates/honey-hills-gold-3.svg"
