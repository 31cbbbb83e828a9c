"""An answer is kept while what was read for it is so, and no longer than there is room."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.catalogue.models import Product
from app.core.caching import AnswerCache, depends_on, depends_on_any, is_passing
from app.core.changes import ChangeLog, note_change
from app.core.db import atomic, db
from app.core.parts import part
from app.core.reading import Reader
from tests.factories.catalogue import make_product


@pytest.fixture
def log(session: Session, app: Flask) -> ChangeLog:
    begun = ChangeLog(part(Reader, app))
    begun.look()
    return begun


@pytest.fixture
def cache(log: ChangeLog) -> AnswerCache[str]:
    return AnswerCache(log, limit=1_000, size=len)


def touch(log: ChangeLog, *topics: str) -> None:
    with atomic() as writing:
        for topic in topics:
            note_change(writing, topic)
    log.look()


def about(kind: str, *ids: int) -> Callable[[], str]:
    def answer() -> str:
        depends_on(kind, *ids)
        return "answer"

    return answer


def any_product() -> str:
    depends_on_any("product")
    return "answer"


def test_an_answer_stands_on_what_was_said_while_it_was_made(log: ChangeLog, cache: AnswerCache[str]) -> None:
    cache.make("tea", about("product", 1, 2))
    cache.make("everything else", about("product", 3))
    cache.make("silent", lambda: "answer")
    touch(log, "product:2")
    assert cache.get("tea") is None
    assert cache.get("everything else") == "answer"
    assert cache.get("silent") is None
    cache.make("any", any_product)
    touch(log, "producer:2")
    assert cache.get("any") == "answer"
    touch(log, "product:2")
    assert cache.get("any") is None


def test_what_passes_by_itself_is_not_kept(cache: AnswerCache[str]) -> None:
    def degraded() -> str:
        is_passing()
        return "answer"

    assert cache.make("degraded", degraded) == "answer"
    assert cache.get("degraded") is None


def test_a_cache_that_is_off_makes_every_answer_anew(cache: AnswerCache[str]) -> None:
    cache.make("tea", about("product", 1))
    cache.enabled = False
    assert cache.get("tea") is None
    assert cache.make("tea", lambda: "fresh") == "fresh"


def test_the_oldest_go_first_and_what_is_too_large_is_not_kept(cache: AnswerCache[str]) -> None:
    for key in "abc":
        cache.make(key, lambda: "x" * 400)
    assert [cache.get(key) is None for key in "abc"] == [True, False, False]
    assert cache.make("large", lambda: "x" * 2_000) == "x" * 2_000
    assert cache.get("large") is None
    cache.clear()
    assert cache.get("c") is None


def test_what_fails_leaves_nothing_behind(cache: AnswerCache[str]) -> None:
    with pytest.raises(ZeroDivisionError):
        cache.make("tea", lambda: str(1 // 0))
    depends_on("product", 1)  # heard by nobody
    assert cache.get("tea") is None


def test_a_change_while_an_answer_is_made_makes_it_stale(log: ChangeLog, cache: AnswerCache[str]) -> None:
    def slowly() -> str:
        depends_on("product", 1)
        touch(log, "product:1")
        return "answer"

    cache.make("tea", slowly)
    assert cache.get("tea") is None


def test_an_answer_is_read_after_what_is_known_to_have_changed(
    app: Flask, session: Session, log: ChangeLog, cache: AnswerCache[str]
) -> None:
    """Else one of the facts before a change would be kept as one of after."""
    product_id = make_product(session, name="Tên cũ").id
    session.rollback()
    assert session.get_one(Product, product_id).name == "Tên cũ"  # the session's moment begins
    with Session(db.engine) as other:
        other.get_one(Product, product_id).name = "Tên mới"
        other.commit()
    log.look()
    assert cache.make("tea", lambda: session.get_one(Product, product_id).name) == "Tên mới"
