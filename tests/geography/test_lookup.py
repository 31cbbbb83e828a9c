"""A place is found by today's name and by the former one, and no query is needed for a province."""

from __future__ import annotations

import unicodedata

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.db import Model
from app.geography.lookup import Gazetteer, forget, gazetteer
from app.geography.models import VN34, VN63, Scheme
from tests.geography.test_loading import CLASHING


@pytest.fixture
def places(session: Session) -> Gazetteer:
    return gazetteer(session)


@pytest.mark.parametrize("code", CLASHING)
def test_a_clashing_code_keeps_its_two_places_apart(places: Gazetteer, code: str) -> None:
    former, todays = CLASHING[code]
    then, now = places.province(f"VN63-{code}"), places.province(f"VN34-{code}")
    assert then is not None and now is not None
    assert (then.short_name, now.short_name) == (former, todays)
    assert places.today_of(then.id) == now
    assert places.province_then_and_now(then.id) == (former, now.short_name)
    assert then in places.former_of(now.id)


@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("lao-cai", "VN34-15"),
        ("lao-cai@vn63", "VN63-10"),
        ("yen-bai", "VN63-15"),
        ("hue", "VN34-46"),
        ("thua-thien-hue", "VN63-46"),
        ("ba-ria-vung-tau", "VN63-77"),
    ],
)
def test_a_slug_is_todays_unless_it_names_the_scheme(places: Gazetteer, slug: str, expected: str) -> None:
    province = places.province_by_slug(slug)
    assert province is not None
    assert province.id == expected


@pytest.mark.parametrize("slug", ["", "paris", "yen-bai@vn63", "Lao-Cai", "lao cai"])
def test_an_unknown_slug_finds_nothing(places: Gazetteer, slug: str) -> None:
    assert places.province_by_slug(slug) is None


@pytest.mark.parametrize(
    ("name", "scheme", "expected"),
    [
        ("Tỉnh Yên Bái", None, "VN63-15"),
        ("yen bai", None, "VN63-15"),
        ("Lào Cai", None, "VN34-15"),
        ("Lào Cai", VN63, "VN63-10"),
        ("Hòa Bình", None, "VN63-17"),
        ("Hoà Bình", None, "VN63-17"),
        (unicodedata.normalize("NFD", "Hòa Bình"), None, "VN63-17"),
        ("TP Huế", None, "VN34-46"),
        ("Thừa Thiên Huế", VN63, "VN63-46"),
        ("tỉnh Thừa Thiên - Huế", None, "VN63-46"),
        ("Thành phố Hồ Chí Minh", None, "VN34-79"),
        ("TP.HCM", None, "VN34-79"),
        ("Bà Rịa Vũng Tàu", None, "VN63-77"),
        ("Đăk Lăk", VN63, "VN63-66"),
        ("Đắc Nông", None, "VN63-67"),
    ],
)
def test_a_province_is_found_as_people_write_it(
    places: Gazetteer, name: str, scheme: Scheme | None, expected: str
) -> None:
    province = places.province_by_name(name, scheme)
    assert province is not None
    assert province.id == expected


@pytest.mark.parametrize("name", ["", "Yên", "huyện Lào Cai", "Hòa Bình 2", "'"])
def test_what_is_no_province_finds_nothing(places: Gazetteer, name: str) -> None:
    assert places.province_by_name(name) is None


def test_a_former_name_is_not_sought_among_todays(places: Gazetteer) -> None:
    assert places.province_by_name("Yên Bái", VN34) is None


def test_every_merger_took_whole_provinces(places: Gazetteer) -> None:
    assert (len(places.provinces(VN34)), len(places.provinces(VN63))) == (34, 63)
    assert sorted(old.id for new in places.provinces() for old in places.former_of(new.id)) == sorted(
        old.id for old in places.provinces(VN63)
    )
    assert [old.short_name for old in places.former_of("VN34-25")] == ["Hòa Bình", "Phú Thọ", "Vĩnh Phúc"]
    assert places.today_of("VN34-25").id == "VN34-25"
    assert places.former_of("VN63-17") == ()


def test_a_province_that_kept_its_name_is_named_once(places: Gazetteer) -> None:
    assert places.province_then_and_now("VN63-10") == ("Lào Cai", "Lào Cai")
    assert places.province_then_and_now("VN34-15") == ("Lào Cai", "Lào Cai")


