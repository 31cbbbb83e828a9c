"""Names of places and words of several spellings are found however they are written, on both engines alike."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import atomic
from app.core.text import fold
from app.geography.lookup import Province, gazetteer
from app.geography.models import VN34, VN63
from app.listing.filters import Filters
from app.listing.indexing import reindex
from app.listing.products import Listing, list_products
from app.listing.search import ProductDocument, SearchBackend
from tests.factories.catalogue import make_product, make_variant
from tests.factories.certification import make_certificate
from tests.factories.places import CAU_KE, LAO_CAI, TRA_VINH, VINH_LONG, YEN_BAI
from tests.factories.supply import make_batch

DAK_LAK, KON_TUM, BINH_DINH, HO_CHI_MINH = "VN63-66", "VN63-62", "VN63-52", "VN63-79"
HOA_BINH, THANH_HOA = "VN63-17", "VN63-38"


@pytest.fixture
def ask(session: Session, empty: SearchBackend) -> Callable[[str], Listing]:
    """Asks the site by text, its index just built."""

    def asked(q: str) -> Listing:
        session.rollback()
        reindex(session, empty)
        return list_products(session, empty, Filters(q=q), on=clock.today())

    return asked


def names(listing: Listing) -> list[str]:
    return [card.name for card in listing.cards]


def test_every_province_is_found_joined_or_parted_with_accents_or_without(
    session: Session, empty: SearchBackend
) -> None:
    places = gazetteer(session)
    provinces = [*places.provinces(VN34), *places.provinces(VN63)]
    assert len(provinces) == 34 + 63
    empty.rebuild(
        ProductDocument(number, "Mật ong", place_terms=" ".join(places.province_terms(province.id)))
        for number, province in enumerate(provinces)
    )

    def found(text: str) -> tuple[set[int], str | None]:
        hits = empty.query(places.part_names(text))
        return set(hits.ids), hits.corrected

    for number, province in enumerate(provinces):
        for name in (province.short_name, *province.other_names):
            parted, corrected = found(name)
            assert number in parted and corrected is None, name
            for spelling in _spellings(name):
                assert found(spelling) == (parted, None), spelling
                assert found(f"mật ong {spelling}") == (parted, None), spelling


def _spellings(name: str) -> set[str]:
    joined = name.replace(" ", "").replace("-", "")
    ways = {name, joined, fold(name), fold(joined), name.upper(), joined.capitalize()}
    return ways | {unicodedata.normalize("NFD", way) for way in ways}


@pytest.mark.parametrize(
    ("province", "spellings"),
    [
        (
            DAK_LAK,
            ("daklak", "dak lak", "Đắk Lắk", "đăk lăk", "Đắc Lắc", "dac lac", "DAKLAK", "đắclắc", "daclak"),
        ),
        ("VN63-77", ("brvt", "bà rịa vũng tàu", "bariavungtau", "vungtau", "baria", "Bà Rịa - Vũng Tàu")),
        (KON_TUM, ("kontum", "kon tum", "Kon Tum", "cong tum")),
        (BINH_DINH, ("binhdinh", "bình định", "binh dinh", "Bìnhđịnh")),
        (
            HO_CHI_MINH,
            (
                "hochiminh",
                "tphcm",
                "tp hcm",
                "tp.hcm",
                "HCM",
                "sai gon",
                "saigon",
                "Sài Gòn",
                "TP Hồ Chí Minh",
            ),
        ),
        (TRA_VINH, ("travinh", "vinhlong", "cauke", "cầu kè", "trà vinh vĩnh long", "travinh cầukè")),
    ],
)
def test_a_place_is_found_in_every_spelling(
    session: Session, ask: Callable[[str], Listing], province: str, spellings: tuple[str, ...]
) -> None:
    commune = CAU_KE if province == TRA_VINH else None
    there = make_product(session, name="Cà phê", province_id=province, commune_id=commune)
    make_product(session, name="Cà phê khác", province_id=YEN_BAI)
    for spelling in spellings:
        listing = ask(spelling)
        assert [card.id for card in listing.cards] == [there.id], spelling
        assert listing.corrected is None, spelling


def test_a_name_of_a_place_written_joined_on_the_goods_is_found_parted(
    session: Session, ask: Callable[[str], Listing]
) -> None:
    make_product(session, name="Cà phê Đaklak", province_id=YEN_BAI)
    make_product(session, name="Cà phê Đắk Lắk", province_id=LAO_CAI)
    assert set(names(ask("dak lak"))) == set(names(ask("daklak"))) == {"Cà phê Đaklak", "Cà phê Đắk Lắk"}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("mat ong hoa binh", {"Hòa Bình"}),
        ("mật ong hoà binh", {"Hòa Bình"}),
        ("matong hoabinh", {"Hòa Bình"}),
        ("hoa huệ", set()),
        ("hoa hue", {"Huế"}),
        ("quà sài gòn", {"Hồ Chí Minh"}),
        ("bình hoà", set()),
        ("ha", set()),
        ("\u2120 hà nội", {"Hà Nội"}),
        ("", set()),
    ],
)
def test_a_text_names_a_province_in_whole_words_only(session: Session, text: str, named: set[str]) -> None:
    provinces: list[Province] = gazetteer(session).named_in(text)
    assert {province.short_name for province in provinces} == named


def test_goods_of_the_place_that_is_named_come_first(session: Session, ask: Callable[[str], Listing]) -> None:
    elsewhere = make_product(
        session, name="Mật ong hoa rừng Bình Sơn", province_id=THANH_HOA, description="Hoà tan."
    )
    make_certificate(session, product=elsewhere, valid_until=dt.date(2026, 1, 1))
    make_product(session, name="Kẹo mật ong sữa", province_id=HOA_BINH)
    for text in ("mat ong hoa binh", "mật ong hoà bình", "mật ong hoabinh"):
        assert names(ask(text)) == ["Kẹo mật ong sữa", "Mật ong hoa rừng Bình Sơn"]


def test_of_goods_that_fit_equally_what_is_on_sale_comes_first_and_what_ended_last(
    session: Session, ask: Callable[[str], Listing]
) -> None:
    lapsed = make_product(session, name="Mật ong A", province_id=VINH_LONG)
    make_certificate(session, product=lapsed, valid_until=dt.date(2026, 1, 1))
    make_product(session, name="Mật ong B không giấy", province_id=VINH_LONG)
    starred = make_product(session, name="Mật ong C hết hàng rồi", province_id=VINH_LONG)
    make_certificate(session, product=starred)
    on_sale = make_product(session, name="Mật ong D của rừng nhiệt đới", province_id=VINH_LONG)
    make_certificate(session, product=on_sale)
    make_batch(session, variant=make_variant(session, product=on_sale))
    assert names(ask("mat ong")) == [
        "Mật ong D của rừng nhiệt đới",
        "Mật ong B không giấy",
        "Mật ong C hết hàng rồi",
        "Mật ong A",
    ]
    with atomic() as writing:
        writing.merge(lapsed).name = "Ong"
    assert names(ask("ong"))[0] == "Ong", "what the words fit better stays before"
