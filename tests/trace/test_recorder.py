"""A journal that is stuck, away, full or read-only keeps no verdict waiting, and every scan is in it once later."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.core import away, clock
from app.core.parts import part
from app.trace.scans.journal import NEVER, RECENT, START, ScanLog, ScanSummary, to_ms
from app.trace.scans.journal_redis import RedisScanLog
from app.trace.scans.journal_sqlite import SqliteScanLog
from app.trace.scans.recorder import ScanRecorder
from app.trace.scans.spool import ScanSpool, WaitingScan
from app.trace.setup import Trace
from app.trace.stamps.codes import encode
from config import Settings
from tests.factories.catalogue import make_product, make_variant
from tests.factories.certification import make_certificate
from tests.factories.servers import FAULTS, RedisServer, dead_address, silent_server
from tests.factories.supply import make_batch
from tests.factories.trace import make_activation, make_exception, make_roll

NOON = dt.datetime(2026, 11, 21, 5, 0, tzinfo=dt.UTC)


def minutes(count: int) -> dt.datetime:
    return NOON + dt.timedelta(minutes=count)


@pytest.fixture(autouse=True)
def ask_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a journal that failed be asked again at once, but where a test says otherwise."""
    monkeypatch.setattr(away, "REST", 0.0)


@pytest.fixture
def rest_for_an_hour(monkeypatch: pytest.MonkeyPatch, ask_every_time: None) -> None:
    monkeypatch.setattr(away, "REST", 3600.0)


def journal_counts(scans: ScanLog) -> tuple[list[int], int]:
    """(the stamp numbers of every line, what the sums of stamp 7 say)"""
    return [line.n for line in scans.iter_since(START, 1000)], scans.peek(7).count


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Another process writes into the journal's file and does not come to an end."""
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield
        holder.execute("ROLLBACK")


# --- recording ---------------------------------------------------------------------------------------


@pytest.fixture
def spool(tmp_path: Path) -> ScanSpool:
    return ScanSpool(tmp_path / "waiting.sqlite3")


def test_while_the_journal_is_held_scans_wait_and_come_in_once_later(
    tmp_path: Path, spool: ScanSpool
) -> None:
    scans = SqliteScanLog(tmp_path / "scans.sqlite3", busy_seconds=0.02)
    recorder = ScanRecorder(scans, spool)
    assert recorder.record(7, minutes(0), lang="vi") == NEVER
    with held(tmp_path / "scans.sqlite3"):
        assert recorder.record(7, minutes(1), lang="vi") is None
        assert recorder.record(8, minutes(2), lang="en") is None
        assert recorder.replay() == 0
    assert recorder.state() == {"journal": "away", "spooled": 2}
    before = recorder.record(7, minutes(3), lang="vi")
    assert before is not None and before.count == 1
    assert recorder.replay() == 2
    assert recorder.state() == {"journal": "ok", "spooled": 0}
    assert journal_counts(scans) == ([7, 7, 7, 8], 3)
    assert recorder.replay() == 0
    scans.close()


@pytest.mark.redis
@pytest.mark.parametrize("fault", FAULTS)
def test_while_redis_fails_scans_wait_and_come_in_once_later(
    redis_server: RedisServer, spool: ScanSpool, fault: str
) -> None:
    begin, end = FAULTS[fault]
    scans = RedisScanLog(redis_server.url)
    recorder = ScanRecorder(scans, spool)
    assert recorder.record(7, minutes(0), lang="vi") == NEVER
    begin(redis_server)
    for minute in (1, 2, 3):
        assert recorder.record(7, minutes(minute), lang="vi") is None
    end(redis_server)
    assert recorder.replay() == 3
    assert journal_counts(scans) == ([7, 7, 7, 7], 4)  # though a stopped server executed them when it went on
    assert scans.peek(7).first_at == minutes(0)
    scans.close()


def test_while_redis_is_gone_every_scan_waits(spool: ScanSpool) -> None:
    recorder = ScanRecorder(RedisScanLog(dead_address()), spool)
    assert recorder.record(7, minutes(1), lang="vi") is None
    assert recorder.peek(7) is None
    assert recorder.replay() == 0
    assert [scan.n for scan in spool.oldest(9)] == [7]


def test_a_server_that_hangs_is_asked_once_and_then_left_alone_for_a_while(
    spool: ScanSpool, rest_for_an_hour: None
) -> None:
    with silent_server() as silent:
        recorder = ScanRecorder(RedisScanLog(silent.redis_url), spool)
        for n in range(20):
            assert recorder.record(n, NOON, lang="vi") is None
            assert recorder.peek(n) is None
        assert silent.asked.acquire(timeout=30)
        assert not silent.asked.acquire(blocking=False)
    assert [scan.n for scan in spool.oldest(50)] == list(range(20))


