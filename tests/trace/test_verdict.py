"""The highest verdict that holds is shown, the others stay as lines."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from app.certification.standing import StandingState
from app.trace.pages.verdict import StampFacts, VerdictState, judge
from app.trace.stamps.models import ExceptionState

TODAY = dt.date(2026, 11, 21)
GOOD = StampFacts(
    variant_id=1,
    batch_id=1,
    expires_on=dt.date(2027, 1, 1),
    exceptions=frozenset(),
    standing=StandingState.IN_FORCE,
)


def state(facts: StampFacts, *, seen: int | None = 0, wrong: bool = False) -> str:
    return judge(facts, seen_before=seen, wrong_product=wrong, today=TODAY).state


def test_the_first_look_and_a_later_one_are_told_apart() -> None:
    assert state(GOOD) == "genuine-first"
    assert state(GOOD, seen=1) == "genuine-seen"


def test_without_a_history_a_stamp_is_neither_first_nor_seen() -> None:
    assert state(GOOD, seen=None) == "genuine"
    lapsed = judge(
        replace(GOOD, standing=StandingState.LAPSED), seen_before=None, wrong_product=False, today=TODAY
    )
    assert (lapsed.state, lapsed.also) == ("star-ended", ("genuine",))


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        (replace(GOOD, exceptions=frozenset({ExceptionState.VOID})), "void"),
        (replace(GOOD, batch_id=None, expires_on=None), "not-activated"),
        (replace(GOOD, expires_on=dt.date(2026, 11, 20)), "past-date"),
        (replace(GOOD, standing=StandingState.LAPSED), "star-ended"),
        (replace(GOOD, standing=StandingState.WITHDRAWN), "star-ended"),
        (replace(GOOD, standing=StandingState.UNCONFIRMED), "genuine-first"),
        (replace(GOOD, standing=StandingState.PENDING), "genuine-first"),
        (replace(GOOD, standing=StandingState.NONE), "genuine-first"),
    ],
)
def test_what_is_known_of_the_stamp_decides(facts: StampFacts, verdict: str) -> None:
    assert state(facts) == verdict


def test_goods_may_be_used_on_their_last_day() -> None:
    assert state(replace(GOOD, expires_on=TODAY)) == "genuine-first"
    assert state(replace(GOOD, expires_on=None)) == "genuine-first"


def test_a_link_that_claims_another_product_is_said_so() -> None:
    assert state(GOOD, wrong=True) == "wrong-product"
    assert state(replace(GOOD, batch_id=None), wrong=True) == "wrong-product"


def test_everything_below_the_winner_stays_in_order() -> None:
    verdict = judge(
        replace(
            GOOD,
            exceptions=frozenset({ExceptionState.VOID}),
            expires_on=dt.date(2026, 1, 1),
            standing=StandingState.LAPSED,
        ),
        seen_before=3,
        wrong_product=True,
        today=TODAY,
    )
    assert verdict.state == "wrong-product"
    assert verdict.also == ("void", "past-date", "star-ended", "genuine-seen")
    assert list(verdict.also) == [state for state in VerdictState if state in verdict.also]
