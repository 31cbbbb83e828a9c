"""An officer's register: counts by the day, the rows behind each, of the own place only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import pytest
from sqlalchemy.orm import Session

from app.catalogue.models import Product
from app.certification.expiring import expiring
from app.certification.queries import (
    DIMENSIONS,
    Question,
    count_rows,
    register_counts,
    register_row,
    register_rows,
)
from app.core.errors import NotFound
from app.geography.lookup import Province, gazetteer
from tests.factories.catalogue import make_producer, make_product
from tests.factories.certification import make_certificate, make_dossier
from tests.factories.places import LAO_CAI, TRA_VINH, VINH_LONG, YEN_BAI

TODAY = dt.date(2026, 11, 21)


@dataclass
class Places:
    """Vĩnh Long of today, Trà Vinh that was, and one product of each kind in the latter."""

    today: Province
    then: Province
    elsewhere: Province
    goods: dict[str, Product]


@pytest.fixture
def places(session: Session) -> Places:
    names = gazetteer(session)
    units = [names.province(i) for i in (VINH_LONG, TRA_VINH, LAO_CAI)]
    today, then, elsewhere = (unit for unit in units if unit)
    producer = make_producer(session, name="HTX Cầu Kè", province_id=TRA_VINH, kind="cooperative")
    goods = {
        name: make_product(session, producer=producer, name=name)
        for name in ("Dừa sáp", "Mật hoa dừa", "Bánh tét", "Rượu dừa", "Kẹo dừa")
    }
    make_certificate(session, product=goods["Dừa sáp"], stars=5, valid_until=TODAY + dt.timedelta(days=40))
    make_certificate(session, product=goods["Mật hoa dừa"], stars=4, recognised_year=2023)
    make_certificate(session, product=goods["Bánh tét"], stars=3, recognised_year=2019)
    make_certificate(session, product=goods["Rượu dừa"], stars=None, valid_until=dt.date(2028, 1, 1))
    make_dossier(session, product=goods["Kẹo dừa"])
    make_product(session, name="Bưởi", province_id=VINH_LONG, producer_id=None, published=False)
    make_certificate(session, product=make_product(session, province_id=YEN_BAI))
    return Places(today, then, elsewhere, goods)


def test_counts_in_every_dimension(session: Session, places: Places) -> None:
    counts = register_counts(session, places.then, TODAY)
    assert counts.by("stars") == {"5": 1, "4": 1, "3": 1, "unknown": 1, "none": 1}
    assert counts.by("standing") == {"in-force": 2, "unconfirmed": 1, "lapsed": 1, "pending": 1}
    assert counts.by("year") == {"2023": 2, "2019": 1, "2025": 1, "none": 1}
    assert counts.by("kind") == {"cooperative": 5}
    assert counts.starred_by("stars") == {"5": 1, "4": 1}
    assert (counts.total, counts.starred) == (5, 2)


def test_counts_follow_the_day(session: Session, places: Places) -> None:
    later = register_counts(session, places.then, dt.date(2027, 1, 1))
    assert later.by("standing") == {"in-force": 1, "lapsed": 3, "pending": 1}
    assert later.starred == 0


def test_today_s_province_holds_the_former_ones(session: Session, places: Places) -> None:
    assert register_counts(session, places.today, TODAY).total == 6
    assert register_counts(session, places.then, TODAY).total == 5
    assert register_counts(session, places.elsewhere, TODAY).total == 1


def test_behind_every_count_stand_its_rows(session: Session, places: Places) -> None:
    counts = register_counts(session, places.today, TODAY)
    for dimension in DIMENSIONS:
        for value, count in counts.by(dimension).items():
            question = replace(Question(), **{dimension: (value,)})  # type: ignore[arg-type]
            assert count_rows(session, places.today, question, TODAY) == count, (dimension, value)
            assert len(register_rows(session, places.today, question, TODAY)) == count


@pytest.mark.parametrize(
    ("question", "names"),
    [
        (Question(stars=("5", "4")), ["Dừa sáp", "Mật hoa dừa"]),
        (Question(stars=("5", "4"), standing=("in-force",)), ["Dừa sáp"]),
        (Question(text="dua"), ["Dừa sáp", "Kẹo dừa", "Mật hoa dừa", "Rượu dừa"]),
        (Question(text="CẦU KÈ banh"), ["Bánh tét"]),
        (Question(text="100%"), []),
        (Question(year=("1999",)), []),
    ],
)
def test_a_question_narrows_the_rows(
    session: Session, places: Places, question: Question, names: list[str]
) -> None:
    assert [row.name for row in register_rows(session, places.then, question, TODAY)] == names


def test_a_row_knows_its_place_then_and_now(session: Session, places: Places) -> None:
    row = register_row(session, places.today, places.goods["Kẹo dừa"].id, TODAY)
    assert (row.place.at_time, row.place.today) == ("Trà Vinh", "Vĩnh Long")
    assert (row.standing.state, row.producer, row.published) == ("pending", "HTX Cầu Kè", True)


def test_a_product_of_another_place_is_not_found(session: Session, places: Places) -> None:
    with pytest.raises(NotFound):
        register_row(session, places.elsewhere, places.goods["Dừa sáp"].id, TODAY)


def test_pages_of_rows_do_not_overlap(session: Session, places: Places) -> None:
    pages = [
        register_rows(session, places.then, Question(), TODAY, limit=2, offset=offset) for offset in (0, 2, 4)
    ]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert len({row.id for page in pages for row in page}) == 5


def test_what_ends_soon_stands_apart_from_what_nobody_knows(session: Session, places: Places) -> None:
    ending = expiring(session, places.then, TODAY, within=180)
    assert [row.name for row in ending.soon] == ["Dừa sáp"]
    assert [row.name for row in ending.undated] == ["Mật hoa dừa"]
    assert expiring(session, places.then, TODAY, within=39).soon == ()
