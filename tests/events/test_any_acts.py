"""Any acts of a producer, in any order, leave chains that hold."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.core.errors import Refusal
from app.events.models import EventLink, SubjectKind
from tests.events.farm import Farm, acts, reports

STEP = st.tuples(
    st.sampled_from(
        [
            "area",
            "change area",
            "close area",
            "batch",
            "close batch",
            "spoiled",
            "returned",
            "adjusted",
            "issue",
            "activate",
            "undo",
            "void",
        ]
    ),
    st.integers(0, 6),
    st.integers(-3, 12),
)


class Hands:
    """Does one step after the other with what exists; a refused step is skipped."""

    def __init__(self, farm: Farm) -> None:
        self._farm = farm
        self._areas: list[int] = []
        self._batches: list[int] = []
        self._rolls: list[tuple[int, int]] = []
        self._activations: list[int] = []

    def do(self, what: str, which: int, number: int) -> None:
        try:
            self._act(what, which, number)
        except (Refusal, LookupError):
            return

    def _act(self, what: str, which: int, number: int) -> None:
        farm, areas = self._farm, self._areas
        match what:
            case "area":
                areas.append(farm.open_area(f"Đồi {len(areas)}").id)
            case "change area":
                farm.change_area(areas[which], hectares=1.0 + which)
            case "close area":
                farm.close_area(areas[which])
            case "batch":
                self._batches.append(farm.open_batch(f"L{farm.now:%H%M%S}", *areas[:which]).id)
            case "close batch":
                farm.close_batch(self._batches[which])
            case "issue":
                batch = self._batches[which]
                self._rolls.append((farm.issue(batch if number else None, 12).id, batch))
            case "activate":
                roll, batch = self._rolls[which]
                self._activations.append(farm.activate(roll, batch, number, number + which).id)
            case "undo":
                farm.undo(self._activations[which])
            case "void":
                farm.void(self._rolls[which][0], number, number + which)
            case movement:
                farm.move(self._batches[which], movement, number)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=30))
def test_after_any_acts_in_any_order_all_chains_hold(
    session: Session, now: dt.datetime, steps: list[tuple[str, int, int]]
) -> None:
    hands = Hands(Farm.of(session, now))
    for step in [("area", 0, 0), ("batch", 1, 1), *steps]:
        hands.do(*step)
    all_reports = reports(session)
    assert all_reports
    assert [report for report in all_reports if report.fault is not None] == []
    links = session.scalar(sa.select(sa.func.count()).select_from(EventLink))
    assert sum(report.links for report in all_reports) == links
    last = session.scalars(sa.select(EventLink.subject_id).where(EventLink.subject_kind == "batch")).all()[-1]
    assert acts(session, SubjectKind.BATCH, last)[0] == "batch.opened"
