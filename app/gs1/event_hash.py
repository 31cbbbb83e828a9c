"""The event hash of GS1 CBV 2.0 (section 8.9): one identifier for an EPCIS event, however it is spelled.

A pre-hash string is written from the event's fields in a fixed order with every value in one form, and hashed:
`ni:///sha-256;<hex>?ver=CBV2.0`. eventID, recordTime and errorDeclaration are left out of it, and so is whatever one
form hides: a link's host and query, the lot beside a serial number, zeros that change no number ("007" is 7).

Where the reference implementation (epcis-event-hash-generator) differs from the standard's text, its published
hashes are followed, for they are what others compute: business transactions, sources and destinations stand by name
among the extensions at the end, each with its type in front.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from app.gs1.epc import canonical_uri
from app.gs1.event_parts import timestamp
from app.gs1.vocabulary import NAMESPACES

Namespaces = Mapping[str, str]

_CBV = "https://ref.gs1.org/cbv/"
_VOC = "https://gs1.org/voc/"
_CBV_URNS = {
    "bizstep": f"{_CBV}BizStep-",
    "disp": f"{_CBV}Disp-",
    "btt": f"{_CBV}BTT-",
    "sdt": f"{_CBV}SDT-",
    "er": f"{_CBV}ER-",
}
_NOT_HASHED = {"type", "eventID", "recordTime", "errorDeclaration", "@context"}
_COMMENTS = {"rdfs:comment", "comment"}


def event_hash(event: Mapping[str, Any], namespaces: Namespaces = NAMESPACES) -> str:
    """The hash identifier of an EPCIS 2.0 event given as parsed JSON. `namespaces`: prefix → URI of its extensions.

    Raises ValueError for an invalid time or one without a zone.
    """
    digest = hashlib.sha256(pre_hash(event, namespaces).encode()).hexdigest()
    return f"ni:///sha-256;{digest}?ver=CBV2.0"


def pre_hash(event: Mapping[str, Any], namespaces: Namespaces = NAMESPACES) -> str:
    """The string that is hashed. Raises ValueError for an invalid time or one without a zone."""
    ordered = (write(name, event[name], namespaces) for name, write in _FIELDS.items() if name in event)
    others = (
        _OTHERS.get(name, _extension)(name, value, namespaces)
        for name, value in event.items()
        if name not in _FIELDS and name not in _NOT_HASHED and name not in _COMMENTS
    )
    return f"eventType={event['type']}{''.join(ordered)}{''.join(sorted(others))}"


# --- values in one form -----------------------------------------------------------------------------------


def _value(value: Any, namespaces: Namespaces) -> str:
    """A number without idle zeros, a GS1 identifier as canonical link, a CURIE and a CBV URN in full."""
    text = str(value).strip()
    prefix, colon, local = text.partition(":")
    if colon and prefix in namespaces:
        text = namespaces[prefix] + local
    elif text.startswith("urn:epcglobal:cbv:"):
        kind, _, name = local.removeprefix("epcglobal:cbv:").partition(":")
        text = _CBV_URNS[kind] + name if kind in _CBV_URNS else text
    return canonical_uri(_number(text))


def _number(text: str) -> str:
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    return str(int(number) if number.is_integer() else number)


# --- fields -----------------------------------------------------------------------------------------------
# Each takes a field's name, its value and the namespaces, and gives the field's part of the pre-hash string.

_Field = Callable[[str, Any, Namespaces], str]


def _items(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else (value,)


def _sorted(parts: Iterable[str]) -> str:
    return "".join(sorted(parts))


def _plain(name: str, value: Any, namespaces: Namespaces) -> str:
    texts = (_value(item, namespaces) for item in _items(value))
    return _sorted(f"{name}={text}" for text in texts if text)


def _moment(name: str, value: str, namespaces: Namespaces) -> str:
    return f"{name}={timestamp(datetime.fromisoformat(value.strip()))}"


def _word(name: str, value: Any, namespaces: Namespaces, *, base: str) -> str:
    """Words of a vocabulary: bare they are expanded, a URI stays one."""
    return _plain(name, [word if ":" in word else base + word for word in _items(value)], namespaces)


def _object(name: str, value: Any, namespaces: Namespaces, *, order: Mapping[str, _Field]) -> str:
    """One object or several: the fields of each in their order, then its extensions."""
    return _sorted(name + _members(item, order, namespaces) for item in _items(value))


def _members(value: Mapping[str, Any], order: Mapping[str, _Field], namespaces: Namespaces) -> str:
    known = (write(name, value[name], namespaces) for name, write in order.items() if name in value)
    others = (name for name in value if name not in order and name not in _COMMENTS)
    return "".join(known) + _sorted(_extension(name, value[name], namespaces) for name in others)


def _list(name: str, value: Any, namespaces: Namespaces, *, element: str, write: _Field) -> str:
    parts = write(element, value, namespaces)
    return name + parts if parts else ""


def _typed(name: str, value: Any, namespaces: Namespaces, *, key: str, base: str) -> str:
    """Business transactions, sources or destinations: each its type and then its identifier."""
    parts = (
        _word("type", item.get("type", []), namespaces, base=base) + _plain(key, item[key], namespaces)
        for item in _items(value)
    )
    return name + _sorted(parts) if value else ""


def _extension(name: str, value: Any, namespaces: Namespaces) -> str:
    """A field of another namespace or a lot's master data: `{namespace}name=value`, members sorted."""
    prefix, colon, local = name.partition(":")
    if colon and prefix in namespaces:
        name = f"{{{namespaces[prefix]}}}{local}"
    return _sorted(name + _content(item, namespaces) for item in _items(value))


