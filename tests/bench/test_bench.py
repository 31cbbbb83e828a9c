"""The bench works: its rows measure, its table says what was promised, and its own client counts rightly."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.bench import load
from tests.bench.servers import HELLO, ROOT, serve
from tests.bench.table import Line, Spread, show


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.bench", *words]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)


def test_a_row_is_measured_and_printed_beside_its_target() -> None:
    done = run("--quick", "issue")
    assert done.returncode == 0, done.stderr
    assert "issue 1,000,000 stamps" in done.stdout
    assert "one row each time" in done.stdout
    assert "≤ 1 s and one row" in done.stdout


def test_a_row_that_there_is_not_is_named() -> None:
    done = run("speed")
    assert done.returncode == 2
    assert "no row speed; there are stamp, product" in done.stderr


@pytest.mark.parametrize("wrk", [load.WRK, None] if load.WRK else [None])
def test_the_load_counts_answers_and_faults(monkeypatch: pytest.MonkeyPatch, wrk: str | None) -> None:
    monkeypatch.setattr(load, "WRK", wrk)
    with serve(HELLO, {}, "--workers", "1") as hello:
        fine = load.run(hello.address, ["/"], 1, 4)
        wrong = load.run(hello.address, ["/nowhere"], 1, 4)
        assert hello.memory_mb() > 1
        assert sum(hello.cpu_by_worker().values()) > 0
    assert fine.requests > 10
    assert fine.faults == 0
    assert wrong.faults == wrong.requests > 10


def test_the_table_is_aligned_and_says_what_was_not_reached() -> None:
    lines = [
        Line("a page", "0.61", "≥ 0.50", True),
        Line("another page", "0.02", "≥ 0.04", False),
        Line("c", "-"),
    ]
    head, _, *rows = show(lines).splitlines()
    assert head.split() == ["work", "measured", "to", "reach", "reached"]
    assert [row.split()[-1] for row in rows] == ["yes", "NO", "-"]
    assert len({row.index("0.") for row in rows[:2]}) == 1


def test_a_spread_is_median_least_and_most() -> None:
    assert Spread.of([0.5, 0.1, 0.9]).show() == "0.50 (0.10–0.90)"
