"""What a scan may honestly say: nine verdicts, the highest that holds wins, the others stay as lines below it.

A copied code passes every check but the history of its scans; so the best this page says of an unscratched stamp is
that the stamp is genuine and whether it was seen before, never that the goods are.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from app.certification.standing import ENDED, StandingState
from app.trace.stamps.models import ExceptionState


class VerdictState(StrEnum):
    """What may be said of a stamp, the highest first (docs/glossary.md, verdict)."""

    UNKNOWN = "unknown"
    WRONG_PRODUCT = "wrong-product"
    VOID = "void"
    NOT_ACTIVATED = "not-activated"
    PAST_DATE = "past-date"
    STAR_ENDED = "star-ended"
    GENUINE_SEEN = "genuine-seen"
    GENUINE_FIRST = "genuine-first"
    GENUINE = "genuine"


@dataclass(frozen=True, slots=True)
class StampFacts:
    """What the database knows of one genuine stamp at one moment.

    `exceptions` are its rows' states; `standing` the product's standing today; dates are Vietnam days.
    """

    variant_id: int
    batch_id: int | None
    expires_on: dt.date | None
    exceptions: frozenset[ExceptionState]
    standing: StandingState
    void_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state shown, and what else holds, in order."""

    state: VerdictState
    also: tuple[VerdictState, ...]


def judge(facts: StampFacts, *, seen_before: int | None, wrong_product: bool, today: dt.date) -> Verdict:
    """Judge a genuine stamp. `seen_before` scans came before this one, None: that is not known or nobody's business.

    `wrong_product`: the address claims a GTIN that neither stands on the stamp nor ever was that of its goods.
    """
    holds = {_history(seen_before)}
    if wrong_product:
        holds.add(VerdictState.WRONG_PRODUCT)
    if ExceptionState.VOID in facts.exceptions:
        holds.add(VerdictState.VOID)
    if facts.batch_id is None:
        holds.add(VerdictState.NOT_ACTIVATED)
    elif facts.expires_on is not None and facts.expires_on < today:
        holds.add(VerdictState.PAST_DATE)
    if facts.standing in ENDED:
        holds.add(VerdictState.STAR_ENDED)
    state, *also = (verdict for verdict in VerdictState if verdict in holds)
    return Verdict(state, tuple(also))


def _history(seen_before: int | None) -> VerdictState:
    if seen_before is None:
        return VerdictState.GENUINE
    return VerdictState.GENUINE_SEEN if seen_before else VerdictState.GENUINE_FIRST


NO_STAMP_OF_OURS = Verdict(VerdictState.UNKNOWN, ())
