"""Each act leaves one event in the chains of the areas and batches it is about, and names no people."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.catalogue.models import Producer
from app.core.db import atomic
from app.core.errors import Refusal
from app.core.parts import part
from app.events.log import CHAIN_OPENED, Subject, record
from app.events.models import EventLink, RecordedEvent, SubjectKind
from app.gs1.event_hash import event_hash
from app.gs1.event_parts import ErrorDeclaration, Quantity
from app.gs1.events import ObjectEvent
from app.gs1.vocabulary import Action, ErrorReason
from app.orders import fulfilment
from app.orders.models import Order
from app.supply.recording import open_chains
from app.trace.setup import Trace
from app.trace.stamps.codes import encode
from tests.events.farm import BAY, Farm, acts, body, chain, reports
from tests.factories.catalogue import make_producer, make_product, make_variant
from tests.factories.orders import make_cart
from tests.factories.places import LAO_CAI, VAN_CHAN
from tests.factories.supply import make_area, make_batch
from tests.orders.test_checkout import order

AREA, BATCH = SubjectKind.AREA, SubjectKind.BATCH


@pytest.fixture
def farm(session: Session, now: dt.datetime) -> Farm:
    return Farm.of(session, now)


def test_an_area_is_declared_described_anew_and_closed(session: Session, farm: Farm) -> None:
    area = farm.open_area()
    farm.change_area(area.id)
    farm.close_area(area.id)
    opened, changed, closed = chain(session, AREA, area.id)
    assert body(opened) == {
        "type": "ObjectEvent",
        "eventTime": "2026-11-21T02:00:01.000Z",
        "eventTimeZoneOffset": "+07:00",
        "action": "ADD",
        "bizStep": "commissioning",
        "disposition": "active",
        "epcList": [f"urn:nguon:area:{area.id}"],
        "bizLocation": {"id": f"urn:nguon:area:{area.id}"},
        "nguon:act": "area.opened",
        "nguon:producer": f"urn:nguon:producer:{farm.producer_id}",
        "nguon:province": LAO_CAI,
        "nguon:commune": VAN_CHAN,
        "nguon:hectares": "3.5000",
    }
    assert (body(changed)["action"], body(changed)["nguon:hectares"]) == ("OBSERVE", "4.2500")
    assert "nguon:commune" not in body(changed)
    assert (body(closed)["action"], body(closed)["disposition"]) == ("DELETE", "inactive")


def test_a_batch_is_made_of_material_of_its_areas_and_is_in_their_chains_too(
    session: Session, farm: Farm
) -> None:
    hill, valley = farm.open_area(), farm.open_area("Thung lũng", commune_id=None, hectares=None)
    batch = farm.open_batch("SG-01", valley.id, hill.id)
    (opened,) = chain(session, BATCH, batch.id)
    assert body(opened) == {
        "type": "TransformationEvent",
        "eventTime": "2026-11-21T02:00:03.000Z",
        "eventTimeZoneOffset": "+07:00",
        "bizStep": "creating_class_instance",
        "disposition": "active",
        "inputQuantityList": [{"epcClass": f"urn:nguon:area:{area.id}"} for area in (hill, valley)],
        "outputQuantityList": [{"epcClass": f"urn:nguon:batch:{batch.public_id}", "quantity": 86}],
        "ilmd": {
            "cbvmda:lotNumber": "SG-01",
            "cbvmda:itemExpirationDate": "2027-11-20",
            "nguon:madeOn": "2026-11-20",
        },
        "nguon:act": "batch.opened",
        "nguon:batch": f"urn:nguon:batch:{batch.public_id}",
        "nguon:producer": f"urn:nguon:producer:{farm.producer_id}",
    }
    for area in (hill, valley):
        assert [event.id for event in chain(session, AREA, area.id)][1:] == [opened.id]


def test_goods_with_a_gtin_are_named_by_their_lot_in_gs1_terms_without_our_address(
    session: Session, now: dt.datetime
) -> None:
    farm = Farm.of(session, now, make_variant(session, gtin="09520000000011"))
    batch = farm.open_batch("SG-01", expires_on=None)
    (opened,) = map(body, chain(session, BATCH, batch.id))
    assert (opened["type"], opened["action"]) == ("ObjectEvent", "ADD")
    assert opened["quantityList"] == [
        {"epcClass": "https://id.gs1.org/01/09520000000011/10/SG-01", "quantity": 86}
    ]
    assert "cbvmda:itemExpirationDate" not in opened["ilmd"]


def test_units_spoiled_returned_and_counted_are_events_and_so_is_the_end_of_a_batch(
    session: Session, farm: Farm
) -> None:
    batch = farm.open_batch()
    farm.move(batch.id, "spoiled", 6)
    farm.move(batch.id, "returned", 2)
    farm.move(batch.id, "adjusted", -1)
    farm.close_batch(batch.id)
    recorded = [
        (
            event.act,
            body(event)["action"],
            body(event)["quantityList"][0]["quantity"],
            body(event).get("nguon:change"),
        )
        for event in chain(session, BATCH, batch.id)[1:]
    ]
    assert recorded == [
        ("stock.spoiled", "DELETE", 6, -6),
        ("stock.returned", "OBSERVE", 2, 2),
        ("stock.adjusted", "OBSERVE", 81, -1),
        ("batch.closed", "OBSERVE", 81, None),
    ]


def test_stamps_are_named_by_batch_number_and_place_in_their_roll(session: Session, farm: Farm) -> None:
    batch = farm.open_batch()
    roll = farm.issue(batch.id, 40)
    activation = farm.activate(roll.id, batch.id, 1, 30)
    farm.undo(activation.id)
    farm.void(roll.id, 39, 40)
    recorded = [
        (
            event.act,
            body(event)["bizStep"],
            *(body(event)[f"nguon:{place}Stamp"] for place in ("first", "last")),
        )
        for event in chain(session, BATCH, batch.id)[1:]
    ]
    assert recorded == [
        ("stamps.issued", "encoding", 1, 40),
        ("stamps.activated", "commissioning", 1, 30),
        ("stamps.activation-undone", "decommissioning", 1, 30),
        ("stamps.voided", "decommissioning", 39, 40),
    ]
    activated = body(chain(session, BATCH, batch.id)[2])
    assert activated["quantityList"] == [{"epcClass": f"urn:nguon:batch:{batch.public_id}", "quantity": 30}]
    assert activated["bizTransactionList"] == [
        {"type": "urn:nguon:epcis:stamp_roll", "bizTransaction": f"urn:nguon:roll:{roll.public_id}"}
    ]


def test_stamps_of_a_roll_for_no_batch_are_events_of_the_batches_they_are_stuck_on(
    session: Session, farm: Farm
) -> None:
    first, second, third = (farm.open_batch(code) for code in ("A", "B", "C"))
    roll = farm.issue(None, 60)
    farm.activate(roll.id, second.id, 1, 20)
    farm.activate(roll.id, first.id, 21, 40)
    farm.undo(farm.activate(roll.id, third.id, 41, 60).id)
    farm.void(roll.id, 15, 25)
    farm.void(roll.id, 50, 60)
    for batch, places in ((first, (21, 25)), (second, (15, 20))):
        assert acts(session, BATCH, batch.id) == ["batch.opened", "stamps.activated", "stamps.voided"]
        voided = body(chain(session, BATCH, batch.id)[-1])
        assert (voided["nguon:firstStamp"], voided["nguon:lastStamp"]) == places
    assert "stamps.voided" not in acts(session, BATCH, third.id)


def test_a_sale_and_its_cancellation_are_no_events_and_cost_the_log_no_question(
    session: Session, farm: Farm, statements: list[str]
) -> None:
    variant = make_variant(session, price=100_000)
    make_batch(session, variant=variant)
    cart = make_cart(session, lines={variant.id: 3})
    statements.clear()
    order(cart, 330_000, farm.now)
    sold = session.scalars(sa.select(Order)).one()
    with atomic() as writing:
        fulfilment.cancel(
            writing,
            producer_id=sold.producer_id,
            number=sold.number,
            actor=BAY,
            now=farm.now,
            reason="Hết chè",
        )
    assert not [statement for statement in statements if "event" in statement]
    assert session.scalars(sa.select(RecordedEvent)).all() == []


def test_an_act_that_is_refused_leaves_no_event(session: Session, farm: Farm) -> None:
    batch = farm.open_batch()
    with pytest.raises(Refusal):
        farm.move(batch.id, "spoiled", 87)
    assert acts(session, BATCH, batch.id) == ["batch.opened"]


def test_what_is_older_than_the_log_begins_with_an_event_marked_as_opening(
    session: Session, farm: Farm
) -> None:
    producer_area = make_area(session)
    variant = make_variant(session, product=make_product(session))
    batch = make_batch(session, variant=variant, areas=[producer_area], quantity=100)
    older = Farm.of(session, farm.now, variant)
    older.move(batch.id, "spoiled", 4)
    opening, spoiled = chain(session, BATCH, batch.id)
    assert (opening.act, body(opening)["nguon:opening"]) == (CHAIN_OPENED, "true")
    assert body(opening)["outputQuantityList"][0]["quantity"] == 100
    assert abs(opening.event_time - batch.created_at) < dt.timedelta(milliseconds=1)
    assert opening.record_time == older.now == spoiled.record_time
    assert "nguon:opening" not in body(spoiled)
    assert acts(session, AREA, producer_area.id) == []


def test_a_new_batch_begins_the_chain_of_an_area_older_than_the_log(session: Session, farm: Farm) -> None:
    area = make_area(session, producer=session.get_one(Producer, farm.producer_id))
    batch = farm.open_batch("SG-01", area.id)
    assert acts(session, AREA, area.id) == [CHAIN_OPENED, "batch.opened"]
    assert acts(session, BATCH, batch.id) == ["batch.opened"]


def test_chains_of_what_is_older_than_the_log_are_opened_once_and_some_at_a_time(
    session: Session, farm: Farm
) -> None:
    areas = [make_area(session).id for _ in range(2)]
    batches = [make_batch(session).id for _ in range(3)]
    new = farm.open_batch()
    opened = []
    for _ in range(4):
        with atomic() as writing:
            opened.append(open_chains(writing, now=farm.now, most=3))
    assert opened == [3, 2, 0, 0]
    assert all(acts(session, AREA, area) == [CHAIN_OPENED] for area in areas)
    assert all(acts(session, BATCH, batch) == [CHAIN_OPENED] for batch in batches)
    assert acts(session, BATCH, new.id) == ["batch.opened"]


def test_an_event_declared_wrong_has_the_hash_of_the_first_and_a_link_of_its_own(
    session: Session, farm: Farm
) -> None:
    batch = farm.open_batch()
    event = ObjectEvent(time=farm.now, action=Action.OBSERVE, quantities=(Quantity("urn:nguon:batch:x", 5),))
    wrong = ObjectEvent(
        time=farm.now,
        action=Action.OBSERVE,
        quantities=(Quantity("urn:nguon:batch:x", 5),),
        error=ErrorDeclaration(farm.now, ErrorReason.DID_NOT_OCCUR),
    )
    with atomic() as writing:
        for observed in (event, wrong):
            record(writing, "batch.seen", [Subject(BATCH, batch.id)], event=observed, now=farm.now)
    _, first, second = chain(session, BATCH, batch.id)
    assert (first.hash, first.body) == (second.hash, second.body)
    assert first.hash == event_hash(body(first))
    assert first.error_declaration is None
    assert second.error_declaration == (
        '{"declarationTime":"2026-11-21T02:00:01.000Z","reason":"did_not_occur"}'
    )
    assert len(set(session.scalars(sa.select(EventLink.link)))) == 3
    assert all(report.fault is None for report in reports(session))


def test_nothing_of_a_person_and_no_code_of_a_stamp_stands_in_the_log(
    app: Flask, session: Session, now: dt.datetime
) -> None:
    bay = make_producer(
        session, name="Hộ bà Lò Thị Bảy", phone="0912345678", address="Thôn Pang Cáng", story="Bà Bảy kể"
    )
    variant = make_variant(session, product=make_product(session, producer=bay, name="Chè bà Bảy"))
    farm = Farm.of(session, now, variant)
    area = farm.open_area("Vườn ông Bảy", district="huyện ông Bảy", crop="Chè Bảy", standards="0912345678")
    farm.change_area(area.id, "Vườn ông Bảy", crop="gọi 0912345678", standards="bay@thu.example")
    batch = farm.open_batch("SG-01", area.id, note="hỏi bay@thu.example")
    farm.move(batch.id, "spoiled", 2, note="Bảy làm đổ")
    farm.move(batch.id, "returned", 1, note="Bảy trả")
    roll = farm.issue(batch.id, 40)
    farm.undo(farm.activate(roll.id, batch.id, 1, 20).id)
    farm.activate(roll.id, batch.id, 1, 20)
    farm.void(roll.id, 21, 22, reason="Bảy in lệch")
    farm.close_batch(batch.id)
    farm.close_area(area.id)
    session.rollback()
    rows = [
        *session.execute(sa.select(RecordedEvent.__table__)),
        *session.execute(sa.select(EventLink.__table__)),
    ]
    log = "\n".join(str(value) for row in rows for value in row).casefold()
    assert len(rows) > 20
    for secret in (
        "bảy",
        "0912345678",
        "912345678",
        "bay@",
        "pang cáng",
        bay.slug,
        area.slug,
        variant.public_id,
    ):
        assert secret.casefold() not in log
    key = part(Trace, app).ring.issuing
    for number in range(roll.first_number, roll.last_number + 1):
        assert encode(number, key).casefold() not in log


def test_two_events_cannot_stand_in_one_place_of_a_chain(session: Session, farm: Farm) -> None:
    batch = farm.open_batch()
    event = chain(session, BATCH, batch.id)[0]
    with pytest.raises(sa.exc.IntegrityError), atomic() as writing:
        writing.add(
            EventLink(subject_kind=BATCH, subject_id=batch.id, sequence=1, event_id=event.id, link="00" * 32)
        )
