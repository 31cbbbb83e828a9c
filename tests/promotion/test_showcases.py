"""Fairs and their goods: what cannot be is refused, and the order favours nobody unless somebody orders by hand."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.catalogue.models import Product
from app.core import clock
from app.core.audit import Actor, AuditEntry
from app.core.db import atomic
from app.core.errors import InvalidInput, NotFound
from app.core.text import fold
from app.promotion.models import Showcase, ShowcaseItem
from app.promotion.queries import all_fairs, published_fairs, published_showcase, showcase_of, state_on
from app.promotion.selection import (
    MOST_ITEMS,
    AlreadyChosen,
    NotInShowcase,
    add_item,
    hash_key,
    move_item,
    note_item,
    order_items,
    remove_item,
)
from app.promotion.showcases import (
    AlreadyExists,
    NothingChosen,
    change_showcase,
    make_showcase,
    publish,
    unpublish,
)
from tests.certification.test_awards import at_once
from tests.factories.catalogue import make_product
from tests.factories.certification import make_certificate
from tests.factories.places import VINH_LONG
from tests.factories.promotion import make_showcase as keep_showcase

TODAY = dt.date(2026, 11, 21)
BAO = Actor(None, "Trần Quốc Bảo")
FACTS: dict[str, Any] = {
    "name": "Chợ Tết OCOP",
    "place": "Quảng trường Trà Vinh",
    "province_id": VINH_LONG,
    "starts_on": dt.date(2027, 1, 20),
    "ends_on": dt.date(2027, 2, 5),
    "introduction": "Mâm Tết ba miền.",
}


def act(verb: Any, *args: Any, **facts: Any) -> Any:
    """Do a verb of this package as its staff, in a transaction of its own."""
    with atomic() as session:
        return verb(session, *args, **facts, actor=BAO, now=clock.now())


def order_of(session: Session, showcase: Showcase) -> list[str]:
    session.expire_all()
    return [item.card.name for item in showcase_of(session, showcase.id, TODAY).items]


@pytest.fixture
def goods(session: Session) -> list[Product]:
    return [make_product(session, name=name) for name in ("Chè", "Đường", "An xoa", "Bánh tét", "Mật ong")]


def test_a_fair_is_made_hidden_and_in_the_order_of_hashes(session: Session) -> None:
    showcase = act(make_showcase, **FACTS)
    assert (showcase.slug, showcase.order_rule, showcase.published_at, showcase.created_by) == (
        "cho-tet-ocop",
        "hash",
        None,
        None,
    )
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.act == "showcase.made")).one()
    assert entry.object_id == str(showcase.id)


def test_another_fair_of_the_name_gets_a_number(session: Session) -> None:
    slugs = [act(make_showcase, **FACTS | {"starts_on": dt.date(2027, 1, 20 + n)}).slug for n in range(3)]
    assert slugs == ["cho-tet-ocop", "cho-tet-ocop-2", "cho-tet-ocop-3"]
    assert act(make_showcase, **FACTS | {"name": "茶"}).slug == "phien-cho"


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"name": "  "}, "missing", "name"),
        ({"place": ""}, "missing", "place"),
        ({"name": "x" * 121}, "too-long", "name"),
        ({"introduction": "x" * 2001}, "too-long", "introduction"),
        ({"province_id": "VN34-00"}, "unknown-province", "province_id"),
        ({"starts_on": dt.date(2018, 5, 6)}, "before-the-programme", "starts_on"),
        ({"starts_on": dt.date(2031, 11, 26)}, "too-far-ahead", "starts_on"),
        ({"ends_on": dt.date(2027, 1, 19)}, "ends-before-it-starts", "ends_on"),
        ({"ends_on": dt.date(2028, 1, 22)}, "too-many-days", "ends_on"),
    ],
)
def test_a_fair_that_cannot_be_is_refused_at_its_field(
    session: Session, change: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        act(make_showcase, **FACTS | change)
    assert (refused.value.code, refused.value.field) == (code, field)
    showcase = keep_showcase(session)
    with pytest.raises(InvalidInput):
        act(change_showcase, showcase.id, **FACTS | change)
    assert session.scalar(sa.select(sa.func.count()).select_from(Showcase)) == 1


def test_a_second_click_makes_no_second_fair(app: Flask, session: Session) -> None:
    showcase = act(make_showcase, **FACTS)
    with pytest.raises(AlreadyExists) as refused:
        act(make_showcase, **FACTS | {"introduction": "Lời khác."})
    assert refused.value.facts["id"] == showcase.id

    def once() -> str:
        try:
            act(make_showcase, **FACTS | {"name": "Phiên sáng sớm"})
        except AlreadyExists:
            return "already"
        return "made"

    assert sorted(at_once(app, [once] * 4)) == ["already"] * 3 + ["made"]


def test_changing_a_fair_keeps_its_address(session: Session) -> None:
    showcase = act(make_showcase, **FACTS)
    act(change_showcase, showcase.id, **FACTS | {"name": "Chợ xuân", "introduction": ""})
    act(change_showcase, showcase.id, **FACTS | {"name": "Chợ xuân", "introduction": ""})
    changed = session.get_one(Showcase, showcase.id, populate_existing=True)
    assert (changed.name, changed.slug, changed.introduction) == ("Chợ xuân", "cho-tet-ocop", None)
    entries = session.scalars(sa.select(AuditEntry).where(AuditEntry.act == "showcase.changed")).all()
    assert [entry.facts["fields"] for entry in entries] == [["introduction", "name"]]
    with pytest.raises(NotFound):
        act(change_showcase, 404, **FACTS)


def test_the_hash_order_can_be_computed_again_and_differs_by_fair(
    session: Session, goods: list[Product]
) -> None:
    orders = []
    for slug in ("hoi-cho-a", "hoi-cho-b"):
        fair = keep_showcase(session, slug=slug, order_rule="hash")
        for product in goods:
            act(add_item, fair.id, product_id=product.id, note="")
        expected = sorted(goods, key=lambda p: hashlib.sha256(f"{slug}/{p.slug}".encode()).hexdigest())
        orders.append(order_of(session, fair))
        assert orders[-1] == [product.name for product in expected]
    assert orders[0] != orders[1]
    assert hash_key("a", "b") == hashlib.sha256(b"a/b").hexdigest()


def test_by_name_means_without_accents(session: Session, goods: list[Product]) -> None:
    fair = keep_showcase(session, products=goods, order_rule="hand")
    act(order_items, fair.id, rule="name")
    assert order_of(session, fair) == sorted((p.name for p in goods), key=fold)
    act(order_items, fair.id, rule="hand")
    assert order_of(session, fair) == sorted((p.name for p in goods), key=fold)


def test_moving_by_hand_is_recorded_and_stops_at_the_ends(session: Session, goods: list[Product]) -> None:
    fair = keep_showcase(session, products=goods, order_rule="name")
    names = [product.name for product in goods]
    act(move_item, fair.id, product_id=goods[0].id, up=True)
    act(move_item, fair.id, product_id=goods[4].id, up=False)
    assert order_of(session, fair) == names
    assert showcase_of(session, fair.id, TODAY).fair.order_rule == "name"
    act(move_item, fair.id, product_id=goods[1].id, up=True)
    act(move_item, fair.id, product_id=goods[2].id, up=False)
    assert order_of(session, fair) == ["Đường", "Chè", "Bánh tét", "An xoa", "Mật ong"]
    assert showcase_of(session, fair.id, TODAY).fair.order_rule == "hand"


def test_by_hand_a_new_product_comes_last(session: Session, goods: list[Product]) -> None:
    fair = keep_showcase(session, products=goods[:3], order_rule="hand")
    act(add_item, fair.id, product_id=goods[4].id, note="  Ngọt   thơm ")
    assert order_of(session, fair)[-1] == "Mật ong"
    assert showcase_of(session, fair.id, TODAY).items[-1].note == "Ngọt thơm"


def test_what_cannot_be_chosen_is_refused(session: Session, goods: list[Product]) -> None:
    fair = keep_showcase(session, products=goods[:1])
    hidden = make_product(session, published=False)
    for product_id in (hidden.id, 10**6):
        with pytest.raises(InvalidInput, match="unknown-product"):
            act(add_item, fair.id, product_id=product_id, note="")
    with pytest.raises(AlreadyChosen):
        act(add_item, fair.id, product_id=goods[0].id, note="")
    with pytest.raises(InvalidInput, match="too-long"):
        act(add_item, fair.id, product_id=goods[1].id, note="x" * 301)
    with pytest.raises(InvalidInput, match="unknown-rule"):
        act(order_items, fair.id, rule="money")
    assert order_of(session, fair) == ["Chè"]


def test_a_fair_has_an_end_to_its_goods(session: Session, goods: list[Product]) -> None:
    fair = keep_showcase(session)
    with atomic() as writing:
        for position in range(1, MOST_ITEMS + 1):
            product = make_product(writing, producer_id=None)
            writing.add(ShowcaseItem(showcase_id=fair.id, product_id=product.id, position=position))
    with pytest.raises(InvalidInput, match="too-many-items"):
        act(add_item, fair.id, product_id=goods[0].id, note="")


def test_a_note_is_changed_and_an_item_taken_out(session: Session, goods: list[Product]) -> None:
    fair = keep_showcase(session, products=goods[:3])
    act(note_item, fair.id, product_id=goods[0].id, note="Ấm đầu năm.")
    act(remove_item, fair.id, product_id=goods[1].id)
    page = showcase_of(session, fair.id, TODAY)
    assert [(item.place, item.note) for item in page.items] == [(1, "Ấm đầu năm."), (2, None)]
    for verb, facts in ((note_item, {"note": ""}), (remove_item, {}), (move_item, {"up": True})):
        with pytest.raises(NotInShowcase):
            act(verb, fair.id, product_id=goods[1].id, **facts)
    positions = session.scalars(sa.select(ShowcaseItem.position).order_by(ShowcaseItem.position)).all()
    assert positions == [1, 2]


def test_only_a_fair_with_goods_is_published(session: Session, goods: list[Product]) -> None:
    fair = keep_showcase(session, published=False)
    with pytest.raises(NothingChosen):
        act(publish, fair.id)
    act(add_item, fair.id, product_id=goods[0].id, note="")
    act(publish, fair.id)
    act(publish, fair.id)
    with pytest.raises(NothingChosen):
        act(remove_item, fair.id, product_id=goods[0].id)
    assert published_showcase(session, fair.slug, TODAY).fair.published
    act(unpublish, fair.id)
    act(unpublish, fair.id)
    with pytest.raises(NotFound):
        published_showcase(session, fair.slug, TODAY)
    acts = session.scalars(
        sa.select(AuditEntry.act)
        .where(AuditEntry.act.in_(("showcase.published", "showcase.hidden")))
        .order_by(AuditEntry.id)
    )
    assert list(acts) == ["showcase.published", "showcase.hidden"]
    with pytest.raises(NotFound):
        act(publish, 404)


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (dt.date(2026, 11, 20), "soon"),
        (dt.date(2026, 11, 21), "open"),
        (dt.date(2026, 11, 23), "open"),
        (dt.date(2026, 11, 24), "over"),
    ],
)
def test_a_fair_is_open_from_its_first_to_its_last_day(day: dt.date, state: str) -> None:
    assert state_on(dt.date(2026, 11, 21), dt.date(2026, 11, 23), day) == state


def test_open_fairs_come_first_then_coming_then_past(session: Session, goods: list[Product]) -> None:
    for name, starts, ends in (
        ("qua lâu", -90, -80),
        ("mới qua", -20, -10),
        ("sắp xa", 30, 31),
        ("mở dài", -1, 30),
        ("sắp gần", 3, 4),
        ("mở ngắn", -1, 1),
    ):
        days: dict[str, Any] = {
            "starts_on": TODAY + dt.timedelta(days=starts),
            "ends_on": TODAY + dt.timedelta(days=ends),
        }
        keep_showcase(session, name=name, products=goods[:1], **days)
    keep_showcase(session, name="giấu", published=False)
    names = [fair.name for fair in published_fairs(session, TODAY)]
    assert names == ["mở ngắn", "mở dài", "sắp gần", "sắp xa", "mới qua", "qua lâu"]
    assert len(published_fairs(session, TODAY, over=False)) == 4
    assert len(all_fairs(session, TODAY)) == 7


def test_a_hidden_product_leaves_the_page_but_not_the_list_of_the_staff(
    session: Session, goods: list[Product]
) -> None:
    fair = keep_showcase(session, products=goods[:2])
    with atomic() as writing:
        writing.get_one(Product, goods[0].id).published_at = None
    assert [item.card.name for item in published_showcase(session, fair.slug, TODAY).items] == ["Đường"]
    assert [item.visible for item in showcase_of(session, fair.id, TODAY).items] == [False, True]
    with pytest.raises(NotFound):
        showcase_of(session, 404, TODAY)


def test_a_card_shows_the_standing_of_the_day(session: Session, goods: list[Product]) -> None:
    make_certificate(session, product=goods[0], stars=4, valid_until=TODAY)
    fair = keep_showcase(session, products=goods[:1])
    stars = [
        published_showcase(session, fair.slug, day).items[0].card.standing.drawn_stars
        for day in (TODAY, TODAY + dt.timedelta(days=1))
    ]
    assert stars == [4, 0]
