"""Words may only withhold a product from sale; what it is, a person records, and the programme has the last word."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue import publishing
from app.catalogue.alcohol import REASONS, decide_alcohol, is_suspicious
from app.catalogue.models import Product
from app.core.audit import Actor, AuditEntry
from app.core.db import atomic
from app.core.errors import InvalidInput, NotFound, WrongState
from tests.catalogue.test_publishing import add, change
from tests.factories.catalogue import make_producer, make_product

SUONG = Actor(8, "Thạch Thị Sương")

SUSPICIOUS = [
    "Rượu nếp cái",
    "RƯỢU NẾP",
    "Ruou nep",
    "ruợu sim",
    "rựou sim",
    "Rựu sim",
    "Rƣợu cần",
    "Rượu-cần",
    "Bộ sản phẩm rượu ghè",
    "Cơm rượu nếp cẩm",
    "Men rượu lá",
    "Gà ủ rượu",
    "Rượu cần: bình gốm",
    "Vang sim rừng Măng Đen",
    "Nho lên men (vang)",
    "Bia thủ công",
    "ＢＩＡ thủ công",
    "B\u200bia hơi",
    "Quốc tửu",
    "Vodka gạo",
    "Craft beer",
    "Nước nếp có cồn",
    "Sâm panh táo mèo",
]
CLEAR = [
    "Trà hoa vàng",
    "Gạo nếp cái hoa vàng",
    "Cao chè vằng",
    "Đậu bìa",
    "Bánh tráng giòn rụm",
    "Giữ gìn",
    "Du lịch Cồn Chim",
    "Khô cá nguyên con",
    "Trường tựu",
    "Nước mắm",
    "Biarritz",
    "Vangelis",
    "",
]


@pytest.mark.parametrize("name", SUSPICIOUS)
def test_a_word_of_alcohol_anywhere_withholds_whatever_the_group(
    session: Session, now: dt.datetime, name: str
) -> None:
    for written in (name, unicodedata.normalize("NFD", name)):
        assert is_suspicious(written)
    for group in ("beverage", "food", "handicraft", "tourism"):
        assert add(make_producer(session), now, name=name, group_code=group).alcohol


@pytest.mark.parametrize("name", CLEAR)
def test_words_that_only_look_alike_withhold_nothing(name: str) -> None:
    for written in (name, name.upper(), unicodedata.normalize("NFD", name)):
        assert not is_suspicious(written)


def test_the_producers_word_withholds_and_its_no_releases_no_suspicious_name(
    session: Session, now: dt.datetime
) -> None:
    producer = make_producer(session)
    said = [
        add(producer, now, name=name, alcohol=alcohol)
        for name, alcohol in (("Nước táo mèo", True), ("Nước dứa", False), ("Giấm rượu", False))
    ]
    assert [(one.alcohol_record, one.alcohol_recorder, one.alcohol) for one in said] == [
        ("alcohol", "producer", True),
        ("not-alcohol", "producer", False),
        ("not-alcohol", "producer", True),
    ]
    assert (said[0].alcohol_recorded_by, said[0].alcohol_recorded_at) == ("Lý Thị Hoa", now)


def describe(product: Product, now: dt.datetime, **facts: Any) -> Product:
    return change(publishing.describe_product, product, now, description="", **facts)


def decide(product: Product, now: dt.datetime, **facts: Any) -> Product:
    asked: dict[str, Any] = {"product_id": product.id, "alcohol": False, "reason": "food"} | facts
    with atomic() as session:
        return decide_alcohol(session, actor=SUONG, now=now, **asked)


def test_the_programme_has_the_last_word(session: Session, now: dt.datetime) -> None:
    product = make_product(session, name="Cơm rượu", alcohol=True)
    describe(product, now, alcohol=False)
    released = decide(product, now)
    assert (released.alcohol, released.alcohol_recorder, released.alcohol_recorded_by) == (
        False,
        "programme",
        "Thạch Thị Sương",
    )
    entry = session.scalars(
        sa.select(AuditEntry).where(AuditEntry.act == "product.alcohol-recorded", AuditEntry.actor_id == 8)
    ).one()
    assert (entry.facts["alcohol"], entry.facts["basis"]) == ("not-alcohol", "food")
    assert not describe(product, now, alcohol=False).alcohol
    assert decide(product, now, alcohol=True).alcohol
    with pytest.raises(WrongState, match="alcohol-decided") as refused:
        describe(product, now, alcohol=False)
    assert refused.value.field == "alcohol"
    session.rollback()
    assert describe(product, now, alcohol=True).alcohol


def test_a_producers_yes_is_taken_after_the_programmes_no(session: Session, now: dt.datetime) -> None:
    product = make_product(session, name="Nước táo mèo")
    decide(product, now)
    assert describe(product, now, alcohol=True).alcohol
    assert not describe(product, now, alcohol=False).alcohol


def test_the_same_word_twice_is_one_entry_of_the_log(session: Session, now: dt.datetime) -> None:
    product = make_product(session, name="Cơm rượu", alcohol=True)
    for _ in range(2):
        decide(product, now)
    assert session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == 1


def test_another_name_is_judged_anew(session: Session, now: dt.datetime) -> None:
    product = make_product(session, name="Giấm rượu")
    decide(product, now)
    assert not describe(product, now, name="GIẤM rượu", group_code="food").alcohol
    renamed = describe(product, now, name="Rượu gạo", group_code="beverage", alcohol=False)
    assert (renamed.alcohol, renamed.alcohol_recorder) == (True, "producer")
    decide(product, now, alcohol=True)
    kept = describe(product, now, name="Nước gạo", group_code="beverage")
    assert (kept.alcohol, kept.alcohol_recorder) == (True, "programme")


def test_a_name_without_a_word_leaves_what_nobody_said_unsaid(session: Session, now: dt.datetime) -> None:
    product = make_product(session, name="Giấm rượu", alcohol=True)
    renamed = describe(product, now, name="Giấm gạo", group_code="food")
    assert (renamed.alcohol, renamed.alcohol_record, renamed.alcohol_recorder) == (
        False,
        "not-recorded",
        None,
    )


def test_a_decision_needs_a_ground_and_a_product(session: Session, now: dt.datetime) -> None:
    product = make_product(session, name="Cơm rượu", alcohol=True)
    for reason in ("", "bored"):
        with pytest.raises(InvalidInput, match="alcohol-reason"):
            decide(product, now, reason=reason)
    with pytest.raises(NotFound):
        decide(Product(id=404), now)
    for reason in REASONS:
        assert not decide(product, now, reason=reason).alcohol
