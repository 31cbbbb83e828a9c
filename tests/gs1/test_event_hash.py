"""One event has one hash, the one the reference implementation of CBV 2.0 gives it; another event has another."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from epcis_event_hash_generator import events_from_file_reader, hash_generator
from hypothesis import given, settings
from hypothesis import strategies as st

from app.gs1.event_hash import event_hash, pre_hash
from app.gs1.event_parts import Party, PersistentDisposition, Quantity, Transaction
from app.gs1.events import Event, ObjectEvent
from app.gs1.vocabulary import (
    NAMESPACES,
    STANDARD_NAMESPACES,
    Action,
    BizStep,
    Disposition,
    PartyType,
    TransactionType,
    Unit,
)
from tests.gs1.drawn_events import events

JsonObject = dict[str, Any]
CONTEXT = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {prefix: NAMESPACES[prefix] for prefix in ("cbvmda", "nguon")},
]
HARVEST = ObjectEvent(
    time=datetime(2026, 11, 27, 1, 30, 0, 250_000, tzinfo=UTC),
    action=Action.ADD,
    biz_step=BizStep.COMMISSIONING,
    disposition=Disposition.ACTIVE,
    epcs=("https://nguon.example/01/09520000000011/21/A1", "https://nguon.example/01/09520000000011/21/A2"),
    quantities=(Quantity("https://nguon.example/01/09520000000011/10/L1", Decimal("12.5"), Unit.KILOGRAM),),
    read_point="https://nguon.example/414/9520000000011",
    biz_location="https://nguon.example/414/9520000000028",
    transactions=(
        Transaction(TransactionType.PRODUCTION_ORDER, "https://nguon.example/documents/1"),
        Transaction(TransactionType.CERTIFICATE, "https://nguon.example/documents/2"),
    ),
    sources=(Party(PartyType.POSSESSING_PARTY, "https://nguon.example/parties/1"),),
    destinations=(Party(PartyType.OWNING_PARTY, "https://nguon.example/parties/2"),),
    persistent_disposition=PersistentDisposition(frozenset({Disposition.COMPLETENESS_VERIFIED})),
    ilmd={"cbvmda:lotNumber": "L1", "nguon:madeOn": "2026-11-26"},
    extensions={"roll": 7, "kind": ("opening", "counted")},
).as_json()


def reference_pre_hashes(folder: Path, documents: Sequence[JsonObject]) -> list[str]:
    """What the reference implementation writes for events, all given to it in one call."""
    file = folder / "document.jsonld"
    body = {"eventList": documents}
    file.write_text(json.dumps({"@context": CONTEXT, "type": "EPCISDocument", "epcisBody": body}))
    read = events_from_file_reader.event_list_from_file(str(file))
    return list(hash_generator.derive_prehashes_from_events(read))


@settings(max_examples=25, deadline=None)
@given(drawn=st.lists(events, min_size=5, max_size=12))
def test_the_hash_is_that_of_the_reference_implementation(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[Event]
) -> None:
    documents = [event.as_json() for event in drawn]
    expected = reference_pre_hashes(tmp_path_factory.getbasetemp(), documents)
    assert [pre_hash(document) for document in documents] == expected
    hashes = hash_generator.calculate_hashes_from_pre_hashes(expected)
    assert [event_hash(document) for document in documents] == hashes


def published() -> list[JsonObject]:
    """The events of the reference implementation's own tests with the hashes it publishes for them."""
    return list(json.loads(Path(__file__).with_name("published_event_hashes.json").read_text()))


@pytest.mark.parametrize("case", published(), ids=lambda case: f"{case['file']}-{case['hash'][14:20]}")
def test_published_hashes_come_out(case: JsonObject) -> None:
    namespaces = {**STANDARD_NAMESPACES, **case["namespaces"]}
    assert event_hash(case["event"], namespaces) == case["hash"]


# --- one event in many spellings ----------------------------------------------------------------------------


def reordered(value: Any, shuffle: Callable[[list[Any]], list[Any]]) -> Any:
    """The same JSON with the names of objects and the entries of lists in another order."""
    if isinstance(value, dict):
        return {name: reordered(value[name], shuffle) for name in shuffle(list(value))}
    if isinstance(value, list):
        return shuffle([reordered(entry, shuffle) for entry in value])
    return value


@settings(deadline=None)
@given(event=events, data=st.data())
def test_order_of_names_and_lists_does_not_matter(event: Event, data: st.DataObject) -> None:
    document = event.as_json()
    other = reordered(document, lambda entries: data.draw(st.permutations(entries)))
    assert event_hash(other) == event_hash(document)


