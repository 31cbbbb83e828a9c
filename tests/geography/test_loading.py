"""The shipped tables come in whole, once, or not at all."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.geography.loading import load_units
from app.geography.models import VN34, VN63, AdministrativeUnit, AdministrativeUnitSuccession, unit_id
from app.geography.tables import BadRow, read_successions, read_units

CLASHING = {
    "15": ("Yên Bái", "Lào Cai"),
    "24": ("Bắc Giang", "Bắc Ninh"),
    "44": ("Quảng Bình", "Quảng Trị"),
    "52": ("Bình Định", "Gia Lai"),
    "80": ("Long An", "Tây Ninh"),
    "82": ("Tiền Giang", "Đồng Tháp"),
    "91": ("Kiên Giang", "An Giang"),
}


def test_both_schemes_are_whole(session: Session) -> None:
    unit = AdministrativeUnit
    counts = session.execute(
        sa.select(unit.scheme, unit.level, sa.func.count()).group_by(unit.scheme, unit.level)
    )
    assert {(scheme, level): count for scheme, level, count in counts} == {
        ("VN34", "province"): 34,
        ("VN34", "commune"): 3_321,
        ("VN63", "province"): 63,
        ("VN63", "district"): 696,
        ("VN63", "commune"): 10_035,
    }


def test_todays_communes_are_counted_by_kind(session: Session) -> None:
    kinds = session.scalars(
        sa.select(AdministrativeUnit.kind).where(
            AdministrativeUnit.scheme == VN34, AdministrativeUnit.level == "commune"
        )
    )
    assert Counter(kinds) == {"Xã": 2_621, "Phường": 687, "Đặc khu": 13}


def test_471_communes_were_split_and_each_has_one_main_heir(session: Session) -> None:
    link, old = AdministrativeUnitSuccession, AdministrativeUnit
    rows = session.execute(
        sa.select(link.old_id, sa.func.count(), sa.func.sum(sa.cast(link.is_default, sa.Integer)))
        .join(old, old.id == link.old_id)
        .where(old.level == "commune")
        .group_by(link.old_id)
    ).all()
    assert len(rows) == 10_035
    assert sum(heirs > 1 for _, heirs, _ in rows) == 471
    assert {main for _, _, main in rows} == {1}


def test_seven_province_codes_mean_another_place_in_the_other_scheme(session: Session) -> None:
    names = {
        (row.scheme, row.code): row.short_name
        for row in session.scalars(
            sa.select(AdministrativeUnit).where(AdministrativeUnit.level == "province")
        )
    }
    clashing = {
        code: (former, names[VN34, code])
        for (scheme, code), former in names.items()
        if scheme == VN63 and (VN34, code) in names and names[VN34, code] != former
    }
    assert clashing == CLASHING


def test_units_carry_the_days_on_which_they_hold(session: Session) -> None:
    yen_bai = session.get_one(AdministrativeUnit, unit_id(VN63, "15"))
    lao_cai = session.get_one(AdministrativeUnit, unit_id(VN34, "15"))
    assert str(yen_bai.valid_until) == "2025-06-30"
    assert (str(lao_cai.valid_from), lao_cai.valid_until) == ("2025-07-01", None)


def test_slugs_of_provinces_are_unique_and_shared_names_are_todays(session: Session) -> None:
    slugs = {
        row.id: row.slug
        for row in session.scalars(
            sa.select(AdministrativeUnit).where(AdministrativeUnit.level == "province")
        )
    }
    assert len(set(slugs.values())) == 97
    assert slugs["VN34-15"] == "lao-cai"
    assert slugs["VN63-10"] == "lao-cai@vn63"
    assert slugs["VN63-15"] == "yen-bai"
    assert sum(str(slug).endswith("@vn63") for slug in slugs.values()) == 34


def test_a_second_load_changes_nothing(session: Session, data_dir: Path) -> None:
    counts = load_units(session, data_dir)
    assert (counts.units, counts.successions) == (14_149, 10_665)
    assert (counts.units_added, counts.units_changed) == (0, 0)
    assert (counts.successions_added, counts.successions_changed, counts.successions_removed) == (0, 0, 0)


@pytest.fixture
def files(tmp_path: Path, data_dir: Path) -> Path:
    for name in ("admin_units.csv", "admin_unit_successions.csv"):
        shutil.copy(data_dir / name, tmp_path)
    return tmp_path


Edit = Callable[[str, str, str], None]


@pytest.fixture
def edit(files: Path) -> Edit:
    def replace(name: str, old: str, new: str) -> None:
        path = files / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace


def test_a_renamed_unit_and_a_changed_heir_are_taken_over(session: Session, files: Path, edit: Edit) -> None:
    edit("admin_units.csv", "Tỉnh Đồng Nai", "Thành phố Đồng Nai")
    edit("admin_unit_successions.csv", "commune,00004,00004,1", "commune,00004,00008,1")
    steps: list[tuple[str, int, int]] = []
    counts = load_units(session, files, progress=lambda *step: steps.append(step))
    assert (counts.units_changed, counts.successions_added, counts.successions_removed) == (1, 1, 1)
    assert steps == [("units", 1, 1), ("successions", 1, 1)]
    dong_nai = session.get_one(AdministrativeUnit, "VN34-75")
    assert (dong_nai.kind, dong_nai.slug) == ("Thành phố", "dong-nai")
    heir = sa.select(AdministrativeUnitSuccession.new_id).where(
        AdministrativeUnitSuccession.old_id == "VN63-00004"
    )
    assert session.scalars(heir).all() == ["VN34-00008"]


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("VN34,04,province", "VN35,04,province", "scheme"),
        ("VN34,04,province", "VN34,4,province", "code"),
        ("VN34,04,province", "VN34,01,province", "code"),
        ("VN34,04,province", "VN34,04,region", "level"),
        ("Tỉnh Cao Bằng", "Cao Bằng", "name"),
        (",20,21.8792,", ",21,21.8792,", "parent_code"),
        (",,22.7456,", ",,north,", "lat"),
        (",,22.7456,106.083", ",,22.7456,206.083", "lon"),
        (",84.74", ",-1", "area_km2"),
        (",84.74", ",84.74,too much", "area_km2"),
        ("scheme,code", "code,scheme", "scheme,code,level,name,parent_code,lat,lon,area_km2"),
    ],
)
def test_a_bad_unit_is_named_by_line_and_column(
    files: Path, edit: Edit, old: str, new: str, column: str
) -> None:
    lines = (files / "admin_units.csv").read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if old in text)
    edit("admin_units.csv", old, new)
    with pytest.raises(BadRow) as refusal:
        read_units(files)
    assert refusal.value.facts["column"] == column
    assert refusal.value.facts["line"] == line
    assert f"admin_units.csv, line {line}, column {column}: " in str(refusal.value)


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("commune,00001,00097,1", "commune,99999,00097,1", "old_code"),
        ("commune,00001,00097,1", "commune,00001,99999,1", "new_code"),
        ("commune,00001,00097,1", "province,00001,00097,1", "level"),
        ("commune,00001,00097,1", "commune,00001,00097,yes", "is_default"),
        ("commune,00006,00008,1", "commune,00004,00004,1", "new_code"),
        ("commune,00006,00008,1", "commune,00004,00008,1", "is_default"),
        ("commune,00004,00004,1", "commune,00004,00004,0", "old_code"),
        ("province,15,15,1\n", "", "old_code"),
    ],
)
def test_a_bad_succession_is_named_by_line_and_column(
    files: Path, edit: Edit, old: str, new: str, column: str
) -> None:
    units = read_units(files)
    edit("admin_unit_successions.csv", old, new)
    with pytest.raises(BadRow) as refusal:
        read_successions(files, units)
    assert refusal.value.facts["column"] == column


def test_nothing_is_written_when_a_row_is_bad(session: Session, files: Path, edit: Edit) -> None:
    edit("admin_units.csv", "Tỉnh Đồng Nai", "Thành phố Đồng Nai")
    edit("admin_unit_successions.csv", "commune,00001,00097,1", "commune,00001,99999,1")
    with pytest.raises(BadRow):
        load_units(session, files)
    assert session.get_one(AdministrativeUnit, "VN34-75").kind == "Tỉnh"
