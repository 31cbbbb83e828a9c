"""An outbox message is handled after the commit, under a lease, again when a worker dies, and given up in the end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock, outbox
from app.core.db import Wakeup, atomic
from app.core.outbox import LEASE, RETRY_LADDER, OutboxMessage, backlog, send_later, sweep
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


def queue(text: str, due: dt.datetime | None = None) -> int:
    with atomic() as session:
        message = send_later(session, "test", {"word": text}, now=clock.now(), due=due)
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