def test_of_those_who_come_after_the_rest_one_asks_and_the_others_go_on(
    spool: ScanSpool, rest_for_an_hour: None
) -> None:
    with silent_server() as silent:
        recorder = ScanRecorder(RedisScanLog(silent.redis_url), spool)
        recorder.record(1, NOON, lang="vi")
        recorder._breaker._until = 0.0  # the rest is over
        recorder.record(2, NOON, lang="vi")
        recorder.record(3, NOON, lang="vi")
        assert silent.asked.acquire(timeout=30) and silent.asked.acquire(timeout=30)
        assert not silent.asked.acquire(blocking=False)


def test_where_the_machine_cannot_keep_it_either_the_verdict_is_still_given(tmp_path: Path) -> None:
    nowhere = tmp_path / "no" / "such" / "folder"
    recorder = ScanRecorder(SqliteScanLog(nowhere / "scans.sqlite3"), ScanSpool(nowhere / "waiting.sqlite3"))
    assert recorder.record(7, NOON, lang="vi") is None
    assert recorder.state() == {"journal": "away", "spooled": 0}


# --- once, whatever dies -----------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=pytest.mark.redis)])
def scans(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ScanLog]:
    log: SqliteScanLog | RedisScanLog
    if request.param == "sqlite":
        log = SqliteScanLog(tmp_path / "scans.sqlite3")
    else:
        log = RedisScanLog(request.getfixturevalue("redis_server").url)
    yield log
    log.close()


def test_a_replay_that_died_before_it_forgot_counts_nothing_twice(scans: ScanLog, spool: ScanSpool) -> None:
    for minute in range(3):
        spool.add(WaitingScan(bytes([minute] * 12), 7, minutes(minute), "vi"))
    for scan in spool.oldest(2):  # a first run, killed before `remove`
        scans.replay(scan.id, scan.n, scan.at, lang=scan.lang)
    assert ScanRecorder(scans, spool).replay() == 3
    assert journal_counts(scans) == ([7, 7, 7], 3)


def test_two_replays_at_once_count_nothing_twice(scans: ScanLog, spool: ScanSpool) -> None:
    for n in range(60):
        spool.add(WaitingScan(n.to_bytes(12, "big"), 7, minutes(n), "vi"))
    start = threading.Barrier(2)

    def replay() -> None:
        start.wait()
        ScanRecorder(scans, spool).replay()

    threads = [threading.Thread(target=replay) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while ScanRecorder(scans, spool).replay():  # where both met, one may have given up as busy
        pass
    assert journal_counts(scans) == ([7] * 60, 60)
    assert spool.count() == 0


def test_a_scan_that_came_in_late_is_still_the_earliest(scans: ScanLog) -> None:
    scans.record(7, minutes(9), lang="vi")
    scans.replay(b"late" * 3, 7, minutes(2), lang="vi")
    known = scans.peek(7)
    assert (known.count, known.first_at, known.last_at) == (2, minutes(2), minutes(9))


@given(st.lists(st.integers(0, 9), min_size=1, max_size=RECENT), st.integers(0, 9))
def test_what_had_been_before_a_moment_is_what_came_before_it(came: list[int], moment: int) -> None:
    with ExitStack() as stack:
        log = stack.enter_context(closing(SqliteScanLog(Path(":memory:"))))
        for minute in came:
            log.replay(os.urandom(12), 7, minutes(minute), lang="vi")
        before = log.peek(7).before(to_ms(minutes(moment)))
    earlier = [minute for minute in came if minute < moment]
    assert before.count == len(earlier)
    assert before.first_at == (minutes(min(earlier)) if earlier else None)
    assert before.last_at == (minutes(max(earlier)) if earlier else None)


def test_of_many_scans_since_the_earliest_is_still_known() -> None:
    recent = ";".join(f"{to_ms(minutes(30 + place))}:" for place in range(RECENT))
    known = ScanSummary(40, to_ms(minutes(1)), to_ms(minutes(34)), "", recent)
    before = known.before(to_ms(minutes(20)))
    assert (before.count, before.first_at, before.last_at) == (35, minutes(1), minutes(1))


# --- on the page -------------------------------------------------------------------------------------


PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 12) Chrome/120 Mobile"}


