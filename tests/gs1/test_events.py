"""Facts become EPCIS 2.0 events with one JSON text each; facts that make no event are refused by name."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from app.gs1.event_parts import (
    ErrorDeclaration,
    EventError,
    EventReason,
    Party,
    PersistentDisposition,
    Quantity,
    Transaction,
)
from app.gs1.events import AggregationEvent, Event, ObjectEvent, TransformationEvent, canonical_json
from app.gs1.vocabulary import (
    Action,
    BizStep,
    Disposition,
    ErrorReason,
    PartyType,
    TransactionType,
    Unit,
)
from tests.gs1.drawn_events import events

WHEN = datetime(2026, 11, 27, 8, 30, 0, 250_400, tzinfo=timezone(timedelta(hours=7)))
LOT = "https://nguon.example/01/09520000000011/10/L1"


def test_a_commissioning_says_what_when_where_and_why() -> None:
    event = ObjectEvent(
        time=WHEN,
        action=Action.ADD,
        biz_step=BizStep.COMMISSIONING,
        disposition=Disposition.ACTIVE,
        quantities=(Quantity(LOT, Decimal("120.50"), Unit.KILOGRAM),),
        persistent_disposition=PersistentDisposition(frozenset({Disposition.COMPLETENESS_VERIFIED})),
        read_point="https://nguon.example/areas/7",
        biz_location="https://nguon.example/414/9520000000011",
        transactions=(Transaction(TransactionType.CERTIFICATE, "https://nguon.example/documents/2"),),
        sources=(Party(PartyType.POSSESSING_PARTY, "https://nguon.example/parties/1"),),
        destinations=(Party(PartyType.LOCATION, "https://nguon.example/414/9520000000011"),),
        ilmd={"cbvmda:lotNumber": "L1"},
        extensions={"opening": "1", "roll": 7},
    )
    assert event.as_json() == {
        "type": "ObjectEvent",
        "eventTime": "2026-11-27T01:30:00.250Z",
        "eventTimeZoneOffset": "+07:00",
        "action": "ADD",
        "quantityList": [{"epcClass": LOT, "quantity": 120.5, "uom": "KGM"}],
        "persistentDisposition": {"set": ["completeness_verified"]},
        "ilmd": {"cbvmda:lotNumber": "L1"},
        "bizStep": "commissioning",
        "disposition": "active",
        "readPoint": {"id": "https://nguon.example/areas/7"},
        "bizLocation": {"id": "https://nguon.example/414/9520000000011"},
        "bizTransactionList": [{"type": "cert", "bizTransaction": "https://nguon.example/documents/2"}],
        "sourceList": [{"type": "possessing_party", "source": "https://nguon.example/parties/1"}],
        "destinationList": [{"type": "location", "destination": "https://nguon.example/414/9520000000011"}],
        "nguon:opening": "1",
        "nguon:roll": 7,
    }


def test_a_making_names_what_was_used_and_what_came_of_it() -> None:
    event = TransformationEvent(
        time=WHEN,
        biz_step=BizStep.COMMISSIONING,
        input_quantities=(Quantity("https://nguon.example/areas/7", 10, Unit.LITRE),),
        output_quantities=(Quantity(LOT, 40),),
        output_epcs=("https://nguon.example/01/09520000000011/21/B",),
        transformation_id="https://nguon.example/batches/1",
    )
    document = event.as_json()
    assert document["inputQuantityList"] == [
        {"epcClass": "https://nguon.example/areas/7", "quantity": 10, "uom": "LTR"}
    ]
    assert document["outputQuantityList"] == [{"epcClass": LOT, "quantity": 40}]
    assert document["outputEPCList"] == ["https://nguon.example/01/09520000000011/21/B"]
    assert document["transformationID"] == "https://nguon.example/batches/1"
    assert "action" not in document


def test_a_packing_names_parent_and_children() -> None:
    event = AggregationEvent(
        time=WHEN,
        action=Action.ADD,
        biz_step=BizStep.PACKING,
        parent_id="https://id.gs1.org/00/095200000000000011",
        child_quantities=(Quantity(LOT, 12),),
    )
    assert canonical_json(event.as_json()) == (
        '{"action":"ADD","bizStep":"packing",'
        f'"childQuantityList":[{{"epcClass":"{LOT}","quantity":12}}],'
        '"eventTime":"2026-11-27T01:30:00.250Z","eventTimeZoneOffset":"+07:00",'
        '"parentID":"https://id.gs1.org/00/095200000000000011","type":"AggregationEvent"}'
    )


def test_a_parent_may_be_emptied_without_naming_what_was_in_it() -> None:
    emptied = AggregationEvent(time=WHEN, action=Action.DELETE, parent_id="https://nguon.example/crates/1")
    assert "childEPCs" not in emptied.as_json()


def test_a_wrong_event_is_declared_so_with_its_correction() -> None:
    declared = ErrorDeclaration(WHEN, ErrorReason.INCORRECT_DATA, ("ni:///b", "ni:///a", "ni:///a"))
    event = ObjectEvent(time=WHEN, action=Action.OBSERVE, epcs=(LOT,), error=declared)
    assert event.as_json()["errorDeclaration"] == {
        "declarationTime": "2026-11-27T01:30:00.250Z",
        "reason": "incorrect_data",
        "correctiveEventIDs": ["ni:///a", "ni:///b"],
    }


def test_facts_in_another_order_are_the_same_text() -> None:
    def observed(*lots: str) -> str:
        quantities = tuple(Quantity(lot, 1) for lot in lots)
        event = ObjectEvent(
            time=WHEN, action=Action.OBSERVE, epcs=lots, quantities=quantities, extensions={"kind": lots}
        )
        return canonical_json(event.as_json())

    assert observed("https://nguon.example/a", "https://nguon.example/b") == observed(
        "https://nguon.example/b", "https://nguon.example/a"
    )


@given(events)
def test_the_text_reads_back_as_the_event(event: Event) -> None:
    document = event.as_json()
    text = canonical_json(document)
    assert json.loads(text) == document
    assert canonical_json(json.loads(text)) == text


@given(events)
def test_nothing_empty_is_written(event: Event) -> None:
    document = event.as_json()
    assert not [name for name, value in document.items() if value in (None, [], {})]


def test_vietnamese_stands_as_it_is_written() -> None:
    event = ObjectEvent(time=WHEN, action=Action.ADD, epcs=(LOT,), ilmd={"nguon:variety": "Nếp cái hoa vàng"})
    assert "Nếp cái hoa vàng" in canonical_json(event.as_json())


def refusal(event: Event) -> EventReason:
    with pytest.raises(EventError) as refused:
        event.as_json()
    return refused.value.reason


def observed(**facts: Any) -> ObjectEvent:
    defaults: dict[str, Any] = {"time": WHEN, "action": Action.OBSERVE, "epcs": (LOT,)}
    return ObjectEvent(**(defaults | facts))


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (observed(time=WHEN.replace(tzinfo=None)), EventReason.TIME_WITHOUT_ZONE),
        (observed(time_zone_offset="7"), EventReason.ZONE_OFFSET),
        (observed(time_zone_offset="+14:30"), EventReason.ZONE_OFFSET),
        (observed(epcs=()), EventReason.NOTHING_NAMED),
        (observed(extensions={"kind:of": "x"}), EventReason.FIELD_NAME),
        (observed(extensions={"kindList": "x"}), EventReason.FIELD_NAME),
        (observed(ilmd={"cbvmda:lotNumber": "x"}), EventReason.MASTER_DATA),
        (observed(action=Action.ADD, ilmd={"lotNumber": "x"}), EventReason.FIELD_NAME),
        (observed(action=Action.ADD, ilmd={"other:lotNumber": "x"}), EventReason.FIELD_NAME),
        (TransformationEvent(time=WHEN, input_epcs=(LOT,)), EventReason.NOTHING_NAMED),
        (TransformationEvent(time=WHEN, output_epcs=(LOT,)), EventReason.NOTHING_NAMED),
        (TransformationEvent(time=WHEN, transformation_id=LOT), EventReason.NOTHING_NAMED),
        (AggregationEvent(time=WHEN, action=Action.ADD, parent_id=LOT), EventReason.NOTHING_NAMED),
        (AggregationEvent(time=WHEN, action=Action.ADD, child_epcs=(LOT,)), EventReason.NO_PARENT),
    ],
)
def test_facts_that_make_no_event_are_refused(event: Event, reason: EventReason) -> None:
    assert refusal(event) == reason


@pytest.mark.parametrize("amount", [-1, Decimal("-0.5"), Decimal("0.12345678901234567890")])
def test_a_quantity_below_nothing_or_too_fine_for_json_is_refused(amount: int | Decimal) -> None:
    with pytest.raises(EventError) as refused:
        Quantity(LOT, amount)
    assert refused.value.reason == EventReason.QUANTITY
    assert refused.value.fact == amount


def test_what_nobody_measured_has_no_quantity_and_so_no_unit() -> None:
    assert observed(quantities=(Quantity(LOT),)).as_json()["quantityList"] == [{"epcClass": LOT}]
    with pytest.raises(EventError) as refused:
        Quantity(LOT, unit=Unit.KILOGRAM)
    assert refused.value.reason == EventReason.QUANTITY


def test_a_moment_is_rounded_to_the_millisecond() -> None:
    event = observed(time=datetime(2026, 12, 31, 23, 59, 59, 999_500, tzinfo=UTC))
    assert event.as_json()["eventTime"] == "2027-01-01T00:00:00.000Z"
