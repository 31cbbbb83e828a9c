"""Communes are found as records name them; a place is shown as it was and as it is."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.geography.communes import (
    commune,
    communes_by_id,
    communes_of,
    find_commune,
    successors,
    successors_of,
    today,
)
from app.geography.places import PlaceKey, PlaceView, place, places


@pytest.mark.parametrize(
    ("name", "district", "province", "expected"),
    [
        ("Quy Mông", "Trấn Yên", "VN63-15", "Xã Quy Mông"),
        ("xa quy mong", None, "VN63-15", "Xã Quy Mông"),
        ("Thị trấn Cầu Kè", "Cầu Kè", "VN63-84", "Thị trấn Cầu Kè"),
        ("TT. Cầu Kè", "Cầu Kè", "VN63-84", "Thị trấn Cầu Kè"),
        ("Phường 4", "TP Trà Vinh", "VN63-84", "Phường 4"),
        ("P.4", "TP Trà Vinh", "VN63-84", "Phường 4"),
        ("4", "TP Trà Vinh", "VN63-84", None),
        ("Mường Tè", "Mường Tè", "VN63-12", "Xã Mường Tè"),
        ("Thị trấn Mường Tè", "Mường Tè", "VN63-12", "Thị trấn Mường Tè"),
        ("Cư M’gar", "Cư M'gar", "VN63-66", "Xã Cư M'gar"),
        ("Cao Sơn", None, "VN63-17", None),  # two xã of that name
        ("Cao Sơn", "Đà Bắc", "VN63-17", "Xã Cao Sơn"),
        ("Tân An", "Đak Pơ", "VN63-64", "Xã Tân An"),
        ("Quy Mông", "Văn Yên", "VN63-15", None),
        ("Paris", "Trấn Yên", "VN63-15", None),
        ("", None, "VN63-15", None),
    ],
)
def test_a_former_commune_is_found_or_left_unknown(
    session: Session, name: str, district: str | None, province: str, expected: str | None
) -> None:
    unit = find_commune(session, name, district=district, province=province)
    assert (unit.name if unit else None) == expected
    assert unit is None or unit.province_id == province


def test_a_record_that_names_todays_commune_finds_it(session: Session) -> None:
    for name, province in (("Thọ Phong", "VN63-51"), ("Thọ Phong", "VN34-51"), ("Lý Sơn", "VN63-51")):
        unit = find_commune(session, name, province=province)
        assert unit is not None
        assert (unit.scheme, unit.province_id) == ("VN34", "VN34-51")


def test_todays_commune_is_taken_for_a_former_district_only_where_it_holds_a_part_of_it(
    session: Session,
) -> None:
    within = find_commune(session, "Nam Dương", district="Lục Ngạn", province="VN63-24")
    assert within is not None
    assert within.id.startswith("VN34-")
    assert find_commune(session, "Nam Dương", district="Hiệp Hòa", province="VN63-24") is None


def test_a_district_dissolved_before_2025_does_not_hide_a_name_that_is_the_only_one(session: Session) -> None:
    commune = find_commune(session, "Thượng Long", district="Nam Đông", province="VN63-46")
    assert commune is not None
    assert (commune.scheme, commune.name) == ("VN63", "Xã Thượng Long")


def test_the_same_commune_code_is_another_place_in_the_other_scheme(session: Session) -> None:
    former, todays = commune(session, "VN63-00097"), commune(session, "VN34-00097")
    assert former is not None and todays is not None
    assert former.name != todays.name
    assert commune(session, "VN34-15") is None
    assert commune(session, "nothing") is None


def test_communes_of_a_province_are_all_there_in_order(session: Session) -> None:
    todays = communes_of(session, "VN34-15")
    assert len(todays) == 99
    assert [unit.folded for unit in todays] == sorted(unit.folded for unit in todays)
    former = communes_of(session, "VN63-15")
    assert {unit.province_id for unit in former} == {"VN63-15"}
    assert all(unit.district_id for unit in former)
    assert not communes_of(session, "VN34-99")


def test_a_split_commune_names_its_main_heir_first_and_the_others_after(session: Session) -> None:
    heirs = successors(session, "VN63-00634")
    assert len(heirs) == 5
    assert [is_default for _, is_default in heirs] == [True, False, False, False, False]
    assert today(session, "VN63-00634") == heirs[0][0]
    view = place(session, "VN63-00634", heirs[0][0].province_id.replace("VN34", "VN63"))
    assert view.split
    assert view.today.startswith(f"{heirs[0][0].label}, ")


def test_todays_commune_is_its_own_successor(session: Session) -> None:
    commune = communes_of(session, "VN34-15")[0]
    assert successors(session, commune.id) == []
    assert today(session, commune.id) == commune
    assert today(session, "VN63-no") is None


def _seen(session: Session, name: str, district: str | None, province: str) -> PlaceView:
    unit = find_commune(session, name, district=district, province=province)
    return place(session, unit.id if unit else None, province, district)


def test_an_address_keeps_its_text_and_names_todays(session: Session) -> None:
    view = _seen(session, "Quy Mông", "Trấn Yên", "VN63-15")
    assert view.at_time == "xã Quy Mông, huyện Trấn Yên, Yên Bái"
    assert view.today == "xã Quy Mông, Lào Cai"
    assert view.changed and view.province_changed and not view.split
    assert (view.province_then.id, view.province_now.id) == ("VN63-15", "VN34-15")


@pytest.mark.parametrize(
    ("name", "district", "province", "now"),
    [
        ("Bản Mù", "Trạm Tấu", "VN63-15", "xã Phình Hồ, Lào Cai"),
        ("Yên Hòa", "Đà Bắc", "VN63-17", "xã Quy Đức, Phú Thọ"),
        ("Cao Sơn", "Đà Bắc", "VN63-17", "xã Cao Sơn, Phú Thọ"),
    ],
)
def test_places_of_the_first_records_are_shown_as_they_are_today(
    session: Session, name: str, district: str, province: str, now: str
) -> None:
    assert _seen(session, name, district, province).today == now


@pytest.mark.parametrize(
    ("key", "at_time", "today"),
    [
        (PlaceKey(None, "VN63-15"), "Yên Bái", "Lào Cai"),
        (PlaceKey(None, "VN63-10"), "Lào Cai", None),
        (PlaceKey(None, "VN34-15"), "Lào Cai", None),
        (PlaceKey(None, "VN63-15", "Lục Yên"), "huyện Lục Yên, Yên Bái", "Lào Cai"),
        (PlaceKey(None, "VN63-01", "Gia Lâm"), "huyện Gia Lâm, Hà Nội", None),
        (PlaceKey(None, "VN63-46", "Nam Đông"), "Nam Đông, Huế", None),
        (PlaceKey(None, "VN34-46", "Nam Đông"), "Huế", None),
        (
            PlaceKey(None, "VN63-51", "Lý Sơn"),
            "huyện Lý Sơn, Quảng Ngãi",
            "đặc khu Lý Sơn, Quảng Ngãi",
        ),
        (
            PlaceKey(None, "VN63-15", "Trấn Yên", "Bảo Hưng"),
            "Bảo Hưng, huyện Trấn Yên, Yên Bái",
            "Lào Cai",
        ),
        (PlaceKey("VN63-gone", "VN63-15"), "Yên Bái", "Lào Cai"),
    ],
)
def test_what_is_not_known_is_left_out_of_the_text(
    session: Session, key: PlaceKey, at_time: str, today: str | None
) -> None:
    (view,) = places(session, [key])
    assert view.at_time == at_time
    assert (view.today if view.changed else None) == today


def test_todays_commune_in_a_former_address_keeps_the_former_province(session: Session) -> None:
    view = _seen(session, "Nam Dương", "Lục Ngạn", "VN63-24")
    assert (view.at_time, view.today) == ("Nam Dương, huyện Lục Ngạn, Bắc Giang", "xã Nam Dương, Bắc Ninh")
    todays = _seen(session, "Thọ Phong", None, "VN63-51")
    assert (todays.today, todays.changed) == ("xã Thọ Phong, Quảng Ngãi", False)


def test_an_unknown_province_is_refused(session: Session) -> None:
    with pytest.raises(KeyError):
        place(session, None, "VN63-99")


def test_many_places_cost_two_queries(session: Session) -> None:
    keys = [PlaceKey(unit.id, unit.province_id) for unit in communes_of(session, "VN63-15")]
    statements: list[str] = []
    count = lambda *args: statements.append(args[2])  # noqa: E731
    engine = session.get_bind().engine
    sa.event.listen(engine, "before_cursor_execute", count)
    try:
        views = places(session, keys)
    finally:
        sa.event.remove(engine, "before_cursor_execute", count)
    assert [sql.split()[0] for sql in statements if "SAVEPOINT" not in sql] == ["SELECT", "SELECT"]
    assert [view.commune.id if view.commune else None for view in views] == [key.commune_id for key in keys]
    assert communes_by_id(session, []) == {}
    assert successors_of(session, []) == {}


def test_a_place_known_to_the_process_is_not_asked_again(session: Session, statements: list[str]) -> None:
    key = PlaceKey("VN63-04657", "VN63-15")
    first = places(session, [key, key])
    statements.clear()
    assert places(session, [key]) == first[:1]
    assert statements == []