def test_goods_of_a_former_province_are_sought_under_both_names(places: Gazetteer) -> None:
    assert places.province_terms("VN63-17") == ["Hòa Bình", "Phú Thọ"]
    assert places.province_terms("VN63-46") == ["Huế", "Thừa Thiên Huế"]
    assert places.province_terms("VN34-25") == ["Phú Thọ"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("mật ong hòa bình", ["VN63-17"]),
        ("mat ong hoa binh", ["VN63-17"]),
        ("matong hoabinh", ["VN63-17"]),
        ("hoa b", []),
        ("sài gòn tphcm", ["VN34-79", "VN63-79"]),
        ("chè lào cai", ["VN34-15", "VN63-10"]),
        ("bánh thừa thiên huế", ["VN34-46", "VN63-46"]),
        ("mật ong", []),
        ("h", []),
        ("", []),
    ],
)
def test_a_query_names_the_provinces_it_holds(places: Gazetteer, query: str, expected: list[str]) -> None:
    assert sorted(province.id for province in places.named_in(query)) == expected


@pytest.mark.parametrize("name", ["Đắk Lắk", "daklak", "Tỉnh Đaklak", "Đắc Lắc", "đắclắc", "DAK LAK"])
def test_a_province_is_known_joined_and_parted(places: Gazetteer, name: str) -> None:
    province = places.province_by_name(name)
    assert province is not None
    assert province.id == "VN34-66"


def test_a_joined_name_in_an_address_is_a_slug(places: Gazetteer) -> None:
    for slug, expected in (("daklak", "VN34-66"), ("yenbai", "VN63-15"), ("saigon", "VN34-79")):
        province = places.province_by_slug(slug)
        assert province is not None
        assert province.id == expected


def test_names_run_together_are_parted_and_other_words_are_left(places: Gazetteer) -> None:
    text = "Cà phê Daklak, Sapa – Đàlạt; tương ớt Kontum"
    assert places.part_names(text) == "Cà phê dak lak, sa pa – da lat; tương ớt kon tum"
    assert places.part_names("quinhon quynhon mitho") == "quy nhon quy nhon my tho"
    for word in ("thuận", "mật ong rừng", "Huế", "chocolate", ""):
        assert places.part_names(word) == word


@pytest.mark.parametrize(
    ("name", "province", "label"),
    [
        ("Trấn Yên", "VN63-15", "huyện Trấn Yên"),
        ("TP Trà Vinh", "VN63-84", "thành phố Trà Vinh"),
        ("Kỳ Anh", "VN63-42", "huyện Kỳ Anh"),
        ("TX Kỳ Anh", "VN63-42", "thị xã Kỳ Anh"),
        ("TX. Long Mỹ", "VN63-93", "thị xã Long Mỹ"),
        ("Quận 1", "VN63-79", "quận 1"),
    ],
)
def test_a_former_district_is_found_within_its_province(
    places: Gazetteer, name: str, province: str, label: str
) -> None:
    district = places.district(name, province)
    assert district is not None
    assert district.label == label
    assert places.district_by_id(district.id) == district


def test_a_district_of_another_province_or_kind_is_not_found(places: Gazetteer) -> None:
    assert places.district("Trấn Yên", "VN63-84") is None
    assert places.district("TX Trấn Yên", "VN63-15") is None


def test_provinces_are_read_once_and_an_empty_database_is_not_remembered(session: Session) -> None:
    statements: list[str] = []
    first = gazetteer(session)
    note = lambda *args: statements.append(args[2])  # noqa: E731
    engine = session.get_bind().engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        assert gazetteer(session) is first
        assert statements == []
        forget(session)
        assert gazetteer(session) is not first
        assert statements != []
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def test_an_empty_database_answers_with_nothing_and_is_asked_again() -> None:
    engine = sa.create_engine("sqlite://")
    Model.metadata.create_all(
        engine,
        tables=[
            Model.metadata.tables[n] for n in ("administrative_units", "administrative_unit_successions")
        ],
    )
    with Session(engine) as empty:
        nothing = gazetteer(empty)
        assert nothing.provinces() == ()
        assert nothing.province_by_name("Lào Cai") is None
        assert gazetteer(empty) is not nothing
    engine.dispose()
