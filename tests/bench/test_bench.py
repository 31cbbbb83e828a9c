"""The bench works: its rows measure, its table says what was promised, and its own client counts rightly."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.bench import load
from tests.bench.addresses import MANY, crawl, paths_of
from tests.bench.rounds import Figures, Run, line
from tests.bench.servers import HELLO, ROOT, serve
from tests.bench.table import Line, Spread, show
from tests.bench.versions import of_versions, version_tables
from tests.bench.worlds import world
from tests.bench.writing import others_write, plan_for


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


def figures(cpu: float, rate: float, *, thrown: int = 0, alone: int = 0) -> Figures:
    some = Spread.of([1.0])
    return Figures(Spread.of([cpu]), Spread.of([rate]), some, some, some, thrown, alone, 0, 100)


def test_a_page_reaches_its_mark_by_processor_and_by_requests_a_second() -> None:
    assert line("a page", figures(0.31, 0.30), 0.30).met
    assert not line("a page", figures(0.31, 0.29), 0.30).met
    assert not line("a page", figures(0.29, 0.31), 0.30).met
    assert line("a page", figures(0.11, 0.02), 0.10, by_cpu=True).met


def test_what_one_worker_answered_alone_is_known_and_said() -> None:
    assert Run(rate=900, cpu_us=900, requests=1800, busiest=0.98).alone
    assert not Run(rate=900, cpu_us=900, requests=1800, busiest=0.6).alone
    said = line("a page", figures(0.5, 0.5, thrown=2, alone=1), 0.3).measured
    assert "2 hello by one worker thrown away; 1 of the page by one worker" in said


def test_the_version_is_left_out_and_the_act_is_not() -> None:
    table = min(version_tables())
    assert of_versions((f"UPDATE {table} SET version = version + 1", {}))
    assert of_versions((f'INSERT INTO "{table}" (id) VALUES (1)', {}))
    assert not of_versions(("UPDATE variants SET price = 1", {}))
    assert not of_versions(("INSERT INTO audit_entries (id) VALUES (1)", {}))
    assert not of_versions((f"SELECT version FROM {table}", {}))


def test_strangers_ask_for_many_addresses_while_others_order_and_change_prices() -> None:
    with world() as place:
        asked = {name: paths_of(place, name) for name in ("stamp", "product", "listing", "search")}
        assert len(asked["product"]) > 500
        assert len(asked["listing"]) == len(asked["search"]) == MANY
        crawled = list(crawl(place, 200))
        for paths in (*asked.values(), crawled):
            assert len(set(paths)) == len(paths)
        plan = plan_for(place)
        with place.serve("--workers", "1") as site, others_write(site, plan) as written:
            for paths in asked.values():
                assert load.once(site.address, paths[:20]) == {200: 20}
            strange = load.once(site.address, crawled)
            assert set(strange) <= {200, 404}, "a crawler meets no fault of the site"
    assert written.orders
    assert written.changes
    assert not written.refused
