"""A producer describes, shows and hides own products; the register's facts and other people's products stay."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue import publishing
from app.catalogue.models import Producer, Product
from app.certification.standing import standing_of
from app.core import clock
from app.core.audit import Actor, AuditEntry
from app.core.db import atomic
from app.core.errors import Conflict, InvalidInput, NotFound, Refusal, WrongState
from tests.factories.catalogue import make_producer, make_product
from tests.factories.changes import last_change, topics_since
from tests.factories.places import CAU_KE_TODAY, LAO_CAI, VAN_CHAN, YEN_BAI

HOA = Actor(1, "Lý Thị Hoa")


def add(producer: Producer, now: dt.datetime, **facts: Any) -> Product:
    given: dict[str, Any] = {
        "name": "Chè dây",
        "group_code": "beverage",
        "alcohol": False,
        "province_id": LAO_CAI,
    }
    given |= facts
    with atomic() as session:
        return publishing.add_product(session, producer_id=producer.id, actor=HOA, now=now, **given)


def change(verb: Any, product: Product, now: dt.datetime, **facts: Any) -> Product:
    given: dict[str, Any] = {"producer_id": product.producer_id} | facts
    with atomic() as session:
        result: Product = verb(session, product_id=product.id, actor=HOA, now=now, **given)
        return result


def test_a_new_product_is_hidden_has_no_star_and_stands_where_it_was_put(
    session: Session, now: dt.datetime
) -> None:
    producer = make_producer(session)
    product = add(
        producer, now, name="  Chè  dây ", commune_id=VAN_CHAN, description="Hái tay.\r\n\r\nPhơi nắng. "
    )
    assert (product.name, product.slug, product.published_at) == ("Chè dây", "che-day", None)
    assert (product.today_province_id, product.commune_id) == (LAO_CAI, VAN_CHAN)
    assert product.description == "Hái tay.\n\nPhơi nắng."
    assert standing_of(session, product.id, clock.today()).state == "none"
    acts = session.scalars(sa.select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert acts == ["product.added", "product.alcohol-recorded"]


def test_a_product_of_a_former_province_is_listed_in_todays(session: Session, now: dt.datetime) -> None:
    product = add(make_producer(session), now, province_id=YEN_BAI)
    assert (product.province_id, product.today_province_id) == (YEN_BAI, LAO_CAI)


@pytest.mark.parametrize(
    ("facts", "field", "code"),
    [
        ({"name": " \x00 "}, "name", "missing"),
        ({"name": "x" * 161}, "name", "too-long"),
        ({"group_code": "toys"}, "group_code", "unknown-group"),
        ({"alcohol": None}, "alcohol", "alcohol-unsaid"),
        ({"province_id": "VN34-99"}, "province", "unknown-province"),
        ({"commune_id": CAU_KE_TODAY}, "commune", "commune-not-in-province"),
        ({"commune_id": "VN34-00000"}, "commune", "commune-not-in-province"),
        ({"description": "x" * 4001}, "description", "too-long"),
    ],
)
def test_what_cannot_be_taken_is_refused_at_its_field_and_nothing_is_added(
    session: Session, now: dt.datetime, facts: dict[str, Any], field: str, code: str
) -> None:
    producer = make_producer(session)
    with pytest.raises(InvalidInput) as refused:
        add(producer, now, **facts)
    assert (refused.value.field, refused.value.code) == (field, code)
    assert session.scalar(sa.select(sa.func.count()).select_from(Product)) == 0


def test_the_same_name_twice_at_one_producer_is_one_product(session: Session, now: dt.datetime) -> None:
    producer = make_producer(session)
    first = add(producer, now)
    with pytest.raises(Conflict) as refused:
        add(producer, now, name="CHÈ DÂY")
    assert (refused.value.field, refused.value.facts["slug"]) == ("name", first.slug)
    assert add(make_producer(session), now).slug != first.slug


def test_a_name_of_the_register_stays_while_its_description_changes(
    session: Session, now: dt.datetime
) -> None:
    product = make_product(session, register_key="k", name="Chè Shan")
    changed = change(publishing.describe_product, product, now, description="Cây cổ thụ.")
    assert (changed.name, changed.description) == ("Chè Shan", "Cây cổ thụ.")
    with pytest.raises(WrongState, match="name-of-register"):
        change(publishing.describe_product, product, now, description="", name="Chè khác")


def test_an_own_product_is_renamed_and_keeps_its_address(session: Session, now: dt.datetime) -> None:
    product = make_product(session, name="Nước dứa", slug="nuoc-dua")
    changed = change(
        publishing.describe_product, product, now, description="", name="Rượu dứa", group_code="beverage"
    )
    assert (changed.name, changed.slug, changed.alcohol) == ("Rượu dứa", "nuoc-dua", True)
    other = make_product(session, producer=session.get_one(Producer, product.producer_id), name="Chè")
    with pytest.raises(Conflict, match="product-exists"):
        change(publishing.describe_product, other, now, description="", name="rượu dứa")


def test_shown_and_hidden_are_seen_by_every_cached_page_and_announced_once(
    session: Session, now: dt.datetime
) -> None:
    product = make_product(session, published=False)
    before = last_change()
    assert change(publishing.publish, product, now).published_at == now
    assert f"product:{product.id}" in topics_since(before)
    later = now + dt.timedelta(hours=1)
    assert change(publishing.publish, product, later).published_at == now
    assert change(publishing.hide, product, later).published_at is None
    change(publishing.hide, product, later)
    acts = session.scalars(sa.select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert acts == ["product.published", "product.hidden"]


def test_a_product_without_a_group_cannot_be_shown(session: Session, now: dt.datetime) -> None:
    product = make_product(session, published=False)
    with atomic() as writing:
        writing.execute(sa.update(Product).values(group_code=None))
    with pytest.raises(InvalidInput, match="group-missing"):
        change(publishing.publish, product, now)


@pytest.mark.parametrize("verb", [publishing.publish, publishing.hide, publishing.describe_product])
def test_another_producers_product_is_not_found_and_stays(
    session: Session, now: dt.datetime, verb: Any
) -> None:
    product, other = make_product(session, description="Của tôi"), make_producer(session)
    facts = {"description": "Của người khác"} if verb is publishing.describe_product else {}
    with pytest.raises(NotFound):
        change(verb, product, now, producer_id=other.id, **facts)
    session.rollback()
    after = session.get_one(Product, product.id)
    assert after.published_at is not None
    assert after.description == "Của tôi"
    with pytest.raises(Refusal), atomic() as writing:
        publishing.add_product(
            writing,
            producer_id=0,
            name="x",
            group_code="food",
            alcohol=False,
            province_id=LAO_CAI,
            actor=HOA,
            now=now,
        )
