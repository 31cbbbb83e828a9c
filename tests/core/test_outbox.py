"""An outbox message is handled after the commit, under a lease, again when a worker dies, and given up in the end."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock, outbox
from app.core.db import Wakeup, atomic
from app.core.outbox import (
    KEPT_DONE,
    LEASE,
    RETRY_LADDER,
    Backlog,
    OutboxMessage,
    backlog,
    backlog_by_kind,
    forget_done,
    send_later,
    sweep,
)
from app.core.parts import hang, part


@pytest.fixture
def handled() -> Iterator[list[str]]:
    """The texts the handler 'test' has handled; the text 'fail' makes it fail."""
    handled_texts: list[str] = []

    def do(message: OutboxMessage) -> None:
        text = message.payload["word"]
        if text == "fail":
            raise ConnectionError("no route")
        handled_texts.append(text)

    outbox.handler("test")(do)
    yield handled_texts
    outbox._handlers.pop("test")


@pytest.fixture
def others() -> Iterator[list[int]]:
    """The messages of a second kind, 'other', that were handled."""
    handled_ids: list[int] = []
    outbox.handler("other")(lambda message: handled_ids.append(message.id))
    yield handled_ids
    outbox._handlers.pop("other")


def queue(text: str, due: dt.datetime | None = None, kind: str = "test") -> int:
    with atomic() as session:
        message = send_later(session, kind, {"word": text}, now=clock.now(), due=due)
    return message.id


def later(by: dt.timedelta) -> None:
    clock.start_clock(clock.now() + by)


def test_a_message_is_handled_once(session: Session, handled: list[str]) -> None:
    queue("a")
    assert sweep() == 1
    assert sweep() == 0
    assert handled == ["a"]


def test_a_transaction_that_failed_leaves_no_message(session: Session, handled: list[str]) -> None:
    with pytest.raises(KeyError), atomic() as writing:
        send_later(writing, "test", {"word": "a"}, now=clock.now())
        raise KeyError
    assert sweep() == 0
    assert handled == []


def test_a_message_for_later_waits(session: Session, handled: list[str]) -> None:
    queue("later", due=clock.now() + dt.timedelta(hours=1))
    assert sweep() == 0
    later(dt.timedelta(hours=1, seconds=1))
    assert sweep() == 1


def test_a_failure_is_tried_again_after_longer_and_longer_and_then_given_up(
    session: Session, handled: list[str]
) -> None:
    message_id = queue("fail")
    for wait in RETRY_LADDER:
        assert sweep() == 1
        assert sweep() == 0
        later(wait)
    assert sweep() == 1
    message = session.get_one(OutboxMessage, message_id)
    assert message.gave_up_at is not None and message.last_error == "ConnectionError: no route"
    later(dt.timedelta(days=30))
    assert sweep() == 0
    assert backlog(session, clock.now()) == {"waiting": 0, "failing": 0, "given_up": 1}


def test_one_that_fails_does_not_hold_up_the_next(session: Session, handled: list[str]) -> None:
    queue("fail")
    queue("b")
    assert sweep() == 2
    assert handled == ["b"]


def test_a_dead_workers_lease_runs_out_and_another_handles_its_message(
    session: Session, handled: list[str]
) -> None:
    queue("a")
    claimed = outbox._claim(clock.now())
    assert claimed is not None  # and here the worker is killed
    assert sweep() == 0
    later(LEASE + dt.timedelta(seconds=1))
    assert sweep() == 1
    assert handled == ["a"]


def test_a_message_that_kills_its_worker_each_time_is_given_up_with_the_reason(
    session: Session, handled: list[str]
) -> None:
    message_id = queue("deadly")
    queue("b")
    for _ in range(len(RETRY_LADDER) + 1):
        claimed = outbox._claim(clock.now())
        assert claimed is not None and claimed.id == message_id  # and here the worker is killed
        sweep()  # by the next worker: the message is under its lease
        later(LEASE + dt.timedelta(seconds=1))
    assert sweep() == 0
    assert handled == ["b"]
    message = session.get_one(OutboxMessage, message_id)
    assert message.gave_up_at is not None
    assert message.last_error == "the worker died 8 times while doing it"


def test_what_was_given_up_when_it_was_taken_does_not_hold_up_the_next(
    session: Session, handled: list[str]
) -> None:
    message_id = queue("fail")
    with atomic() as writing:
        message = writing.get_one(OutboxMessage, message_id)
        message.attempts, message.last_error = len(RETRY_LADDER) + 1, "ConnectionError: no route"
    queue("b")
    assert sweep() == 1
    assert handled == ["b"]
    given_up = session.get_one(OutboxMessage, message_id)
    assert given_up.gave_up_at is not None and given_up.last_error == "ConnectionError: no route"


def test_a_kind_that_takes_all_its_time_keeps_no_other_waiting(
    session: Session, handled: list[str], others: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "BUDGET_SECONDS", 0.0)
    for text in "abc":
        queue(text)
    last = queue("", kind="other")
    assert sweep() == 2
    assert (handled, others) == (["a"], [last])
    assert sweep() == 1
    assert handled == ["a", "b"]


def test_a_kind_with_many_messages_leaves_some_for_the_next_sweep(
    session: Session, handled: list[str], others: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "BUDGET_MESSAGES", 2)
    for text in "abc":
        queue(text)
    last = queue("", kind="other")
    assert sweep() == 3
    assert (handled, others) == (["a", "b"], [last])


def test_a_sweep_asks_before_every_message_whether_to_go_on(session: Session, handled: list[str]) -> None:
    for text in "abc":
        queue(text)
    answers = iter([True, True, False])
    assert sweep(lambda: next(answers)) == 2
    assert handled == ["a", "b"]


def test_what_was_done_is_deleted_after_a_month_and_nothing_else(
    session: Session, handled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_FORGOTTEN_AT_ONCE", 2)
    for text in "abcd":
        queue(text)
    given_up = queue("fail")
    with atomic() as writing:
        writing.get_one(OutboxMessage, given_up).attempts = len(RETRY_LADDER)
    sweep()
    later(dt.timedelta(days=1))
    young = queue("e")
    sweep()
    later(KEPT_DONE - dt.timedelta(hours=12))
    waiting = queue("f", due=clock.now() + dt.timedelta(days=1))
    assert forget_done(clock.now()) == 4
    session.rollback()
    assert set(session.scalars(sa.select(OutboxMessage.id))) == {given_up, young, waiting}
    assert forget_done(clock.now()) == 0


def test_the_backlog_is_told_by_kind(session: Session, handled: list[str], others: list[int]) -> None:
    queue("fail")
    queue("fine")
    sweep()
    later(dt.timedelta(seconds=5))
    queue("", kind="other")
    queue("", kind="other", due=clock.now() + dt.timedelta(hours=1))
    queue("", kind="later", due=clock.now() + dt.timedelta(hours=1))
    gone = queue("", kind="gone")
    with atomic() as writing:
        writing.get_one(OutboxMessage, gone).gave_up_at = clock.now()
    later(dt.timedelta(seconds=2))
    assert backlog_by_kind(session, clock.now()) == {
        "test": Backlog(waiting=0, failing=1, oldest_seconds=7),
        "other": Backlog(waiting=1, oldest_seconds=2),
        "later": Backlog(),
        "gone": Backlog(given_up=1),
    }
    assert backlog(session, clock.now()) == {"waiting": 1, "failing": 1, "given_up": 1}


def test_what_is_asked_at_every_round_is_found_by_an_index_of_few_rows(
    session: Session, handled: list[str], statements: list[str]
) -> None:
    queue("a")
    statements.clear()
    sweep()
    backlog(session, clock.now())
    forget_done(clock.now())
    asked = [text for text in statements if text.startswith("SELECT") and "FROM outbox" in text]
    if session.get_bind().dialect.name == "sqlite":
        plans = [_plan(session, text) for text in asked if "WHERE outbox.id =" not in text]
        assert {"ix_outbox_open", "ix_outbox_given_up", "ix_outbox_done"} == {
            index for plan in plans for index in re.findall(r"INDEX (ix_\w+)", plan)
        }
        assert not any("SCAN outbox" in plan.replace("SCAN outbox USING INDEX", "") for plan in plans)
    else:
        indexes = sa.inspect(session.get_bind()).get_indexes("outbox")
        where = {index["name"]: index["dialect_options"]["postgresql_where"] for index in indexes}
        assert set(where) == {"ix_outbox_open", "ix_outbox_given_up", "ix_outbox_done"}
        assert "gave_up_at IS NULL" in where["ix_outbox_open"]


def _plan(session: Session, statement: str) -> str:
    rows = session.connection().exec_driver_sql(
        f"EXPLAIN QUERY PLAN {statement}", ("2026-01-01",) * statement.count("?")
    )
    return "; ".join(row[3] for row in rows)


def test_a_message_of_an_unknown_kind_stays_with_its_error(session: Session) -> None:
    with atomic() as writing:
        send_later(writing, "of-a-newer-release", {}, now=clock.now())
    sweep()
    message = session.scalars(sa.select(OutboxMessage)).one()
    assert message.done_at is None and message.last_error is not None


def test_a_commit_with_a_message_wakes_the_consumer_and_one_without_does_not(
    app: Flask, session: Session
) -> None:
    woken: list[bool] = []
    real = part(Wakeup)
    hang(app, Wakeup(lambda: woken.append(True)))
    try:
        with atomic() as writing:
            writing.scalar(sa.select(1))
        assert woken == []
        queue("a")
        assert woken == [True]
    finally:
        hang(app, real)
