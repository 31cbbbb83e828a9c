"""A scan is seen at once by everyone, is never lost with its process, and only one scan is the first."""

from __future__ import annotations

import datetime as dt
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from app.core.errors import Busy
from app.trace.scans.journal import NEVER, RECENT, START, ScanLog, open_scanlog
from app.trace.scans.journal_redis import RedisScanLog
from app.trace.scans.journal_sqlite import SqliteScanLog
from app.trace.stamps.codes import NUMBER_LIMIT
from tests.trace.conftest import REDIS_URL

ROOT = Path(__file__).parents[2]
NOON = dt.datetime(2026, 11, 21, 5, 0, tzinfo=dt.UTC)
DEVICE = bytes(range(16))

Reopen = Callable[[], ScanLog]


def minutes(count: int) -> dt.datetime:
    return NOON + dt.timedelta(minutes=count)


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=pytest.mark.redis)])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Python that builds the journal, so that another process can open the same one."""
    if request.param == "sqlite":
        yield f"SqliteScanLog(Path({str(tmp_path / 'scans.sqlite3')!r}))"
    else:
        namespace = request.getfixturevalue("redis_namespace")
        yield f"RedisScanLog({REDIS_URL!r}, namespace={namespace!r})"


@pytest.fixture
def reopen(source: str) -> Iterator[Reopen]:
    """Open the journal anew, as another worker would."""
    opened: list[ScanLog] = []

    def build() -> ScanLog:
        opened.append(eval(source))
        return opened[-1]

    yield build
    for log in opened:
        log.close()


@pytest.fixture
def log(reopen: Reopen) -> ScanLog:
    return reopen()


def elsewhere(source: str, work: str) -> subprocess.CompletedProcess[str]:
    """Run `work` on the journal `log` in a process of its own."""
    program = "\n".join(
        [
            "import datetime as dt, os, signal",
            "from pathlib import Path",
            "from app.trace.scans.journal_sqlite import SqliteScanLog",
            "from app.trace.scans.journal_redis import RedisScanLog",
            "noon = dt.datetime(2026, 11, 21, 5, 0, tzinfo=dt.timezone.utc)",
            f"log = {source}",
            work,
        ]
    )
    return subprocess.run(
        [sys.executable, "-c", program], check=False, cwd=ROOT, capture_output=True, text=True, timeout=60
    )


# --- what a scan returns ---------------------------------------------------------------------------


def test_the_first_scan_learns_that_nobody_came_before(log: ScanLog) -> None:
    assert log.record(7, NOON, lang="vi") == NEVER
    assert log.peek(8) == NEVER


def test_a_scan_learns_what_was_known_before_it(log: ScanLog) -> None:
    log.record(7, minutes(0), lang="vi", province="01", device=DEVICE)
    log.record(7, minutes(5), lang="en")
    before = log.record(7, minutes(9), lang="vi", province="79")
    assert (before.count, before.first_at, before.last_at) == (2, minutes(0), minutes(5))
    assert before.provinces == ("01",)
    assert [(scan.at, scan.province) for scan in before.recent] == [(minutes(5), None), (minutes(0), "01")]
    after = log.peek(7)
    assert (after.count, after.first_at, after.last_at) == (3, minutes(0), minutes(9))
    assert after.provinces == ("01", "79")


def test_stamps_are_counted_apart_up_to_the_last_number(log: ScanLog) -> None:
    for n in (0, 1, NUMBER_LIMIT - 1):
        assert log.record(n, NOON, lang="vi") == NEVER
        assert log.peek(n).count == 1


def test_a_province_counts_once_and_only_the_latest_scans_are_listed(log: ScanLog) -> None:
    for minute in range(RECENT + 3):
        log.record(7, minutes(minute), lang="vi", province="79" if minute % 2 else "97")
    known = log.peek(7)
    assert known.count == RECENT + 3
    assert known.provinces == ("97", "79")
    assert [scan.at for scan in known.recent] == [minutes(RECENT + 2 - back) for back in range(RECENT)]


def test_a_clock_that_stepped_back_does_not_unsay_the_last_scan(log: ScanLog) -> None:
    log.record(7, minutes(10), lang="vi")
    log.record(7, minutes(3), lang="vi")
    assert log.peek(7).last_at == minutes(10)
    assert log.peek(7).first_at == minutes(10)


def test_moments_keep_their_milliseconds_and_come_back_in_utc(log: ScanLog) -> None:
    hanoi = dt.timezone(dt.timedelta(hours=7))
    log.record(7, dt.datetime(2026, 11, 21, 12, 0, 0, 123_999, tzinfo=hanoi), lang="vi")
    assert log.peek(7).first_at == dt.datetime(2026, 11, 21, 5, 0, 0, 123_000, tzinfo=dt.UTC)


# --- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize("province", ["", "1", "001", "Hà Nội", "AB", "0 ", "01\n", "٠١", "01,22", "1;"])
def test_a_garbage_province_is_refused_and_nothing_is_written(log: ScanLog, province: str) -> None:
    with pytest.raises(ValueError, match="province"):
        log.record(7, NOON, lang="vi", province=province)
    assert log.peek(7) == NEVER
    assert list(log.iter_since(START, 10)) == []


def test_what_does_not_belong_into_the_journal_is_refused(log: ScanLog) -> None:
    with pytest.raises(ValueError, match="range"):
        log.record(-1, NOON, lang="vi")
    with pytest.raises(ValueError, match="range"):
        log.record(NUMBER_LIMIT, NOON, lang="vi")
    with pytest.raises(ValueError, match="time zone"):
        log.record(7, NOON.replace(tzinfo=None), lang="vi")
    with pytest.raises(ValueError, match="language"):
        log.record(7, NOON, lang="vi-VN")
    with pytest.raises(ValueError, match="device"):
        log.record(7, NOON, lang="vi", device=b"")
    with pytest.raises(ValueError, match="device"):
        log.record(7, NOON, lang="vi", device=b"x" * 33)
    assert log.peek(7) == NEVER


# --- the journal read on ---------------------------------------------------------------------------


def test_the_journal_is_read_in_order_and_on_from_where_a_reader_stopped(log: ScanLog) -> None:
    log.record(1, minutes(1), lang="vi", province="01", device=DEVICE)
    log.record(2, minutes(2), lang="en")
    first = list(log.iter_since(START, 10))
    assert [(scan.n, scan.at, scan.lang, scan.province, scan.device) for scan in first] == [
        (1, minutes(1), "vi", "01", DEVICE),
        (2, minutes(2), "en", None, None),
    ]
    assert list(log.iter_since(first[-1].cursor, 10)) == []
    for n in (3, 4, 5):
        log.record(n, minutes(n), lang="vi")
    page = list(log.iter_since(first[-1].cursor, 2))
    assert [scan.n for scan in page] == [3, 4]
    assert [scan.n for scan in log.iter_since(page[-1].cursor, 2)] == [5]


# --- many at once ----------------------------------------------------------------------------------


def test_of_many_scans_at_once_exactly_one_is_the_first(log: ScanLog) -> None:
    start = threading.Barrier(8)

    def scan_fifty_times(_: int) -> list[int]:
        start.wait()
        return [log.record(7, NOON, lang="vi").count for _ in range(50)]

    with ThreadPoolExecutor(8) as pool:
        counts = [count for thread in pool.map(scan_fifty_times, range(8)) for count in thread]
    assert sorted(counts) == list(range(400))
    assert log.peek(7).count == 400
    assert len(list(log.iter_since(START, 1000))) == 400


def test_of_many_processes_at_once_exactly_one_has_the_first(source: str, log: ScanLog) -> None:
    work = "print(*(log.record(7, noon, lang='vi').count for _ in range(50)))"
    with ThreadPoolExecutor(3) as pool:
        runs = list(pool.map(lambda _: elsewhere(source, work), range(3)))
    counts = sorted(int(count) for run in runs for count in run.stdout.split())
    assert counts == list(range(150)), [run.stderr for run in runs]
    assert log.peek(7).count == 150


def test_a_scan_is_seen_at_once_by_another_worker(source: str, reopen: Reopen) -> None:
    here, there = reopen(), reopen()
    here.record(7, NOON, lang="vi", province="01")
    assert there.peek(7).count == 1
    run = elsewhere(source, "print(log.peek(7).count, log.record(7, noon, lang='en').provinces)")
    assert run.stdout.strip() == "1 ('01',)", run.stderr
    assert here.peek(7).count == 2


def test_a_killed_process_loses_no_scan(source: str, log: ScanLog) -> None:
    run = elsewhere(
        source,
        "for n in range(200): log.record(n % 20, noon, lang='vi')\nos.kill(os.getpid(), signal.SIGKILL)",
    )
    assert run.returncode == -signal.SIGKILL, run.stderr
    assert [log.peek(n).count for n in range(20)] == [10] * 20
    assert len(list(log.iter_since(START, 1000))) == 200
    assert log.record(3, NOON, lang="vi").count == 10


# --- the file --------------------------------------------------------------------------------------


def test_the_configuration_chooses_the_engine(tmp_path: Path) -> None:
    embedded = open_scanlog(tmp_path, None)
    embedded.record(7, NOON, lang="vi")
    embedded.close()
    assert (tmp_path / "scans.sqlite3").is_file()
    assert isinstance(open_scanlog(tmp_path, REDIS_URL), RedisScanLog)


def test_two_workers_may_make_the_file_at_the_same_moment(tmp_path: Path) -> None:
    logs = [SqliteScanLog(tmp_path / "scans.sqlite3") for _ in range(6)]
    start = threading.Barrier(6)

    def scan(log: SqliteScanLog) -> int:
        start.wait()
        before = log.record(7, NOON, lang="vi").count
        log.close()
        return before

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(scan, logs)) == list(range(6))


def test_a_fork_opens_the_file_for_itself(tmp_path: Path) -> None:
    work = """
