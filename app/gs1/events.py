"""EPCIS 2.0 events of this site, as values and as canonical JSON.

An event says what (identifiers and quantities), when, where, why (step, disposition, documents, parties) in the words
of CBV 2.0. Identifiers are URIs given by the caller: GS1 Digital Links, or addresses of the site's own for goods
without a GTIN. Lists have no order in EPCIS; here they are sorted, so that one event has one JSON text.

Source: EPCIS 2.0 sections 7.3 and 7.4, and its JSON schema.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from app.gs1.event_parts import (
    ErrorDeclaration,
    EventError,
    EventReason,
    JsonObject,
    Party,
    PersistentDisposition,
    Quantity,
    Transaction,
    present,
    timestamp,
)
from app.gs1.vocabulary import EXTENSION_PREFIX, NAMESPACES, Action, BizStep, Disposition

VIETNAM_OFFSET = "+07:00"
_OFFSET = re.compile(r"[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)")
# The reference implementation of the event hash takes a name that ends in List apart.
_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?<!List)")

ExtensionValue = str | int | tuple[str, ...]
"""What a field of our own, or of a lot's master data, may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event(ABC):
    """What every kind of event has. `time` is aware; `time_zone_offset` is that of the place it happened in.

    `extensions` are fields of our own namespace, named without its prefix.
    """

    type: ClassVar[str]

    time: datetime
    time_zone_offset: str = VIETNAM_OFFSET
    biz_step: BizStep | None = None
    disposition: Disposition | None = None
    read_point: str | None = None
    biz_location: str | None = None
    transactions: tuple[Transaction, ...] = ()
    sources: tuple[Party, ...] = ()
    destinations: tuple[Party, ...] = ()
    error: ErrorDeclaration | None = None
    extensions: Mapping[str, ExtensionValue] = field(default_factory=dict)

    def as_json(self) -> JsonObject:
        """The event as EPCIS 2.0 JSON. Raises EventError where the facts make none."""
        if not _OFFSET.fullmatch(self.time_zone_offset):
            raise EventError(EventReason.ZONE_OFFSET, self.time_zone_offset)
        return present(
            type=self.type,
            eventTime=timestamp(self.time),
            eventTimeZoneOffset=self.time_zone_offset,
            **self._objects(),
            bizStep=self.biz_step,
            disposition=self.disposition,
            readPoint=_place(self.read_point),
            bizLocation=_place(self.biz_location),
            bizTransactionList=_typed("bizTransaction", self.transactions),
            sourceList=_typed("source", self.sources),
            destinationList=_typed("destination", self.destinations),
            errorDeclaration=self.error and self.error.as_json(),
            **_own_fields(self.extensions),
        )

    @abstractmethod
    def _objects(self) -> JsonObject:
        """The fields that this kind of event has beside the common ones."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectEvent(_Event):
    """Something happened to objects: made known (ADD), seen or handled (OBSERVE), gone for good (DELETE).

    `ilmd` is the master data of the lot, given with ADD alone, each name with its prefix (`cbvmda:lotNumber`).
    """

    type = "ObjectEvent"

    action: Action
    epcs: tuple[str, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    persistent_disposition: PersistentDisposition | None = None
    ilmd: Mapping[str, ExtensionValue] = field(default_factory=dict)

    def _objects(self) -> JsonObject:
        _require_named(self.epcs, self.quantities)
        if self.ilmd and self.action is not Action.ADD:
            raise EventError(EventReason.MASTER_DATA, self.action)
        return {
            "action": self.action,
            "epcList": _uris(self.epcs),
            "quantityList": _quantities(self.quantities),
            "persistentDisposition": self.persistent_disposition and self.persistent_disposition.as_json(),
            "ilmd": _prefixed(self.ilmd),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformationEvent(_Event):
    """Inputs were used up and outputs came to be. `transformation_id` ties the events of one long making."""

    type = "TransformationEvent"

    input_epcs: tuple[str, ...] = ()
    input_quantities: tuple[Quantity, ...] = ()
    output_epcs: tuple[str, ...] = ()
    output_quantities: tuple[Quantity, ...] = ()
    transformation_id: str | None = None
    persistent_disposition: PersistentDisposition | None = None
    ilmd: Mapping[str, ExtensionValue] = field(default_factory=dict)

    def _objects(self) -> JsonObject:
        if self.transformation_id is None:
            _require_named(self.input_epcs, self.input_quantities)
            _require_named(self.output_epcs, self.output_quantities)
        else:
            _require_named(self.input_epcs + self.output_epcs, self.input_quantities + self.output_quantities)
        return {
            "inputEPCList": _uris(self.input_epcs),
            "inputQuantityList": _quantities(self.input_quantities),
            "outputEPCList": _uris(self.output_epcs),
            "outputQuantityList": _quantities(self.output_quantities),
            "transformationID": self.transformation_id,
            "persistentDisposition": self.persistent_disposition and self.persistent_disposition.as_json(),
            "ilmd": _prefixed(self.ilmd),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregationEvent(_Event):
    """Things were put into or onto a parent (ADD), seen there (OBSERVE) or taken out (DELETE).

    DELETE without children empties the parent.
    """

    type = "AggregationEvent"

    action: Action
    parent_id: str | None = None
    child_epcs: tuple[str, ...] = ()
    child_quantities: tuple[Quantity, ...] = ()

    def _objects(self) -> JsonObject:
        if self.action is not Action.DELETE:
            _require_named(self.child_epcs, self.child_quantities)
        if self.action is not Action.OBSERVE and self.parent_id is None:
            raise EventError(EventReason.NO_PARENT)
        return {
            "action": self.action,
            "parentID": self.parent_id,
            "childEPCs": _uris(self.child_epcs),
            "childQuantityList": _quantities(self.child_quantities),
        }


Event = ObjectEvent | TransformationEvent | AggregationEvent


def canonical_json(event: Mapping[str, Any]) -> str:
    """The one JSON text of an event: names sorted, no white space, characters as they are."""
    return json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


# --- how fields are written -------------------------------------------------------------------------------


def _require_named(epcs: tuple[str, ...], quantities: tuple[Quantity, ...]) -> None:
    if not epcs and not quantities:
        raise EventError(EventReason.NOTHING_NAMED)


def _uris(epcs: Iterable[str]) -> list[str]:
    return sorted(set(epcs))


def _quantities(quantities: Iterable[Quantity]) -> list[JsonObject]:
    return sorted((quantity.as_json() for quantity in quantities), key=canonical_json)


def _place(uri: str | None) -> JsonObject | None:
    return {"id": uri} if uri else None


def _typed(key: str, entries: Iterable[Transaction | Party]) -> list[JsonObject]:
    pairs = sorted({(entry.type, entry.id) for entry in entries})
    return [{"type": kind, key: uri} for kind, uri in pairs]


def _own_fields(fields: Mapping[str, ExtensionValue]) -> JsonObject:
    return _prefixed({f"{EXTENSION_PREFIX}:{name}": value for name, value in fields.items()})


def _prefixed(fields: Mapping[str, ExtensionValue]) -> JsonObject:
    for name in fields:
        prefix, _, local = name.partition(":")
        if prefix not in NAMESPACES or not _FIELD_NAME.fullmatch(local):
            raise EventError(EventReason.FIELD_NAME, name)
    return {name: sorted(value) if isinstance(value, tuple) else value for name, value in fields.items()}
