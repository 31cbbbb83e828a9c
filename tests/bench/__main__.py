"""python -m tests.bench [--quick] [--turns N] [row …]: print the table of promises, measured beside target.

Rows: the four pages (stamp product listing search), busy (the four while others write; busy-stamp … one of them),
writers growth issue pdf fold race orders memory, and large, huge (20,000 and 100,000 products).
BENCH_SITE_ROOT=/another/checkout measures the pages of that checkout in the same rounds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from tests.bench import load
from tests.bench.busy import busy_lines
from tests.bench.buying import order_lines, race_lines
from tests.bench.folding import fold_lines
from tests.bench.memory import memory_lines
from tests.bench.pages import NAMES, growth_lines, quiet_lines
from tests.bench.rounds import CONNECTIONS
from tests.bench.stamping import issue_lines, sheet_lines, stamp_growth_lines
from tests.bench.table import Line, machine, show, skipped
from tests.bench.versions import writer_lines
from tests.bench.worlds import NO_POSTGRES, postgres_answers

BUSY = tuple(f"busy-{name}" for name in NAMES)
Facts = dict[str, Any]
OTHERS: dict[str, tuple[Callable[..., Iterable[Line]], Facts, Facts]] = {
    # row: (what measures it, with which numbers, with which in --quick)
    "writers": (
        writer_lines,
        {"writers": 8, "turns": 7, "seconds": 2},
        {"writers": 8, "turns": 1, "seconds": 1},
    ),
    "growth": (
        stamp_growth_lines,
        {"stamps": 10_000_000, "scans": 1_000_000, "rounds": 9, "requests": 500},
        {"stamps": 100_000, "scans": 10_000, "rounds": 3, "requests": 100},
    ),
    "issue": (issue_lines, {"count": 1_000_000}, {"count": 1_000_000}),
    "pdf": (sheet_lines, {"count": 10_000}, {"count": 300}),
    "fold": (
        fold_lines,
        {"scans": 200_000, "activations": 50_000},
        {"scans": 5_000, "activations": 500},
    ),
    "race": (race_lines, {"buyers": 50, "rounds": 20}, {"buyers": 20, "rounds": 2}),
    "orders": (
        order_lines,
        {"buyers": 8, "orders": 200, "rounds": 7},
        {"buyers": 8, "orders": 24, "rounds": 1},
    ),
    "memory": (memory_lines, {"requests": 50_000, "crawled": 10_000}, {"requests": 1_000, "crawled": 400}),
}
WORLDS: dict[str, Facts] = {
    "large": {"products": 20_000, "postgres": False, "most": 1.5},
    "huge": {"products": 100_000, "postgres": True, "most": 2.0},
}


def page_rows(names: Sequence[str], *, quick: bool, turns: int) -> Iterator[Line]:
    """The pages: quiet, while others write, and among more products where asked for."""
    turns, seconds = (1, 1) if quick else (turns, 2)
    if pages := [name for name in NAMES if name in names]:
        yield from quiet_lines(pages, turns=turns, seconds=seconds)
    if pages := [name for name in NAMES if f"busy-{name}" in names or "busy" in names]:
        # Long enough that every run meets a changed listing, and quick no shorter than one.
        yield from busy_lines(pages, turns=turns, seconds=2 if quick else 5)
    for name, facts in WORLDS.items():
        if name not in names or quick:
            continue
        if facts["postgres"] and not postgres_answers():
            yield skipped(f"pages at {facts['products']:,} products", NO_POSTGRES)
            continue
        yield from growth_lines(**facts, turns=turns, seconds=seconds)


def rows(names: Sequence[str], *, quick: bool, turns: int) -> Iterator[Line]:
    """Every row asked for, in the order of the table."""
    yield from page_rows(names, quick=quick, turns=turns)
    for name, (measure, full, short) in OTHERS.items():
        if name in names:
            yield from measure(**(short if quick else full))


def announced(lines: Iterable[Line]) -> Iterator[Line]:
    """The same lines, each told when it is known: the whole run takes a while."""
    start = time.monotonic()
    for line in lines:
        print(f"  {time.monotonic() - start:5.0f} s  {line.work}: {line.measured}", flush=True)
        yield line


def main() -> None:
    every = (*NAMES, "busy", *WORLDS, *OTHERS)
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="row", help=", ".join((*every, *BUSY)))
    parser.add_argument("--quick", action="store_true", help="a short run that shows that everything works")
    parser.add_argument(
        "--turns", type=int, default=7, help="counted rounds of a page (7); fewer are less sure"
    )
    chosen = parser.parse_args()
    if unknown := set(chosen.rows) - {*every, *BUSY}:
        parser.error(f"no row {', '.join(sorted(unknown))}; there are {', '.join((*every, *BUSY))}")
    connections = " and ".join(map(str, CONNECTIONS))
    print(
        f"{machine()}; load by {load.GENERATOR}, {connections} connections; gunicorn as `flask serve` runs it"
    )
    lines = list(announced(rows(chosen.rows or every, quick=chosen.quick, turns=chosen.turns)))
    print(f"\n{show(lines)}\n\n{machine()}")


if __name__ == "__main__":
    main()
