"""A process misses no commit and takes nothing for changed that is not; writers share no row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.catalogue.models import Product, ProductGroup
from app.core import changes, clock
from app.core.changes import EVERYTHING, MOST_TOPICS, Basis, Change, ChangeLog, note_change
from app.core.db import atomic, db
from app.core.parts import part
from app.core.reading import Reader
from tests.factories.accounts import make_user
from tests.factories.catalogue import make_producer, make_product, make_source, make_variant
from tests.factories.changes import last_change, topics_since
from tests.factories.supply import make_batch


@pytest.fixture
def log(app: Flask) -> ChangeLog:
    """What a process knows that has just begun."""
    begun = ChangeLog(part(Reader, app))
    begun.look()
    return begun


@pytest.fixture
def others(app: Flask) -> Iterator[tuple[Connection, Connection]]:
    """Two transactions of other processes."""
    with app.app_context(), db.engine.connect() as one, db.engine.connect() as other:
        yield one, other


def write(connection: Connection, topic: str) -> None:
    connection.execute(sa.insert(Change).values(topics=topic, at=clock.now()))


def basis(log: ChangeLog, *topics: str) -> Basis:
    return Basis(log.moment, topics)


def touch(*topics: str) -> None:
    with atomic() as writing:
        for topic in topics:
            note_change(writing, topic)


# --- reading ---------------------------------------------------------------------------------------------------


def test_what_stands_on_what_changed_holds_no_longer_and_all_else_does(
    log: ChangeLog, session: Session
) -> None:
    tea, honey, any_product = (basis(log, topic) for topic in ("product:1", "product:2", "product"))
    something = basis(log)
    touch("product:1")
    assert log.holds(tea)  # for who has not looked
    log.look()
    assert not log.holds(tea)
    assert not log.holds(any_product)
    assert not log.holds(something)
    assert log.holds(honey)
    log.look()
    assert log.holds(honey)
    assert log.holds(basis(log, "product:1"))


def test_of_two_transactions_the_one_that_began_first_and_ended_last_is_not_missed(
    app: Flask, log: ChangeLog, others: tuple[Connection, Connection]
) -> None:
    first, second = others
    on_first, on_second = basis(log, "product:1"), basis(log, "product:2")
    write(first, "product:1")
    if (
        db.engine.dialect.name == "sqlite"
    ):  # one writer at a time, so that ids are in the order of the commits
        second.exec_driver_sql("PRAGMA busy_timeout = 0")
        with pytest.raises(OperationalError, match="locked"):
            write(second, "product:2")
        return
    write(second, "product:2")
    second.commit()
    log.look()
    assert log.holds(on_first)
    assert not log.holds(on_second)
    log.look()
    later = basis(log, "product:1"), basis(log, "product:2")
    first.commit()
    log.look()
    assert not log.holds(on_first)
    assert not log.holds(later[0])
    assert log.holds(later[1])  # and what was seen is not seen again


def test_a_transaction_open_since_before_the_process_began_is_not_missed(
    app: Flask, others: tuple[Connection, Connection]
) -> None:
    first, second = others
    write(first, "product:1")
    log = ChangeLog(part(Reader, app))
    log.look()
    stands = basis(log, "product:1")
    for _ in range(3):
        if db.engine.dialect.name != "sqlite":
            write(second, "product:2")
            second.commit()
        log.look()
        assert log.holds(stands)
    first.commit()
    log.look()
    assert not log.holds(stands)


def test_what_is_not_committed_is_no_change(log: ChangeLog, others: tuple[Connection, Connection]) -> None:
    stands = basis(log, "product:1")
    write(others[0], "product:1")
    log.look()
    assert log.holds(stands)
    others[0].rollback()
    log.look()
    assert log.holds(stands)


def test_rows_of_another_servers_backup_are_not_taken_for_news_for_ever(
    app: Flask, log: ChangeLog, others: tuple[Connection, Connection]
) -> None:
    others[0].execute(sa.insert(Change).values(topics="product:1", at=clock.now(), xid=1 << 60))
    others[0].commit()
    log.look()
    stands = basis(log, "product:1")
    touch("product:2")
    log.look()
    assert log.holds(stands)


def test_who_has_not_looked_for_long_takes_everything_for_changed(log: ChangeLog, session: Session) -> None:
    stands = basis(log, "product:1")
    clock.start_clock(clock.now() + changes.FORGOTTEN_AFTER / 2)
    log.look()
    assert log.holds(stands)
    clock.start_clock(clock.now() + changes.FORGOTTEN_AFTER + dt.timedelta(seconds=1))
    log.look()
    assert not log.holds(stands)
    touch("product:1")
    stands = basis(log, "product:1")
    log.look()
    assert not log.holds(stands)


def test_old_changes_are_deleted_and_their_numbers_never_given_again(
    log: ChangeLog, session: Session
) -> None:
    touch("product:1")
    number = last_change()
    changes.prune()
    assert last_change() == number
    clock.start_clock(clock.now() + changes.KEPT + dt.timedelta(minutes=1))
    changes.prune()
    assert last_change() == 0
    log.look()
    stands = basis(log, "product:2")
    touch("product:2")
    assert last_change() > number
    log.look()
    assert not log.holds(stands)


def test_a_change_of_everything_leaves_nothing(log: ChangeLog, session: Session) -> None:
    stands = basis(log, "product:1"), basis(log, "release")
    touch(EVERYTHING)
    log.look()
    assert not any(map(log.holds, stands))
    assert log.holds(basis(log, "product:1"))


def test_memory_for_topics_is_bounded_and_what_is_forgotten_counts_as_changed(
    log: ChangeLog, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "_MOST_REMEMBERED", 10)
    stands = basis(log, "product:1")
    for number in range(2, 12):
        touch(f"product:{number}")
        log.look()
    assert not log.holds(stands)
    assert len(log._last) <= 12


def test_followers_hear_before_anything_is_served_and_what_follows_has_changed_too(
    log: ChangeLog, session: Session
) -> None:
    heard: list[set[str]] = []

    def follow(topics: object) -> set[str]:
        assert isinstance(topics, set)
        heard.append(topics)
        return {"facets"}

    log.follow(follow)
    stands = basis(log, "facets")
    touch("product:1", "range:2")
    log.look()
    assert heard == [{"product:1", "range:2"}]
    assert not log.holds(stands)


def test_a_follower_that_fails_is_told_again(log: ChangeLog, session: Session) -> None:
    ready = False

    def follow(_: object) -> set[str]:
        if not ready:
            raise OSError("the index is away")
        return set()

    log.follow(follow)
    stands = basis(log, "product:1")
    touch("product:1")
    with pytest.raises(OSError, match="away"):
        log.look()
    ready = True
    log.look()
    assert not log.holds(stands)


def test_threads_that_look_at_once_all_know_what_was_committed(app: Flask, log: ChangeLog) -> None:
    def look(number: int) -> bool:
        with app.app_context():
            stands = basis(log, f"product:{number}")
            touch(f"product:{number}")
            log.look()
            return not log.holds(stands)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(look, range(40)))


# --- writing ---------------------------------------------------------------------------------------------------


def test_objects_touch_their_topics_and_private_ones_none(session: Session) -> None:
    product = make_product(session)
    user = make_user(session)
    before = last_change()
    with atomic() as writing:
        writing.get_one(Product, product.id).name = "Chè khác"
        writing.get_one(Product, product.id).slug = product.slug  # set to what it was
    assert topics_since(before) == {f"product:{product.id}", f"range:{product.producer_id}"}
    before = last_change()
    with atomic() as writing:
        writing.get_one(User, user.id).name = "Lan"
        writing.get_one(Product, product.id).name = "Chè khác"
    assert topics_since(before) == set()


def test_one_row_is_written_for_a_transaction_and_none_for_one_that_fails(session: Session) -> None:
    product = make_product(session)
    before = last_change()
    with pytest.raises(ZeroDivisionError), atomic() as writing:
        writing.get_one(Product, product.id).name = "Không giữ"
        writing.flush()
        _ = 1 // 0
    with atomic() as writing:  # and nothing is left of it for the next
        writing.scalar(sa.select(1))
    assert topics_since(before) == set()
    with atomic() as writing:
        writing.get_one(Product, product.id).name = "Một"
        writing.flush()
        writing.get_one(Product, product.id).name = "Hai"
    assert session.scalar(sa.select(sa.func.count()).where(Change.id > before)) == 1


def test_what_moves_touches_where_it_was_and_where_it_is(session: Session) -> None:
    product, producer = make_product(session), make_producer(session)
    old = product.producer_id
    before = last_change()
    with atomic() as writing:
        writing.get_one(Product, product.id).producer_id = producer.id
    assert topics_since(before) == {f"product:{product.id}", f"range:{old}", f"range:{producer.id}"}


def test_where_it_was_is_everything_when_nobody_read_it(session: Session) -> None:
    product, producer = make_product(session), make_producer(session)
    before = last_change()
    with atomic() as writing:
        found = writing.get_one(Product, product.id)
        writing.expire(found, ["producer_id"])
        found.producer_id = producer.id
    assert EVERYTHING in topics_since(before)


def test_a_batch_touches_the_product_it_is_a_batch_of(session: Session) -> None:
    variant = make_variant(session)
    before = last_change()
    make_batch(session, variant=variant)
    product = variant.product_id
    assert topics_since(before) == {f"product:{product}", f"stock:{product}"}


def test_what_stands_on_every_page_and_what_loaders_do_is_everything(session: Session) -> None:
    before = last_change()
    with atomic() as writing:
        group = writing.scalars(sa.select(ProductGroup)).first()
        assert group
        group.name_vi += "!"
    assert topics_since(before) == {EVERYTHING}
    before = last_change()
    with atomic() as writing:
        for number in range(MOST_TOPICS + 1):
            note_change(writing, "product", number)
    assert topics_since(before) == {EVERYTHING}


@pytest.mark.parametrize("named", [True, False])
def test_a_statement_touches_what_it_names_and_everything_when_it_names_nothing(
    session: Session, named: bool
) -> None:
    product = make_product(session)
    topics = [f"product:{product.id}"]
    before = last_change()
    with atomic() as writing:
        writing.execute(
            sa.update(Product)
            .where(Product.id == product.id)
            .values(name="Chè nữa")
            .execution_options(**{"changes": topics} if named else {})
        )
    assert topics_since(before) == (set(topics) if named else {EVERYTHING})


def test_a_savepoint_that_goes_back_takes_nothing_from_what_was_touched_before(session: Session) -> None:
    product, other = make_product(session), make_product(session)
    before = last_change()
    with atomic() as writing:
        writing.get_one(Product, product.id).name = "Giữ"
        writing.flush()
        with pytest.raises(ZeroDivisionError), writing.begin_nested():
            writing.get_one(Product, other.id).name = "Không giữ"
            writing.flush()
            _ = 1 // 0
    assert f"product:{product.id}" in topics_since(before)


def test_deleted_rows_touch_their_topics(session: Session) -> None:
    source = make_source(session)
    variant = make_variant(session)
    before = last_change()
    with atomic() as writing:
        writing.delete(writing.get_one(type(variant), variant.id))
    assert topics_since(before) == {f"product:{variant.product_id}"}
    before = last_change()
    with atomic() as writing:
        writing.delete(writing.get_one(type(source), source.id))
    assert topics_since(before) == {EVERYTHING}