def _content(value: Any, namespaces: Namespaces) -> str:
    if isinstance(value, dict):
        members = ((key, member) for key, member in value.items() if key not in _COMMENTS)
        return _sorted(_extension(key, member, namespaces) for key, member in members)
    text = _value(value, namespaces)
    return f"={text}" if text else ""


_DISPOSITION = partial(_word, base=f"{_CBV}Disp-")
_EPCS = partial(_list, element="epc", write=_plain)
_QUANTITIES = partial(
    _list,
    element="quantityElement",
    write=partial(_object, order={"epcClass": _plain, "quantity": _plain, "uom": _plain}),
)
_PLACE = partial(_object, order={"id": _plain})
_SENSOR_METADATA: dict[str, _Field] = {
    "time": _moment,
    "startTime": _moment,
    "endTime": _moment,
    "deviceID": _plain,
    "deviceMetadata": _plain,
    "rawData": _plain,
    "dataProcessingMethod": _plain,
    "bizRules": _plain,
}
_SENSOR_REPORT: dict[str, _Field] = {
    "type": partial(_word, base=_VOC),
    "exception": partial(_word, base=_VOC),
    "deviceID": _plain,
    "deviceMetadata": _plain,
    "rawData": _plain,
    "dataProcessingMethod": _plain,
    "time": _moment,
    "microorganism": _plain,
    "chemicalSubstance": _plain,
    "value": _plain,
    "component": partial(_word, base=f"{_CBV}Comp-"),
    "stringValue": _plain,
    "booleanValue": _plain,
    "hexBinaryValue": _plain,
    "uriValue": _plain,
    "minValue": _plain,
    "maxValue": _plain,
    "meanValue": _plain,
    "sDev": _plain,
    "percRank": _plain,
    "percValue": _plain,
    "uom": _plain,
    "coordinateReferenceSystem": _plain,
}
_SENSOR_ELEMENT: dict[str, _Field] = {
    "sensorMetadata": partial(_object, order=_SENSOR_METADATA),
    "sensorReport": partial(_object, order=_SENSOR_REPORT),
}
_FIELDS: dict[str, _Field] = {
    "eventTime": _moment,
    "eventTimeZoneOffset": _plain,
    "certificationInfo": _plain,
    "parentID": _plain,
    "epcList": _EPCS,
    "inputEPCList": _EPCS,
    "childEPCs": _EPCS,
    "quantityList": _QUANTITIES,
    "childQuantityList": _QUANTITIES,
    "inputQuantityList": _QUANTITIES,
    "outputEPCList": _EPCS,
    "outputQuantityList": _QUANTITIES,
    "action": _plain,
    "transformationID": _plain,
    "bizStep": partial(_word, base=f"{_CBV}BizStep-"),
    "disposition": _DISPOSITION,
    "persistentDisposition": partial(_object, order={"set": _DISPOSITION, "unset": _DISPOSITION}),
    "readPoint": _PLACE,
    "bizLocation": _PLACE,
    "sensorElementList": partial(
        _list, element="sensorElement", write=partial(_object, order=_SENSOR_ELEMENT)
    ),
}
"""The canonical order of an event's fields."""
_OTHERS: dict[str, _Field] = {
    "bizTransactionList": partial(_typed, key="bizTransaction", base=f"{_CBV}BTT-"),
    "sourceList": partial(_typed, key="source", base=f"{_CBV}SDT-"),
    "destinationList": partial(_typed, key="destination", base=f"{_CBV}SDT-"),
}
