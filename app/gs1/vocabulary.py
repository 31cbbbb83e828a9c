"""Words of the GS1 Core Business Vocabulary 2.0, in the short form EPCIS 2.0 JSON uses, and units of measure.

Sources: CBV 2.0 sections 7.1 (business steps), 7.2 (dispositions), 7.3 (business transaction types), 7.4 (source
and destination types), 7.5 (error reasons); UN/CEFACT Recommendation 20 (units).
"""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """What an event does to its objects (EPCIS 2.0 section 7.3.2.1)."""

    ADD = "ADD"
    OBSERVE = "OBSERVE"
    DELETE = "DELETE"


class BizStep(StrEnum):
    """The step of the business in which an event happened."""

    ACCEPTING = "accepting"
    ARRIVING = "arriving"
    ASSEMBLING = "assembling"
    COLLECTING = "collecting"
    COMMISSIONING = "commissioning"
    CONSIGNING = "consigning"
    CREATING_CLASS_INSTANCE = "creating_class_instance"
    CYCLE_COUNTING = "cycle_counting"
    DECOMMISSIONING = "decommissioning"
    DEPARTING = "departing"
    DESTROYING = "destroying"
    DISASSEMBLING = "disassembling"
    DISPENSING = "dispensing"
    ENCODING = "encoding"
    ENTERING_EXITING = "entering_exiting"
    HOLDING = "holding"
    INSPECTING = "inspecting"
    INSTALLING = "installing"
    KILLING = "killing"
    LOADING = "loading"
    OTHER = "other"
    PACKING = "packing"
    PICKING = "picking"
    RECEIVING = "receiving"
    REMOVING = "removing"
    REPACKAGING = "repackaging"
    REPAIRING = "repairing"
    REPLACING = "replacing"
    RESERVING = "reserving"
    RETAIL_SELLING = "retail_selling"
    SAMPLING = "sampling"
    SENSOR_REPORTING = "sensor_reporting"
    SHIPPING = "shipping"
    STAGING_OUTBOUND = "staging_outbound"
    STOCK_TAKING = "stock_taking"
    STOCKING = "stocking"
    STORING = "storing"
    TRANSPORTING = "transporting"
    UNLOADING = "unloading"
    UNPACKING = "unpacking"
    VOID_SHIPPING = "void_shipping"


class Disposition(StrEnum):
    """The condition of the objects after an event."""

    ACTIVE = "active"
    AVAILABLE = "available"
    COMPLETENESS_INFERRED = "completeness_inferred"
    COMPLETENESS_VERIFIED = "completeness_verified"
    CONFORMANT = "conformant"
    CONTAINER_CLOSED = "container_closed"
    CONTAINER_OPEN = "container_open"
    DAMAGED = "damaged"
    DESTROYED = "destroyed"
    DISPENSED = "dispensed"
    DISPOSED = "disposed"
    ENCODED = "encoded"
    EXPIRED = "expired"
    IN_PROGRESS = "in_progress"
    IN_TRANSIT = "in_transit"
    INACTIVE = "inactive"
    MISMATCH_CLASS = "mismatch_class"
    MISMATCH_INSTANCE = "mismatch_instance"
    MISMATCH_QUANTITY = "mismatch_quantity"
    NEEDS_REPLACEMENT = "needs_replacement"
    NO_PEDIGREE_MATCH = "no_pedigree_match"
    NON_CONFORMANT = "non_conformant"
    NON_SELLABLE_OTHER = "non_sellable_other"
    PARTIALLY_DISPENSED = "partially_dispensed"
    RECALLED = "recalled"
    RESERVED = "reserved"
    RETAIL_SOLD = "retail_sold"
    RETURNED = "returned"
    SELLABLE_ACCESSIBLE = "sellable_accessible"
    SELLABLE_NOT_ACCESSIBLE = "sellable_not_accessible"
    STOLEN = "stolen"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"


class TransactionType(StrEnum):
    """The kind of business document an event belongs to; the last is this site's own, for CBV has no word for it."""

    BILL_OF_LADING = "bol"
    CERTIFICATE = "cert"
    DESPATCH_ADVICE = "desadv"
    INVOICE = "inv"
    PEDIGREE = "pedigree"
    PURCHASE_ORDER = "po"
    PURCHASE_ORDER_CONFIRMATION = "poc"
    PRODUCTION_ORDER = "prodorder"
    RECEIVING_ADVICE = "recadv"
    RETURN_AUTHORISATION = "rma"
    TEST_PROCEDURE = "testprd"
    TEST_RESULT = "testres"
    UPSTREAM_EVENT = "upevt"
    STAMP_ROLL = "urn:nguon:epcis:stamp_roll"


class PartyType(StrEnum):
    """What a source or destination of goods is to them."""

    OWNING_PARTY = "owning_party"
    POSSESSING_PARTY = "possessing_party"
    LOCATION = "location"


class ErrorReason(StrEnum):
    """Why an event is declared wrong."""

    DID_NOT_OCCUR = "did_not_occur"
    INCORRECT_DATA = "incorrect_data"


class Unit(StrEnum):
    """Units of measured quantities (UN/CEFACT Recommendation 20). Counted things carry no unit."""

    GRAM = "GRM"
    KILOGRAM = "KGM"
    LITRE = "LTR"
    MILLILITRE = "MLT"


STANDARD_NAMESPACES = {
    "cbv": "https://ref.gs1.org/cbv/",
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "dcterms": "http://purl.org/dc/terms/",
    "epcis": "https://ref.gs1.org/epcis/",
    "gs1": "https://gs1.org/voc/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""Prefixes that every EPCIS 2.0 JSON-LD context defines."""

EXTENSION_PREFIX = "nguon"
NAMESPACES = {**STANDARD_NAMESPACES, EXTENSION_PREFIX: "urn:nguon:epcis:"}
"""With the prefix of this site's own fields. The name holds no host: a hash must outlive a change of domain."""
