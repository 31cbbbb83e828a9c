"""The parts EPCIS 2.0 events are made of: quantities, documents, parties, conditions, error declarations.

Source: EPCIS 2.0 sections 7.3.3 to 7.3.6 and 7.4.1, and its JSON schema.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.gs1.vocabulary import Disposition, ErrorReason, PartyType, TransactionType, Unit

JsonObject = dict[str, Any]


class EventReason(StrEnum):
    """Why facts make no event."""

    TIME_WITHOUT_ZONE = "time-without-zone"
    ZONE_OFFSET = "zone-offset"
    NOTHING_NAMED = "nothing-named"
    NO_PARENT = "no-parent"
    QUANTITY = "quantity"
    MASTER_DATA = "master-data"
    FIELD_NAME = "field-name"


class EventError(ValueError):
    """Facts refused as an event; `fact` is the one that cannot stand."""

    def __init__(self, reason: EventReason, fact: object = None) -> None:
        self.reason = reason
        self.fact = fact
        super().__init__(f"{reason.value}: {fact}")


def timestamp(moment: datetime) -> str:
    """A moment in UTC with milliseconds, rounded half up (CBV 2.0 section 8.9, rule 9).

    Raises EventError: TIME_WITHOUT_ZONE.
    """
    if moment.tzinfo is None:
        raise EventError(EventReason.TIME_WITHOUT_ZONE, moment)
    rounded = moment.astimezone(UTC) + timedelta(microseconds=500)
    return rounded.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def present(**fields: Any) -> JsonObject:
    """The fields that hold something: EPCIS leaves out what is not known."""
    return {name: value for name, value in fields.items() if value not in (None, [], {})}


def _number(amount: int | Decimal) -> int | float:
    return int(amount) if amount == int(amount) else float(amount)


@dataclass(frozen=True, slots=True)
class Quantity:
    """So much of a class of goods (a product, or a lot of it). Without `unit` the goods are counted; without `amount`
    nobody measured them.

    Raises EventError: QUANTITY for a negative amount, one that JSON's numbers cannot hold exactly, or a unit of none.
    """

    epc_class: str
    amount: int | Decimal | None = None
    unit: Unit | None = None

    def __post_init__(self) -> None:
        if self.amount is None:
            possible = self.unit is None
        else:
            possible = self.amount >= 0 and Decimal(repr(_number(self.amount))) == self.amount
        if not possible:
            raise EventError(EventReason.QUANTITY, self.amount)

    def as_json(self) -> JsonObject:
        amount = None if self.amount is None else _number(self.amount)
        return present(epcClass=self.epc_class, quantity=amount, uom=self.unit)


@dataclass(frozen=True, slots=True)
class Transaction:
    """A business document the event belongs to."""

    type: TransactionType
    id: str


@dataclass(frozen=True, slots=True)
class Party:
    """Where goods come from or go to: an owner, a holder or a place."""

    type: PartyType
    id: str


@dataclass(frozen=True, slots=True)
class PersistentDisposition:
    """Conditions that hold until unset, beside the disposition of the moment (such as recalled)."""

    set: frozenset[Disposition] = frozenset()
    unset: frozenset[Disposition] = frozenset()

    def as_json(self) -> JsonObject:
        return present(set=sorted(self.set), unset=sorted(self.unset))


@dataclass(frozen=True, slots=True)
class ErrorDeclaration:
    """That an event already recorded is wrong, and the events that stand in its place."""

    declared_at: datetime
    reason: ErrorReason
    corrective_event_ids: tuple[str, ...] = ()

    def as_json(self) -> JsonObject:
        return present(
            declarationTime=timestamp(self.declared_at),
            reason=self.reason,
            correctiveEventIDs=sorted(set(self.corrective_event_ids)),
        )
