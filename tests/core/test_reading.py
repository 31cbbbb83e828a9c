"""A question by hand sees what was committed before it, leaves nothing open, and survives a lost connection."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core.db import atomic, db
from app.core.parts import part
from app.core.reading import Reader
from app.trace.stamps.models import StampCounter

NUMBER = "SELECT next_number FROM stamp_counter"


def bump() -> None:
    with atomic() as writing:
        writing.get_one(StampCounter, 1).next_number += 1


def test_it_sees_each_commit_at_once(app: Flask, session: Session) -> None:
    for _ in range(3):
        before = part(Reader).rows(NUMBER)[0][0]
        bump()
        assert part(Reader).rows(NUMBER) == [(before + 1,)]


def test_it_does_not_see_what_is_not_committed(app: Flask, session: Session) -> None:
    before = part(Reader).rows(NUMBER)
    with atomic() as writing:
        writing.get_one(StampCounter, 1).next_number += 1
        writing.flush()
        assert part(Reader).rows(NUMBER) == before


def test_facts_are_parameters_and_never_text(app: Flask, session: Session) -> None:
    sign = ":given" if part(Reader).sqlite else "%(given)s"
    asked = f"SELECT slug FROM products WHERE slug = {sign}"
    assert part(Reader).rows(asked, {"given": "' OR 1 = 1 --"}) == []


def test_it_leaves_no_transaction_behind_that_a_writer_would_wait_for(app: Flask, session: Session) -> None:
    part(Reader).rows(NUMBER)
    session.execute(sa.text("DROP TABLE IF EXISTS beside"))
    session.commit()
    assert db.engine.pool.checkedout() <= 1  # type: ignore[attr-defined]


def test_many_threads_ask_at_once(app: Flask) -> None:
    known = part(Reader, app)
    with ThreadPoolExecutor(8) as threads:
        rows = set(threads.map(lambda _: known.rows(NUMBER)[0], range(200)))
    assert len(rows) == 1


def test_a_lost_connection_is_asked_anew_and_a_wrong_question_is_a_fault(
    app: Flask, session: Session
) -> None:
    own = Reader(db.engine)
    own.rows(NUMBER)
    lost = own._idle[0].dbapi_connection
    assert lost is not None
    lost.close()
    assert own.rows(NUMBER) == part(Reader).rows(NUMBER)
    with pytest.raises(db.engine.dialect.loaded_dbapi.Error):
        own.rows("SELECT nothing FROM nowhere")
    assert own.rows(NUMBER)
    own.close()


def test_connections_end_with_the_engine(app: Flask, session: Session) -> None:
    own = Reader(db.engine)
    own.rows(NUMBER)
    session.rollback()
    db.engine.dispose()
    assert not own._idle
    assert own.rows(NUMBER)
    own.close()


def test_a_forked_process_asks_by_connections_of_its_own(app: Flask, session: Session) -> None:
    own = Reader(db.engine)
    own.rows(NUMBER)
    inherited = list(own._idle)
    coming, going = os.pipe()
    child = os.fork()
    if not child:
        ours = own.rows(NUMBER)[0][0] >= 0 and own._idle[0] not in inherited
        os.write(going, b"own" if ours else b"his")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert os.read(coming, 3) == b"own"
    assert own.rows(NUMBER)
    os.close(coming)
    os.close(going)
    own.close()
