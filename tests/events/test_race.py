"""Who acts on one area or batch at the same moment waits for the other; nobody is refused and no chain breaks."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable

from flask import Flask
from sqlalchemy.orm import Session

from app.catalogue.models import Producer, Variant
from app.events.log import CHAIN_OPENED
from app.events.models import SubjectKind
from tests.events.farm import Farm, acts, reports
from tests.factories.catalogue import make_variant
from tests.factories.supply import make_area, make_batch
from tests.orders.test_race import all_at_once

AREA, BATCH = SubjectKind.AREA, SubjectKind.BATCH


def one_of(farm: Farm, act: Callable[[Farm], object]) -> Callable[[], str]:
    def person() -> str:
        act(Farm(farm.producer_id, farm.variant_id, farm.now))
        return "done"

    return person


def test_acts_on_one_batch_at_once_stand_in_its_chain_one_after_the_other(
    app: Flask, session: Session, now: dt.datetime
) -> None:
    farm = Farm.of(session, now)
    batch = farm.open_batch(quantity=100)
    roll = farm.issue(batch.id, 60)
    activations = [farm.activate(roll.id, batch.id, n, n).id for n in range(1, 7)]
    before = len(acts(session, BATCH, batch.id))
    people = [one_of(farm, lambda farm: farm.move(batch.id, "spoiled", 1)) for _ in range(6)]
    people += [one_of(farm, lambda farm, id_=id_: farm.undo(id_)) for id_ in activations]  # type: ignore[misc]
    people += [one_of(farm, lambda farm, n=n: farm.void(roll.id, n, n)) for n in range(20, 26)]  # type: ignore[misc]
    assert all_at_once(app, people) == {"done": 18}
    assert Counter(acts(session, BATCH, batch.id)[before:]) == {
        "stock.spoiled": 6,
        "stamps.activation-undone": 6,
        "stamps.voided": 6,
    }
    assert all(report.fault is None for report in reports(session))


def test_batches_of_the_same_areas_opened_at_once_never_wait_in_a_circle(
    app: Flask, session: Session, now: dt.datetime
) -> None:
    farm = Farm.of(session, now)
    producer = session.get_one(Producer, farm.producer_id)
    areas = [make_area(session, producer=producer).id for _ in range(3)]  # older than the log

    def opening(n: int) -> Callable[[], str]:
        return one_of(farm, lambda farm: farm.open_batch(f"L{n}", *areas[:: 1 if n % 2 else -1]))

    people = [opening(n) for n in range(10)]
    people += [one_of(farm, lambda farm: farm.change_area(areas[0], hectares=9.0)) for _ in range(3)]
    assert all_at_once(app, people) == {"done": 13}
    for area in areas:
        recorded = acts(session, AREA, area)
        assert recorded[0] == CHAIN_OPENED
        assert Counter(recorded[1:]) == {"batch.opened": 10} | (
            {"area.changed": 3} if area == areas[0] else {}
        )
    assert all(report.fault is None for report in reports(session))


def test_the_chain_of_a_batch_older_than_the_log_is_opened_once(
    app: Flask, session: Session, now: dt.datetime
) -> None:
    variant = make_variant(session)
    batch = make_batch(session, variant=variant, quantity=100)
    farm = Farm.of(session, now, session.get_one(Variant, variant.id))
    people = [one_of(farm, lambda farm: farm.move(batch.id, "spoiled", 1)) for _ in range(8)]
    assert all_at_once(app, people) == {"done": 8}
    assert acts(session, BATCH, batch.id) == [CHAIN_OPENED] + ["stock.spoiled"] * 8