@given(event=events, minutes=st.integers(-14 * 60, 14 * 60))
def test_the_same_moment_written_in_another_zone_is_the_same(event: Event, minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    elsewhere = {**event.as_json(), "eventTime": event.time.astimezone(zone).isoformat()}
    assert event_hash(elsewhere) == event_hash(event.as_json())


def with_quantity(
    quantity: object, epc_class: str = "https://id.gs1.org/01/09520000000011/10/L1"
) -> JsonObject:
    return {**HARVEST, "quantityList": [{"epcClass": epc_class, "quantity": quantity, "uom": "KGM"}]}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (with_quantity(10), with_quantity(10.0)),
        (with_quantity(10), with_quantity("10.00")),
        (with_quantity(0.5), with_quantity("+.50")),
        (
            with_quantity(1, "https://nguon.example/01/09520000000011/10/L1"),
            with_quantity(1, "urn:epc:class:lgtin:9520000.000001.L1"),
        ),
        ({**HARVEST, "eventTime": "2026-11-27T01:30:00.2504Z"}, HARVEST),
        ({**HARVEST, "eventTime": "2026-11-27T01:30:00.2495Z"}, HARVEST),
        (
            {**HARVEST, "eventTime": "2026-11-27T01:29:59.9995Z"},
            {**HARVEST, "eventTime": "2026-11-27T01:30Z"},
        ),
        ({**HARVEST, "bizStep": "https://ref.gs1.org/cbv/BizStep-commissioning"}, HARVEST),
        ({**HARVEST, "bizStep": "urn:epcglobal:cbv:bizstep:commissioning"}, HARVEST),
        ({**HARVEST, "bizStep": "cbv:BizStep-commissioning"}, HARVEST),
        ({**HARVEST, "disposition": " urn:epcglobal:cbv:disp:active "}, HARVEST),
        ({**HARVEST, "readPoint": {"id": "urn:epc:id:sgln:9520000.00001.0"}}, HARVEST),
        ({**HARVEST, "childEPCs": []}, HARVEST),
        ({**HARVEST, "rdfs:comment": "seen by eye"}, HARVEST),
    ],
)
def test_another_spelling_of_the_event_is_the_same(first: JsonObject, second: JsonObject) -> None:
    assert event_hash(first) == event_hash(second)


def test_what_is_added_when_an_event_is_stored_or_declared_wrong_is_not_hashed() -> None:
    stored = {
        **HARVEST,
        "@context": CONTEXT,
        "eventID": event_hash(HARVEST),
        "recordTime": "2026-11-27T02:00:00.000Z",
        "errorDeclaration": {"declarationTime": "2026-11-28T00:00:00.000Z", "reason": "incorrect_data"},
    }
    assert event_hash(stored) == event_hash(HARVEST)


# --- another event ------------------------------------------------------------------------------------------


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to every single value of a JSON object."""
    if isinstance(value, dict | list):
        steps = value.items() if isinstance(value, dict) else enumerate(value)
        return [leaf for step, member in steps for leaf in leaves(member, (*path, step))]
    return [path]


def changed(document: JsonObject, path: tuple[Any, ...]) -> JsonObject:
    copy: JsonObject = json.loads(json.dumps(document))
    parent: Any = copy
    for step in path[:-1]:
        parent = parent[step]
    before = parent[path[-1]]
    if path == ("eventTime",):
        parent[path[-1]] = "2026-11-27T01:30:00.251Z"
    else:
        parent[path[-1]] = before + 1 if isinstance(before, int | float) else f"{before}x"
    return copy


@pytest.mark.parametrize("path", leaves(HARVEST), ids=lambda path: ".".join(map(str, path)))
def test_a_change_of_any_value_gives_another_hash(path: tuple[Any, ...]) -> None:
    assert event_hash(changed(HARVEST, path)) != event_hash(HARVEST)


@pytest.mark.parametrize("name", sorted(HARVEST.keys() - {"type", "eventTime"}))
def test_a_field_left_out_gives_another_hash(name: str) -> None:
    assert event_hash({key: value for key, value in HARVEST.items() if key != name}) != event_hash(HARVEST)


def test_a_quantity_moved_from_input_to_output_gives_another_hash() -> None:
    quantity = [{"epcClass": "https://nguon.example/batches/1", "quantity": 1}]
    event = {"type": "TransformationEvent", "eventTime": "2026-11-27T01:30:00.000Z"}
    assert event_hash({**event, "inputQuantityList": quantity}) != event_hash(
        {**event, "outputQuantityList": quantity}
    )


@pytest.mark.parametrize("time", ["2026-11-27T01:30:00", "yesterday"])
def test_a_time_that_is_no_moment_is_refused(time: str) -> None:
    with pytest.raises(ValueError, match=r"zone|isoformat"):
        event_hash({**HARVEST, "eventTime": time})


@pytest.mark.parametrize("text", ["inf", "NaN", "1e999"])
def test_a_text_that_is_no_finite_number_stands_as_it_is(text: str) -> None:
    assert f"{{urn:nguon:epcis:}}kind={text}" in pre_hash({**HARVEST, "nguon:kind": text})