log.record(7, noon, lang='vi')
log._turn.acquire()  # as if another thread of the parent were writing
child = os.fork()
if not child:
    os._exit(log.record(7, noon, lang='vi').count)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
log._turn.release()
print(log.record(7, noon, lang='vi').count)
"""
    run = elsewhere(f"SqliteScanLog(Path({str(tmp_path / 'scans.sqlite3')!r}))", work)
    assert run.stdout.split() == ["1", "2"], run.stderr


def test_a_file_of_a_newer_release_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "scans.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(RuntimeError, match="newer"):
        SqliteScanLog(path).peek(7)


def test_a_journal_that_another_holds_is_busy_and_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "scans.sqlite3"
    log = SqliteScanLog(path, busy_seconds=0.05)
    log.record(7, NOON, lang="vi")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(Busy):
        log.record(7, NOON, lang="vi")
    assert log.peek(7).count == 1
    holder.execute("ROLLBACK")
    holder.close()
    assert log.record(7, NOON, lang="vi").count == 1
    log.close()


def test_who_waits_for_another_thread_waits_no_longer_than_for_another_process(tmp_path: Path) -> None:
    with closing(SqliteScanLog(tmp_path / "scans.sqlite3", busy_seconds=0.02)) as log:
        with log._turn, pytest.raises(Busy):  # as if another thread were writing
            log.record(7, NOON, lang="vi")
        assert log.record(7, NOON, lang="vi") == NEVER


def test_a_fault_of_the_file_leaves_no_half_scan(tmp_path: Path) -> None:
    path = tmp_path / "scans.sqlite3"
    log = SqliteScanLog(path)
    log.record(7, NOON, lang="vi")
    with sqlite3.connect(path) as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON stamp BEGIN SELECT RAISE(ABORT, 'no room'); END")
    other.close()
    with pytest.raises(sqlite3.IntegrityError, match="no room"):
        log.record(7, NOON, lang="vi")
    assert len(list(log.iter_since(START, 10))) == 1
    log.close()


def test_a_file_that_another_is_just_making_is_waited_for_and_then_given_up(tmp_path: Path) -> None:
    path = tmp_path / "scans.sqlite3"
    writer = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    writer.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Busy):
        SqliteScanLog(path, busy_seconds=0.02).record(7, NOON, lang="vi")
    writer.execute("ROLLBACK")
    # Now as a writer that has read: SQLite sees a deadlock coming and refuses the switch at once.
    writer.execute("CREATE TABLE early (x)")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("SELECT * FROM early").fetchall()
    release = threading.Timer(0.1, writer.execute, ["COMMIT"])
    release.start()
    log = SqliteScanLog(path)
    assert log.record(7, NOON, lang="vi") == NEVER
    release.join()
    writer.close()
    log.close()


def test_another_fault_of_the_file_is_not_called_busy(tmp_path: Path) -> None:
    log = SqliteScanLog(tmp_path / "no" / "such" / "folder" / "scans.sqlite3")
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        log.record(7, NOON, lang="vi")
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        log.peek(7)


def test_a_redis_that_does_not_answer_is_busy() -> None:
    log = RedisScanLog("redis://127.0.0.1:1/0")
    with pytest.raises(Busy):
        log.record(7, NOON, lang="vi")
    with pytest.raises(Busy):
        log.peek(7)
    with pytest.raises(Busy):
        list(log.iter_since(START, 1))
    log.close()


def test_folded_lines_may_be_deleted(reopen: Reopen) -> None:
    """What docs/adr/0003 allows: verdicts know as much as before, and later lines follow the cursor."""
    log = reopen()
    for count in range(3):
        log.record(7, minutes(count), lang="vi")
    before = log.peek(7)
    position = [line.cursor for line in log.iter_since(START, 10)][-1]
    if isinstance(log, SqliteScanLog):
        with closing(sqlite3.connect(log._path)) as journal:
            journal.execute("DELETE FROM scan WHERE seq < ?", (position,))
            journal.commit()
            journal.execute("VACUUM")
    else:
        assert isinstance(log, RedisScanLog)
        log._redis.xtrim(log._stream, minid=position, approximate=False)
    anew = reopen()
    assert anew.peek(7) == before
    assert len(list(anew.iter_since(START, 10))) == 1
    assert anew.record(7, minutes(3), lang="vi").count == 3
    assert [line.at for line in anew.iter_since(position, 10)] == [minutes(3)]


def test_a_line_takes_as_much_space_as_the_documents_say(tmp_path: Path) -> None:
    with closing(SqliteScanLog(tmp_path / "scans.sqlite3")) as log:
        for n in range(2_000):
            log.record(n * 7919 + 2**30, minutes(n), lang="vi")
    with closing(sqlite3.connect(tmp_path / "scans.sqlite3")) as journal:
        journal.execute("VACUUM")
        journal.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert 50 < (tmp_path / "scans.sqlite3").stat().st_size / 2_000 < 90
