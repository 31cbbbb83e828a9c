"""A stamp is judged by what is printed on it, whatever number its goods have today."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from app.catalogue.models import Product, Variant
from app.catalogue.variants import VariantFacts, change_variant
from app.core.audit import Actor
from app.core.db import atomic
from app.core.parts import part
from app.core.reading import Reader, Row
from app.trace.printing.sheets import begin_printing
from app.trace.setup import Trace
from app.trace.stamps.codes import encode
from app.trace.stamps.models import StampRoll
from app.trace.stamps.rolls import Span
from tests.factories.catalogue import make_product, make_variant
from tests.factories.client import Visitor
from tests.factories.supply import make_batch
from tests.factories.trace import KEY, make_activation, make_roll

OLD, NEW, OTHER = "08935012345011", "08935012345028", "08935012345035"
PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 12) Chrome/120 Mobile"}
LAN = Actor(None, "Lan")


class Goods:
    """A pack with a number, a roll of it, and the acts on both."""

    def __init__(self, app: Flask, session: Session, now: dt.datetime) -> None:
        self.app, self.now = app, now
        self.variant = make_variant(session, gtin=OLD)
        self.roll = make_roll(session, variant=self.variant, count=5)

    def print(self) -> None:
        with atomic() as session:
            begin_printing(
                session,
                producer_id=self.roll.producer_id,
                roll_id=self.roll.id,
                span=Span(1, 5),
                ring=part(Trace, self.app).ring,
                actor=LAN,
                now=self.now,
            )

    def give(self, gtin: str | None, variant: Variant | None = None) -> None:
        variant = variant or self.variant
        with atomic() as session:
            change_variant(
                session,
                producer_id=session.get_one(Product, variant.product_id).producer_id or 0,
                variant_id=variant.id,
                facts=VariantFacts(pack="Hộp 100 g", price=50_000, gtin=gtin),
                actor=LAN,
                now=self.now,
            )

    @property
    def code(self) -> str:
        return encode(self.roll.first_number, KEY)

    def page(self, gtin: str | None, query: str = "") -> BeautifulSoup:
        address = f"/t/{self.code}?{f'gtin={gtin}&' if gtin else ''}{query}"
        answer = self.app.test_client().get(address, headers=PHONE)
        return BeautifulSoup(answer.text, "html.parser")

    def verdict(self, gtin: str | None) -> str:
        (main,) = self.page(gtin).select("main[data-verdict]")
        return str(main["data-verdict"])


@pytest.fixture
def goods(app: Flask, session: Session, now: dt.datetime) -> Goods:
    return Goods(app, session, now)


def test_a_corrected_number_changes_no_verdict_of_stamps_in_print(goods: Goods, session: Session) -> None:
    goods.print()
    assert goods.verdict(OLD) == "not-activated"
    goods.give(NEW)
    assert [goods.verdict(gtin) for gtin in (OLD, NEW, None)] == ["not-activated"] * 3
    make_activation(session, roll=goods.roll)
    assert goods.verdict(OLD) == "genuine-seen"
    goods.give(None)
    assert [goods.verdict(gtin) for gtin in (OLD, NEW, None)] == ["genuine-seen"] * 3
    assert goods.verdict(OTHER) == "wrong-product"


def test_the_page_tells_the_number_on_the_stamp_where_it_is_not_todays(goods: Goods) -> None:
    goods.print()
    assert "số cũ" not in goods.page(OLD).get_text()
    goods.give(NEW)
    text = goods.page(OLD).get_text()
    assert NEW in text and f"tem in số cũ của cùng món hàng: {OLD}" in text
    goods.give(None)
    assert f"tem in số cũ của cùng món hàng: {OLD}" in goods.page(OLD).get_text()


def test_so_it_does_for_stamps_not_printed_here_but_given_a_number_once(goods: Goods) -> None:
    goods.give(NEW)
    assert goods.verdict(OLD) == goods.verdict(NEW) == "not-activated"
    assert goods.verdict(OTHER) == "wrong-product"


def test_a_number_first_given_after_the_print_is_right_too(goods: Goods) -> None:
    goods.give(None)
    goods.print()
    goods.give(NEW)
    assert goods.verdict(NEW) == goods.verdict(None) == "not-activated"


def test_a_number_given_to_other_goods_is_theirs_unless_it_stands_on_the_stamp(
    goods: Goods, session: Session
) -> None:
    others = make_variant(session, product=make_product(session))
    goods.give(NEW)
    goods.print()
    goods.give(OLD, others)
    assert goods.verdict(OLD) == "wrong-product", "OLD was never printed here and is other goods' number now"
    assert goods.verdict(NEW) == "not-activated"
    goods.give(None, others)
    assert goods.verdict(OLD) == "not-activated"


def test_a_number_that_stands_on_the_stamp_is_right_whoever_has_it_now(
    goods: Goods, session: Session
) -> None:
    goods.print()
    goods.give(NEW)
    goods.give(OLD, make_variant(session, product=make_product(session)))
    assert goods.verdict(OLD) == "not-activated"


def test_the_printed_address_leads_to_the_stamp_after_the_correction(goods: Goods, client: Visitor) -> None:
    goods.print()
    goods.give(NEW)
    answer = client.get(f"/01/{OLD}/21/{goods.code}")
    assert (answer.status_code, answer.headers["Location"]) == (307, f"/t/{goods.code}?gtin={OLD}")


def test_only_a_number_neither_printed_nor_todays_costs_a_second_question(
    goods: Goods, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    rows = Reader.rows

    def counted(reader: Reader, statement: str, *facts: Any) -> list[Row]:
        asked.append(statement)
        return rows(reader, statement, *facts)

    goods.print()
    goods.give(NEW)
    goods.page(None)
    monkeypatch.setattr(Reader, "rows", counted)
    for gtin, questions in ((None, 1), (OLD, 1), (NEW, 1), (OTHER, 2)):
        asked.clear()
        goods.page(gtin)
        assert (
            len(
                [
                    statement
                    for statement in asked
                    if "FROM stamp_rolls" in statement or "former_gtins" in statement
                ]
            )
            == questions
        )


def test_a_lot_of_the_address_that_is_not_the_stamps_is_a_line_and_no_accusation(
    goods: Goods, session: Session
) -> None:
    goods.print()
    batch = make_batch(session, variant=goods.variant)
    assert not goods.page(OLD, "lot=ANOTHER").select("[data-also=other-lot]"), "of no batch yet"
    make_activation(session, roll=goods.roll, batch=batch)
    for right in (
        "",
        "lot=",
        f"lot={batch.code}",
        f"lot={batch.code.lower()}",
        f"lot={batch.code}.",
        "lot=m%E1%BA%ADt",
    ):
        page = goods.page(OLD, right)
        assert not page.select("[data-also=other-lot]"), right
    for other in ("ANOTHER", "<b>", "X&Y"):
        page = goods.page(OLD, f"lot={other.replace('&', '%26')}")
        (line,) = page.select("[data-also=other-lot]")
        shown = other.split("&")[0]
        assert f"Địa chỉ ghi lô {shown}, tem này thuộc lô {batch.code}" in line.get_text()
        assert page.select_one("main[data-verdict=genuine-seen], main[data-verdict=genuine-first]")
        assert not page.select("main b b")


def test_every_stamp_of_the_batch_shows_the_lot_of_its_own_address(goods: Goods, session: Session) -> None:
    """The page is drawn once; what the address says stands in a slot."""
    goods.print()
    make_activation(session, roll=goods.roll)
    for lot in ("FIRST", "SECOND"):
        text = goods.page(OLD, f"lot={lot}").get_text()
        assert f"Địa chỉ ghi lô {lot}" in text


def test_a_code_made_under_another_secret_of_the_same_id_is_not_the_rolls(
    app: Flask, session: Session, goods: Goods, client: Visitor
) -> None:
    make_activation(session, roll=goods.roll)
    with atomic() as writing:
        writing.get_one(StampRoll, goods.roll.id).key_fingerprint = "0" * 16
    assert client.get(f"/t/{goods.code}", headers=PHONE).status_code == 404
    with atomic() as writing:
        writing.get_one(StampRoll, goods.roll.id).key_fingerprint = None
    assert client.get(f"/t/{goods.code}", headers=PHONE).status_code == 200
