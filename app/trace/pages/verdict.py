"""What a scan may honestly say: thirteen verdicts, the highest that holds wins, the others stay as lines below it.

A copied code passes every check but the history of its scans; so the best this page says of an unscratched stamp is
that the stamp is genuine and whether it was seen before, never that the goods are.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

UNKNOWN = "unknown"
WRONG_PRODUCT = "wrong-product"
VOID = "void"
LOST = "lost"
RECALLED = "recalled"
NOT_ACTIVATED = "not-activated"
PAST_DATE = "past-date"
SUSPECT = "suspect"
PIN_REPEATED = "pin-repeated"
PIN_FIRST = "pin-first"
STAR_ENDED = "star-ended"
GENUINE_SEEN = "genuine-seen"
GENUINE_FIRST = "genuine-first"
# Highest first (docs/glossary.md, verdict).
ORDER = (
    UNKNOWN,
    WRONG_PRODUCT,
    VOID,
    LOST,
    RECALLED,
    NOT_ACTIVATED,
    PAST_DATE,
    SUSPECT,
    PIN_REPEATED,
    PIN_FIRST,
    STAR_ENDED,
    GENUINE_SEEN,
    GENUINE_FIRST,
)


@dataclass(frozen=True, slots=True)
class StampFacts:
    """What the database knows of one genuine stamp at one moment.

    `exceptions` are its rows' states; `standing` the product's standing today; dates are Vietnam days.
    """

    variant_id: int
    gtin: str | None
    batch_id: int | None
    batch_state: str | None
    expires_on: dt.date | None
    exceptions: frozenset[str]
    standing: str
    void_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state shown, and what else holds, in order."""

    state: str
    also: tuple[str, ...]


def judge(facts: StampFacts, *, seen_before: int, gtin: str | None, today: dt.date) -> Verdict:
    """Judge a genuine stamp. `seen_before` scans came before this one; `gtin` is what the address claims, if any."""
    holds = set(facts.exceptions)
    if gtin is not None and gtin != facts.gtin:
        holds.add(WRONG_PRODUCT)
    if facts.batch_id is None:
        holds.add(NOT_ACTIVATED)
    else:
        if facts.batch_state == "recalled":
            holds.add(RECALLED)
        if facts.expires_on is not None and facts.expires_on < today:
            holds.add(PAST_DATE)
    if facts.standing in ("lapsed", "withdrawn"):
        holds.add(STAR_ENDED)
    holds.add(GENUINE_SEEN if seen_before else GENUINE_FIRST)
    state, *also = (verdict for verdict in ORDER if verdict in holds)
    return Verdict(state, tuple(also))


NO_STAMP_OF_OURS = Verdict(UNKNOWN, ())