def verdict(app: Flask, code: str, **client: Any) -> tuple[str, str]:
    """(the word, the page's text) as a phone without a cookie gets it."""
    answer = app.test_client(**client).get(f"/t/{code}", headers=PHONE)
    assert answer.status_code == 200, answer.status
    page = BeautifulSoup(answer.text, "html.parser")
    main = page.select_one("main[data-verdict]")
    assert main is not None
    return str(main["data-verdict"]), page.get_text(" ", strip=True)


@pytest.fixture
def shop(make_app: Callable[..., Flask], redis_server: RedisServer, keep_limiter: None) -> Flask:
    """The site with a Redis of its own."""
    return make_app(REDIS_URL=redis_server.url)


@pytest.mark.redis
@pytest.mark.parametrize("fault", FAULTS)
def test_verdicts_that_need_no_history_are_given_without_redis(
    shop: Flask, redis_server: RedisServer, session: Session, fault: str
) -> None:
    key = part(Trace, shop).ring.issuing
    roll = make_roll(session, count=10)
    active = make_activation(session, roll=roll, last_number=roll.last_number - 1)
    make_exception(session, roll=roll, first_number=roll.first_number + 1, last_number=roll.first_number + 1)
    codes = [encode(n, key) for n in range(roll.first_number, roll.last_number + 1)]
    gone = make_batch(session, made_on=dt.date(2026, 1, 1), expires_on=dt.date(2026, 2, 1))
    old = make_activation(session, batch=gone)
    begin, end = FAULTS[fault]
    begin(redis_server)
    for code, word in (
        (codes[0], "genuine"),
        (f"{codes[0]}?gtin=09520000000028", "wrong-product"),
        (codes[1], "void"),
        (codes[-1], "not-activated"),
        (encode(old.first_number, key), "past-date"),
    ):
        assert verdict(shop, code)[0] == word
    assert shop.test_client().get("/t/0000000000000000", headers=PHONE).status_code == 404
    assert "Lịch sử quét tạm chưa đọc được" in verdict(shop, codes[0])[1]
    end(redis_server)
    trace = part(Trace, shop)
    assert trace.recorder.replay() == 6
    assert trace.scans.peek(active.first_number).count == 3
    assert verdict(shop, codes[0])[0] == "genuine-seen"


@pytest.mark.parametrize("seen", [False, True])
def test_who_opens_the_page_again_learns_what_could_not_be_read_before(
    make_app: Callable[..., Flask], session: Session, seen: bool
) -> None:
    site = make_app()
    trace = part(Trace, site)
    activation = make_activation(session)
    code = encode(activation.first_number, trace.ring.issuing)
    trace.scans.peek(1)
    if seen:
        assert verdict(site, code)[0] == "genuine-first"
    clock.start_clock(clock.now() + dt.timedelta(minutes=1))
    phone = site.test_client()
    with held(part(Settings, site).data_dir / "scans.sqlite3"):
        assert 'data-verdict="genuine"' in phone.get(f"/t/{code}", headers=PHONE).text
        # It can be read, but nobody knows who else waits in a spool.
        again = phone.get(f"/t/{code}", headers=PHONE).text
        assert ('data-verdict="genuine-seen"' if seen else 'data-verdict="genuine"') in again
    clock.start_clock(clock.now() + dt.timedelta(minutes=1))
    wanted = 'data-verdict="genuine-seen"' if seen else 'data-verdict="genuine-first"'
    assert trace.recorder.replay() == 1  # the reload was no second scan
    assert wanted in phone.get(f"/t/{code}", headers=PHONE).text
    assert verdict(site, code)[0] == "genuine-seen"  # somebody else, later
    assert wanted in phone.get(f"/t/{code}", headers=PHONE).text
    assert trace.scans.peek(activation.first_number).count == 2 + seen


def test_a_star_that_ended_says_below_that_the_history_is_not_known(
    make_app: Callable[..., Flask], session: Session
) -> None:
    site = make_app()
    product = make_product(session)
    make_certificate(session, product=product, valid_until=dt.date(2026, 1, 1))
    roll = make_roll(session, variant=make_variant(session, product=product))
    make_activation(session, roll=roll)
    code = encode(roll.first_number, part(Trace, site).ring.issuing)
    part(Trace, site).scans.peek(1)
    with held(part(Settings, site).data_dir / "scans.sqlite3"):
        word, text = verdict(site, code)
    assert word == "star-ended"
    assert "Mã tem thật" in text and "Lịch sử quét tạm chưa đọc được" in text
    robot = site.test_client().get(f"/t/{code}", headers={"User-Agent": "Twitterbot/1.0"}).text
    assert "Lịch sử quét tạm chưa đọc được" not in robot
