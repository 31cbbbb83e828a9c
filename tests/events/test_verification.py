"""Verifying proves every chain, and names what was changed outside the site: which chain, which link."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.cli.events import FAULT_MESSAGES
from app.core.db import atomic
from app.events.models import EventLink, RecordedEvent, SubjectKind
from app.events.verification import Fault
from app.gs1.event_hash import event_hash
from app.gs1.events import canonical_json
from app.supply.models import Batch, RawMaterialArea
from tests.events.farm import Farm, body, chain
from tests.factories.supply import make_area, make_batch

EVENTS, LINKS = RecordedEvent.__table__.c, EventLink.__table__.c


@dataclass(frozen=True)
class RecordedBatch:
    """A batch whose chain has five links, and the ids of its events and links in their order."""

    batch_id: int
    public_id: str
    area_slug: str
    events: list[int]
    links: list[int]


@pytest.fixture
def recorded(session: Session, now: dt.datetime) -> RecordedBatch:
    farm = Farm.of(session, now)
    area = farm.open_area()
    batch = farm.open_batch("SG-01", area.id)
    farm.move(batch.id, "spoiled", 4)
    farm.move(batch.id, "adjusted", -2)
    farm.move(batch.id, "returned", 1)
    farm.close_batch(batch.id)
    events = [event.id for event in chain(session, SubjectKind.BATCH, batch.id)]
    links = session.scalars(
        sa.select(EventLink.id).where(EventLink.subject_kind == "batch").order_by(EventLink.sequence)
    )
    return RecordedBatch(batch.id, batch.public_id, area.slug, events, list(links))


def change_event(recorded: RecordedBatch, place: int, **columns: object) -> None:
    with atomic() as writing:
        writing.execute(
            sa.update(RecordedEvent).where(EVENTS.id == recorded.events[place - 1]).values(**columns)
        )


def change_link(recorded: RecordedBatch, place: int, **columns: object) -> None:
    with atomic() as writing:
        writing.execute(sa.update(EventLink).where(LINKS.id == recorded.links[place - 1]).values(**columns))


def drop_link(recorded: RecordedBatch, sequence: int) -> None:
    with atomic() as writing:
        writing.execute(sa.delete(EventLink).where(LINKS.id == recorded.links[sequence - 1]))


def drop_event(recorded: RecordedBatch, sequence: int) -> None:
    drop_link(recorded, sequence)
    with atomic() as writing:
        writing.execute(sa.delete(RecordedEvent).where(EVENTS.id == recorded.events[sequence - 1]))


def verified(runner: FlaskCliRunner, *options: str) -> tuple[int, str]:
    outcome = runner.invoke(args=["events", "verify", *options])
    return outcome.exit_code, outcome.output


def broken(recorded: RecordedBatch, sequence: int, fault: Fault) -> str:
    return f"batch {recorded.public_id}, link {sequence}: {FAULT_MESSAGES[fault]}"


def test_what_was_recorded_and_left_alone_holds(runner: FlaskCliRunner, recorded: RecordedBatch) -> None:
    assert verified(runner) == (0, "events: 2 chains of 7 links hold\n")
    assert verified(runner, "--subject", f"batch:{recorded.public_id}") == (
        0,
        "events: 1 chains of 5 links hold\n",
    )
    assert verified(runner, "--subject", f"area:{recorded.area_slug}") == (
        0,
        "events: 1 chains of 2 links hold\n",
    )


def text_of(session: Session, recorded: RecordedBatch, sequence: int) -> str:
    return session.get_one(RecordedEvent, recorded.events[sequence - 1]).body


def other_quantity(session: Session, recorded: RecordedBatch) -> None:
    changed = text_of(session, recorded, 2).replace('"quantity":4', '"quantity":5')
    assert changed != text_of(session, recorded, 2)
    change_event(recorded, 2, body=changed)


def other_quantity_with_its_hash(session: Session, recorded: RecordedBatch) -> None:
    stated = body(session.get_one(RecordedEvent, recorded.events[1]))
    stated["quantityList"][0]["quantity"] = 5
    change_event(recorded, 2, body=canonical_json(stated), hash=event_hash(stated))


def something_the_hash_leaves_out(name: str) -> Callable[[Session, RecordedBatch], None]:
    def change(session: Session, recorded: RecordedBatch) -> None:
        stated = body(session.get_one(RecordedEvent, recorded.events[1])) | {name: "2026-11-21T02:00:00.000Z"}
        change_event(recorded, 2, body=canonical_json(stated))

    return change


def body_as(write: Callable[[str], str]) -> Callable[[Session, RecordedBatch], None]:
    return lambda session, recorded: change_event(recorded, 2, body=write(text_of(session, recorded, 2)))


def event_as(**columns: object) -> Callable[[Session, RecordedBatch], None]:
    return lambda session, recorded: change_event(recorded, 2, **columns)


def links_in_another_order(session: Session, recorded: RecordedBatch) -> None:
    change_link(recorded, 2, sequence=99)
    change_link(recorded, 3, sequence=2)
    change_link(recorded, 2, sequence=3)


def an_event_taken_out_and_the_rest_moved_up(session: Session, recorded: RecordedBatch) -> None:
    drop_event(recorded, 2)
    for sequence in (3, 4, 5):
        change_link(recorded, sequence, sequence=sequence - 1)


LATER = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
TAMPERING: dict[str, tuple[Callable[[Session, RecordedBatch], None], int, Fault]] = {
    "quantity": (other_quantity, 2, Fault.BODY),
    "quantity and hash": (other_quantity_with_its_hash, 2, Fault.LINK),
    "another text of the same event": (body_as(lambda text: text.replace(",", ", ")), 2, Fault.BODY),
    "a member twice": (body_as(lambda text: text.replace("{", '{"action":"ADD",', 1)), 2, Fault.BODY),
    "no JSON": (body_as(lambda text: text[:-1]), 2, Fault.BODY),
    "no event": (body_as(lambda text: "[]"), 2, Fault.BODY),
    "no time": (body_as(lambda text: '{"nguon:act":"x","type":"ObjectEvent"}'), 2, Fault.BODY),
    "too deep": (body_as(lambda text: "[" * 100_000 + "]" * 100_000), 2, Fault.BODY),
    "a record time in the body": (something_the_hash_leaves_out("recordTime"), 2, Fault.BODY),
    "a comment in the body": (something_the_hash_leaves_out("rdfs:comment"), 2, Fault.BODY),
    "hash": (event_as(hash="ni:///sha-256;" + "00" * 32 + "?ver=CBV2.0"), 2, Fault.BODY),
    "record time": (event_as(record_time=LATER), 2, Fault.LINK),
    "error declaration": (event_as(error_declaration='{"reason":"did_not_occur"}'), 2, Fault.LINK),
    "type": (event_as(event_type="AggregationEvent"), 2, Fault.COLUMNS),
    "act": (event_as(act="stock.returned"), 2, Fault.COLUMNS),
    "time": (event_as(event_time=LATER), 2, Fault.COLUMNS),
    "link": (lambda session, recorded: change_link(recorded, 2, link="00" * 32), 2, Fault.LINK),
    "event of a link": (
        lambda session, recorded: change_link(recorded, 2, event_id=recorded.events[2]),
        2,
        Fault.LINK,
    ),
    "order": (links_in_another_order, 2, Fault.LINK),
    "first link removed": (lambda session, recorded: drop_link(recorded, 1), 1, Fault.MISSING_LINK),
    "middle link removed": (lambda session, recorded: drop_link(recorded, 3), 3, Fault.MISSING_LINK),
    "middle event removed": (lambda session, recorded: drop_event(recorded, 3), 3, Fault.MISSING_LINK),
    "event removed and gap closed": (an_event_taken_out_and_the_rest_moved_up, 2, Fault.LINK),
    "link put aside": (
        lambda session, recorded: change_link(recorded, 4, subject_id=10**6),
        4,
        Fault.MISSING_LINK,
    ),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_what_was_tampered_with_is_named_by_its_chain_and_link(
    session: Session, runner: FlaskCliRunner, recorded: RecordedBatch, what: str
) -> None:
    tamper, sequence, fault = TAMPERING[what]
    tamper(session, recorded)
    code, output = verified(runner)
    assert code == 1
    assert output.splitlines()[0] == broken(recorded, sequence, fault)
    assert "Error: " in output
    assert verified(runner, "--subject", f"batch:{recorded.public_id}")[0] == 1


def test_an_event_that_stands_in_two_chains_is_broken_in_both(
    session: Session, runner: FlaskCliRunner, recorded: RecordedBatch
) -> None:
    change_event(recorded, 1, record_time=LATER)
    code, output = verified(runner)
    assert (code, output.splitlines()) == (
        1,
        [
            f"area {recorded.area_slug}, link 2: {FAULT_MESSAGES[Fault.LINK]}",
            broken(recorded, 1, Fault.LINK),
            "Error: 2 faults in 2 chains",
        ],
    )


def test_a_chain_taken_away_is_missed_and_its_events_are_found_loose(
    session: Session, runner: FlaskCliRunner, recorded: RecordedBatch
) -> None:
    with atomic() as writing:
        writing.execute(sa.delete(EventLink).where(LINKS.subject_kind == "batch"))
    code, output = verified(runner)
    assert code == 1
    assert broken(recorded, 1, Fault.NO_CHAIN) in output
    assert (
        output.count(FAULT_MESSAGES[Fault.NOT_IN_A_CHAIN]) == 4
    )  # the first still stands in the chain of its area


def test_a_chain_of_nothing_is_named(
    session: Session, runner: FlaskCliRunner, recorded: RecordedBatch
) -> None:
    with atomic() as writing:
        writing.execute(sa.update(EventLink).where(LINKS.subject_kind == "batch").values(subject_id=10**6))
    code, output = verified(runner)
    assert code == 1
    assert f"batch 1000000: {FAULT_MESSAGES[Fault.NO_SUBJECT]}" in output


def test_a_tail_cut_off_is_seen_while_its_event_is_there_and_not_after(
    runner: FlaskCliRunner, recorded: RecordedBatch
) -> None:
    drop_link(recorded, 5)
    code, output = verified(runner)
    assert (code, FAULT_MESSAGES[Fault.NOT_IN_A_CHAIN] in output) == (1, True)
    with atomic() as writing:
        writing.execute(sa.delete(RecordedEvent).where(EVENTS.id == recorded.events[4]))
    assert verified(runner) == (0, "events: 2 chains of 6 links hold\n")


def test_areas_and_batches_without_a_chain_are_named_until_their_chains_are_opened(
    session: Session, runner: FlaskCliRunner
) -> None:
    area, batch = make_area(session), make_batch(session)
    code, output = verified(runner)
    assert code == 1
    for subject in (f"area {area.slug}", f"batch {batch.public_id}"):
        assert f"{subject}, link 1: {FAULT_MESSAGES[Fault.NO_CHAIN]}" in output
    opened = [runner.invoke(args=["events", "open"]).output for _ in range(2)]
    assert opened == ["events: 2 chains opened\n", "events: 0 chains opened\n"]
    assert verified(runner) == (0, "events: 2 chains of 2 links hold\n")


@pytest.mark.parametrize("subject", ["batch:none", "area:none", "batch:", "batch", "stamp:1"])
def test_a_subject_that_is_none_is_refused(
    runner: FlaskCliRunner, recorded: RecordedBatch, subject: str
) -> None:
    code, output = verified(runner, "--subject", subject)
    assert code != 0
    assert "Error" in output


def test_every_area_and_batch_of_the_loaded_data_has_a_chain(
    runner: FlaskCliRunner, session: Session
) -> None:
    assert runner.invoke(args=["data", "load"]).exit_code == 0
    code, output = verified(runner)
    assert code == 0
    subjects = (RawMaterialArea, Batch)
    chains = sum(session.scalar(sa.select(sa.func.count()).select_from(subject)) or 0 for subject in subjects)
    assert chains > 500
    assert f"events: {chains} chains of {chains} links hold" in output
