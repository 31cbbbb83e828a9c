"""Events as hypothesis draws them: every kind the site records, with any of its fields present or not."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from hypothesis import strategies as st

from app.gs1.event_parts import (
    ErrorDeclaration,
    Party,
    PersistentDisposition,
    Quantity,
    Transaction,
)
from app.gs1.events import AggregationEvent, Event, ExtensionValue, ObjectEvent, TransformationEvent
from app.gs1.vocabulary import (
    Action,
    BizStep,
    Disposition,
    ErrorReason,
    PartyType,
    TransactionType,
    Unit,
)

T = TypeVar("T")

times = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
# Capitals and digits only: the reference implementation takes any text for a word of the vocabulary that the document
# uses elsewhere; and no E, for it drops an event in which it reads a number too large (1E999).
names = st.text("ABCDFGHKLMN0123456789", min_size=1, max_size=12)
gtins = st.sampled_from(["09520000000011", "09520000000028", "19520000000018"])
hosts = st.sampled_from(["https://id.gs1.org", "https://nguon.example", "http://127.0.0.1:8000"])
lots = st.builds("{}/01/{}/10/LOT{}".format, hosts, gtins, names)
serials = st.builds("{}/01/{}/21/SN{}".format, hosts, gtins, names)
places = st.one_of(
    st.builds("{}/414/{}".format, hosts, st.sampled_from(["9520000000011", "9520000000028"])),
    st.builds("https://nguon.example/areas/{}".format, names),
    st.sampled_from(
        ["urn:epc:id:sgln:9520000.00002.0", "urn:epc:id:sgln:9520000.00002.A7", "geo:21.03,105.85"]
    ),
)
batches = st.builds("https://nguon.example/batches/{}".format, names)
own_classes = st.builds("urn:nguon:batch:{}".format, names)
classes = st.one_of(
    lots, batches, own_classes, st.builds("urn:epc:class:lgtin:9520000.000001.{}".format, names)
)
amounts = st.one_of(
    st.integers(0, 10**9), st.decimals(Decimal("0.001"), Decimal(100_000), places=3, allow_nan=False)
)
quantities = st.one_of(
    st.builds(Quantity, classes, amounts, st.one_of(st.none(), st.sampled_from(Unit))),
    st.builds(Quantity, classes),
)
transactions = st.builds(
    Transaction,
    st.sampled_from(TransactionType),
    st.one_of(
        st.builds("https://nguon.example/documents/{}".format, names),
        st.builds("urn:nguon:roll:{}".format, names),
    ),
)
parties = st.builds(
    Party,
    st.sampled_from(PartyType),
    st.one_of(
        st.builds("https://nguon.example/parties/{}".format, names),
        st.just("urn:epc:id:pgln:9520000.00001"),
    ),
)
dispositions = st.sampled_from(Disposition)
persistent = st.builds(
    PersistentDisposition,
    st.frozensets(dispositions, min_size=1, max_size=3),
    st.frozensets(dispositions, max_size=2),
)
errors = st.builds(
    ErrorDeclaration, times, st.sampled_from(ErrorReason), st.tuples(st.just("ni:///sha-256;00?ver=CBV2.0"))
)
values: st.SearchStrategy[ExtensionValue] = st.one_of(
    names, st.integers(0, 10**12), st.lists(names, min_size=1, max_size=3).map(tuple)
)
extensions = st.dictionaries(st.sampled_from(["roll", "firstNumber", "opening", "kind"]), values, max_size=3)
master_data = st.dictionaries(
    st.sampled_from(["cbvmda:lotNumber", "cbvmda:itemExpirationDate", "nguon:madeOn"]), values, max_size=3
)


def several(values: st.SearchStrategy[T], least: int = 0) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(values, min_size=least, max_size=4).map(tuple)


common: dict[str, Any] = {
    "time": times,
    "time_zone_offset": st.sampled_from(["+07:00", "+00:00", "-06:30"]),
    "biz_step": st.one_of(st.none(), st.sampled_from(BizStep)),
    "disposition": st.one_of(st.none(), dispositions),
    "read_point": st.one_of(st.none(), places),
    "biz_location": st.one_of(st.none(), places),
    "transactions": several(transactions),
    "sources": several(parties),
    "destinations": several(parties),
    "error": st.one_of(st.none(), errors),
    "extensions": extensions,
}
lasting: dict[str, Any] = {"persistent_disposition": st.one_of(st.none(), persistent)}
objects: dict[str, Any] = {
    "epcs": several(serials),
    "quantities": several(quantities, 1),
    **common,
    **lasting,
}
object_events = st.one_of(
    st.builds(ObjectEvent, action=st.just(Action.ADD), ilmd=master_data, **objects),
    st.builds(ObjectEvent, action=st.sampled_from([Action.OBSERVE, Action.DELETE]), **objects),
)
transformations = st.builds(
    TransformationEvent,
    input_epcs=several(serials),
    input_quantities=several(quantities, 1),
    output_epcs=several(serials, 1),
    output_quantities=several(quantities),
    transformation_id=st.one_of(st.none(), st.builds("https://nguon.example/makings/{}".format, names)),
    ilmd=master_data,
    **common,
    **lasting,
)
aggregations = st.builds(
    AggregationEvent,
    action=st.sampled_from(Action),
    parent_id=st.builds("https://id.gs1.org/00/{:018}".format, st.integers(0, 10**18 - 1)),
    child_epcs=several(serials, 1),
    child_quantities=several(quantities),
    **common,
)
events: st.SearchStrategy[Event] = st.one_of(object_events, transformations, aggregations)
